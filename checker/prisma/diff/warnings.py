"""Prisma's warnings before it writes a migration: lost data, and steps that fail on rows.

Source: prisma-engines, ``sql_destructive_change_checker``. The texts are those that Prisma writes
at the head of a migration, knowing nothing of the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from checker.prisma.database.model import DatabaseColumn, DatabaseTable
from checker.prisma.diff import steps as s

Danger = Literal[
    "drop_table", "drop_column", "recreate_column", "risky_cast", "primary_key", "unique",
    "enum_values", "required_column", "required_column_of_client", "not_null", "list",
    "recreate_required_column",
]  # fmt: skip
"""The kind of danger. From ``required_column`` on the step fails on rows; before it, rows are or
may be lost. Prisma reports ``unique`` and ``enum_values`` even for empty tables.
"""


class Caution(Struct, frozen=True):
    """``step`` counts from 0; ``message`` is Prisma's."""

    kind: Danger
    message: str
    step: int


class Warnings(Struct, frozen=True):
    """``unexecutable`` are the steps that fail on a table with rows, or with NULLs."""

    warnings: tuple[Caution, ...] = ()
    unexecutable: tuple[Caution, ...] = ()


_FAILING = (
    "required_column", "required_column_of_client", "not_null", "list", "recreate_required_column",
)  # fmt: skip


def warns(steps: tuple[s.Step, ...]) -> bool:
    """Whether Prisma warns of anything: rows may be lost, or a step may fail on them."""
    raised = warnings(steps)
    return bool(raised.warnings or raised.unexecutable)


def warnings(steps: tuple[s.Step, ...]) -> Warnings:
    """Prisma's warnings about these steps, in its order."""
    cautions = [
        Caution(kind, message, place)
        for place, step in enumerate(steps)
        for kind, message in _of_step(step)
    ]
    return Warnings(
        tuple(warning for warning in cautions if warning.kind not in _FAILING),
        tuple(warning for warning in cautions if warning.kind in _FAILING),
    )


def _of_step(step: s.Step) -> Iterator[tuple[Danger, str]]:
    match step:
        case s.DropTable(table):
            yield (
                "drop_table",
                f"You are about to drop the `{table.name}` table. If the table is not empty, "
                "all the data it contains will be lost.",
            )
        case s.CreateIndex(table, index, "table") if index.unique:
            columns = ",".join(column.name for column in index.columns)
            yield (
                "unique",
                f"A unique constraint covering the columns `[{columns}]` on the table "
                f"`{table.name}` will be added. If there are existing duplicate values, "
                "this will fail.",
            )
        case s.AlterEnum() if step.removed:
            yield (
                "enum_values",
                f"The values [{','.join(step.removed)}] on the enum `{step.after.name}` will be "
                "removed. If these variants are still used in the database, this will fail.",
            )
        case s.AlterTable(table, _, changes):
            for change in changes:
                yield from _of_change(change, table)


def _of_change(change: s.TableChange, table: DatabaseTable) -> Iterator[tuple[Danger, str]]:
    match change:
        case s.DropPrimaryKey():
            yield (
                "primary_key",
                f"The primary key for the `{table.name}` table will be changed. If it partially "
                "fails, the table could be left without primary key constraint.",
            )
        case s.DropColumn(column):
            yield (
                "drop_column",
                f"You are about to drop the column `{column.name}` on the `{table.name}` table. "
                "All the data in the column will be lost.",
            )
        case s.AddColumn(column) if column.arity == "required" and column.default is None:
            yield _required(column, table)
        case s.AlterColumn():
            yield from _of_column(change, table)
        case s.RecreateColumn(old, new):
            yield _recreated(old, new, table)


def _required(column: DatabaseColumn, table: DatabaseTable) -> tuple[Danger, str]:
    if column.client_default == "function":
        return (
            "required_column_of_client",
            f"The required column `{column.name}` was added to the `{table.name}` table with a "
            "prisma-level default value. This is not possible if the table is not empty. Please "
            "add this column as optional, then populate it before making it required.",
        )
    return (
        "required_column",
        f"Added the required column `{column.name}` to the `{table.name}` table without a "
        "default value. This is not possible if the table is not empty.",
    )


def _of_column(change: s.AlterColumn, table: DatabaseTable) -> Iterator[tuple[Danger, str]]:
    old, new = change.before, change.after
    if old.arity == "nullable" and new.arity == "required":
        yield (
            "not_null",
            f"Made the column `{old.name}` on table `{table.name}` required. This step will fail "
            "if there are existing NULL values in that column.",
        )
    if old.arity != "list" and new.arity == "list":
        yield (
            "list",
            f"Changed the column `{old.name}` on the `{table.name}` table from a scalar field to "
            "a list field. If there are non-null values in that column, this step will fail.",
        )
    if change.cast == "risky":
        yield (
            "risky_cast",
            f"You are about to alter the column `{old.name}` on the `{table.name}` table. The "
            "data in that column could be lost. The data in that column will be cast from "
            f"`{_shown(old)}` to `{_shown(new)}`.",
        )


def _recreated(
    old: DatabaseColumn, new: DatabaseColumn, table: DatabaseTable
) -> tuple[Danger, str]:
    if new.arity != "required" or new.default is not None:
        return (
            "recreate_column",
            f"The `{old.name}` column on the `{table.name}` table would be dropped and recreated. "
            "This will lead to data loss if there is data in the column.",
        )
    if old.arity == "nullable":
        return _required(DatabaseColumn(old.name, new.type, "required"), table)
    return (
        "recreate_required_column",
        f"Changed the type of `{old.name}` on the `{table.name}` table. No cast exists, the column "
        "would be dropped and recreated, which cannot be done if there is data, since the column "
        "is required.",
    )


def _shown(column: DatabaseColumn) -> str:
    kind = column.type
    if kind.unsupported:
        return f'Unsupported("{kind.name}")'
    figures = ",".join(map(str, kind.arguments))
    return f"{kind.name}({figures})" if figures else kind.name
