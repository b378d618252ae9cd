"""The steps as a migration: the SQL that Prisma would write, under its headings.

Source: prisma-engines, ``apply_migration.rs`` and ``flavour/postgres/renderer.rs``. Where Prisma's
own statement fails on the server, equivalent SQL that works is written: a UNIQUE constraint is
dropped as such, an identity as one, and a column that leaves an enum first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from checker.model.changes import literal, quote
from checker.prisma.database.model import DatabaseSchema
from checker.prisma.diff import steps as s
from checker.prisma.diff.altering import altered_enum, altered_table
from checker.prisma.diff.diff import diff
from checker.prisma.diff.rendering import Writer
from checker.prisma.diff.warnings import warnings

EMPTY = "-- This is an empty migration.\n"


def migration(before: DatabaseSchema, after: DatabaseSchema) -> str:
    """The text of a migration.sql that turns one database into the other."""
    return script(diff(before, after), multi=before.multi or after.multi)


def script(steps: tuple[s.Step, ...], *, multi: bool = False) -> str:
    """The text of a migration.sql that takes these steps, with Prisma's warnings at its head.

    ``multi``: names carry their schema.
    """
    if not steps:
        return EMPTY
    writer = Writer(multi=multi)
    return _header(steps) + "\n".join("\n".join(_with_heading(step, writer)) for step in steps)


def _header(steps: tuple[s.Step, ...]) -> str:
    raised = warnings(steps)
    lines = [f"  - {w.message}\n" for w in (*raised.warnings, *raised.unexecutable)]
    # A name may hold the end of a comment.
    listed = "".join(lines).replace("*/", "* /").replace("/*", "/ *")
    return f"/*\n  Warnings:\n\n{listed}\n*/\n" if lines else ""


def _with_heading(step: s.Step, writer: Writer) -> Iterator[str]:
    yield f"-- {type(step).__name__}"
    for statement in statements(step, writer):
        yield f"{statement};"
    yield ""


def statements(step: s.Step, writer: Writer) -> Iterator[str]:
    """The SQL of one step, statement by statement, without semicolons."""
    match step:
        case s.AlterEnum():
            yield from altered_enum(step, writer)
        case s.AlterTable():
            yield from altered_table(step, writer)
        case s.CreateExtension() | s.AlterExtension():
            yield from _extension(step)
        case s.DropForeignKey() | s.AddForeignKey() | s.RenameForeignKey():
            yield f"ALTER TABLE {writer.table(step.table)} {_foreign_key(step, writer)}"
        case s.DropIndex() | s.CreateIndex() | s.RenameIndex():
            yield _index(step, writer)
        case _:
            yield _whole(step, writer)


_Whole: TypeAlias = (
    s.CreateSchema | s.DropExtension | s.CreateEnum | s.DropEnum | s.CreateTable | s.DropTable
)


def _whole(step: _Whole, w: Writer) -> str:
    """Objects created or dropped as a whole."""
    match step:
        case s.CreateSchema(name):
            return f"CREATE SCHEMA IF NOT EXISTS {quote(name)}"
        case s.DropExtension(extension):
            return f"DROP EXTENSION {quote(extension.name)}"
        case s.CreateEnum(enum):
            values = ", ".join(map(literal, enum.values))
            return f"CREATE TYPE {w.enum(enum)} AS ENUM ({values})"
        case s.DropEnum(enum):
            return f"DROP TYPE {w.enum(enum)}"
        case s.CreateTable(table):
            return w.create_table(table)
        case s.DropTable(table):
            return f"DROP TABLE {w.table(table)}"


def _foreign_key(step: s.DropForeignKey | s.AddForeignKey | s.RenameForeignKey, w: Writer) -> str:
    match step:
        case s.DropForeignKey(_, key):
            return f"DROP CONSTRAINT {quote(key.name)}"
        case s.AddForeignKey(_, key):
            return f"ADD {w.foreign_key(key)}"
        case s.RenameForeignKey(_, old, new):
            return f"RENAME CONSTRAINT {quote(old.name)} TO {quote(new.name)}"


def _index(step: s.DropIndex | s.CreateIndex | s.RenameIndex, w: Writer) -> str:
    match step:
        case s.DropIndex(table, index) if index.constraint:
            return f"ALTER TABLE {w.table(table)} DROP CONSTRAINT {quote(index.name)}"
        case s.DropIndex(table, index):
            return f"DROP INDEX {w.name(table.schema, index.name)}"
        case s.CreateIndex(table, index):
            return w.create_index(table, index)
        case s.RenameIndex(table, old, new):
            return f"ALTER INDEX {w.name(table.schema, old.name)} RENAME TO {quote(new.name)}"


def _extension(step: s.CreateExtension | s.AlterExtension) -> Iterator[str]:
    if isinstance(step, s.CreateExtension):
        schema = f" SCHEMA {quote(step.extension.schema)}" if step.extension.schema else ""
        version = f" VERSION {quote(step.extension.version)}" if step.extension.version else ""
        options = f" WITH{schema}{version}" if schema or version else ""
        yield f"CREATE EXTENSION IF NOT EXISTS {quote(step.extension.name)}{options}"
        return
    old, new = step.before, step.after
    if new.version and new.version != old.version:
        yield f"ALTER EXTENSION {quote(old.name)} UPDATE TO {quote(new.version)}"
    if new.schema and new.schema != old.schema:
        yield f"ALTER EXTENSION {quote(old.name)} SET SCHEMA {quote(new.schema)}"
