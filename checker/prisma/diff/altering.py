"""The SQL that changes an enum or a table.

Source: prisma-engines, ``flavour/postgres/renderer.rs``.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.changes import literal, quote
from checker.prisma.database.model import DatabaseColumn, DatabaseTable
from checker.prisma.diff import steps as s
from checker.prisma.diff.rendering import Writer, primary_key
from checker.sql.naming import LONGEST_NAME, make_name

_SEVERAL_VALUES = """\
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


"""


def altered_enum(step: s.AlterEnum, writer: Writer) -> Iterator[str]:
    return _recreated_enum(step, writer) if step.removed else _added_values(step, writer)


def altered_table(step: s.AlterTable, writer: Writer) -> Iterator[str]:
    return _AlteredTable(step, writer).statements()


def _added_values(step: s.AlterEnum, w: Writer) -> Iterator[str]:
    for place, value in enumerate(step.added):
        remark = _SEVERAL_VALUES if len(step.added) > 1 and place == 0 else ""
        yield f"{remark}ALTER TYPE {w.enum(step.before)} ADD VALUE {literal(value)}"


def _recreated_enum(step: s.AlterEnum, w: Writer) -> Iterator[str]:
    """A value cannot be removed from an enum: all columns switch to a new enum."""
    old, new = step.before, step.after
    fresh = w.enum(new, "_new")
    yield "BEGIN"
    values = ", ".join(map(literal, new.values))
    yield f"CREATE TYPE {fresh} AS ENUM ({values})"
    for use in step.uses:
        if use.before.default is not None:
            yield f"{_alter(use.table, use.before, w)} DROP DEFAULT"
    for use in step.uses:
        array = "[]" if use.before.arity == "list" else ""
        # A column that leaves the enum is about to be dropped; its values need not fit the new one.
        kind = f"text{array}" if use.after is None else f"{fresh}{array}"
        using = f"({quote(use.before.name)}::text::{kind})"
        yield f"{_alter(use.table, use.before, w)} TYPE {kind} USING {using}"
    yield f"ALTER TYPE {w.enum(old)} RENAME TO {quote(old.name + '_old')}"
    yield f"ALTER TYPE {fresh} RENAME TO {quote(new.name)}"
    yield f"DROP TYPE {quote(old.schema)}.{quote(old.name + '_old')}"
    for use in step.uses:
        default = use.after and use.after.default and w.default(use.after, use.after.default)
        if use.before.default and default:
            yield f"{_alter(use.table, use.before, w)} SET DEFAULT {default}"
    yield "COMMIT"


def _alter(table: DatabaseTable, column: DatabaseColumn, w: Writer) -> str:
    return f"ALTER TABLE {w.table(table)} ALTER COLUMN {quote(column.name)}"


class _AlteredTable:
    """The clauses of one ALTER TABLE, and the statements before and after it."""

    def __init__(self, step: s.AlterTable, writer: Writer) -> None:
        self._step = step
        self._writer = writer
        self._before: list[str] = []
        self._clauses: list[str] = []
        self._after: list[str] = []

    def statements(self) -> Iterator[str]:
        for change in self._step.changes:
            self._take(change)
        yield from self._before
        if self._clauses:
            table = self._writer.table(self._step.before)
            yield f"ALTER TABLE {table} " + ",\n".join(self._clauses)
        yield from self._after

    def _take(self, change: s.TableChange) -> None:
        w, clauses = self._writer, self._clauses
        match change:
            case s.DropPrimaryKey(key):
                clauses.append(f"DROP CONSTRAINT {quote(key.name)}")
            case s.RenamePrimaryKey(old, new):  # cannot be combined with another clause
                names = f"{quote(old.name)} TO {quote(new.name)}"
                table = w.table(self._step.before)
                self._before.append(f"ALTER TABLE {table} RENAME CONSTRAINT {names}")
            case s.AddPrimaryKey(key):
                clauses.append(f"ADD {primary_key(key)}")
            case s.DropColumn(column):
                clauses.append(f"DROP COLUMN {quote(column.name)}")
            case s.AddColumn(column):
                clauses.append(f"ADD COLUMN {w.column(column)}")
            case s.RecreateColumn(old_column, new_column):
                clauses.append(f"DROP COLUMN {quote(old_column.name)}")
                clauses.append(f"ADD COLUMN {w.column(new_column)}")
            case s.AlterColumn():
                self._alter_column(change)

    def _alter_column(self, change: s.AlterColumn) -> None:
        old, new = change.before, change.after
        prefix = f"ALTER COLUMN {quote(old.name)}"
        for aspect in change.changes:
            if aspect == "arity" and new.arity != "list":
                verb = "SET" if new.arity == "required" else "DROP"
                self._clauses.append(f"{prefix} {verb} NOT NULL")
            elif aspect == "default" and new.default is not None:
                default = self._writer.default(new, new.default)
                self._clauses.append(f"{prefix} SET DEFAULT {default}")
            elif aspect == "default" or (aspect == "auto_increment" and _is_filled(old)):
                self._drop_default(change, prefix)
            elif aspect == "auto_increment":
                self._add_sequence(new, prefix)
        if change.cast or ("arity" in change.changes and "list" in (old.arity, new.arity)):
            kind = self._writer.type(new)
            self._clauses.append(f"{prefix} SET DATA TYPE {kind}{_using(change, kind)}")

    def _drop_default(self, change: s.AlterColumn, prefix: str) -> None:
        old = change.before
        what = "IDENTITY" if old.identity else "EXPRESSION" if old.generated else "DEFAULT"
        self._clauses.append(f"{prefix} DROP {what}")
        if change.drops_sequence and old.default is not None:
            schema, name = self._step.before.schema, old.default.values[0]
            self._after.append(f"DROP SEQUENCE {self._writer.name(schema, name)}")

    def _add_sequence(self, column: DatabaseColumn, prefix: str) -> None:
        """The sequence of a serial column, under the name that Prisma generates."""
        table = self._step.after
        name = f"{table.name}_{column.name}_seq".lower()
        if len(name.encode()) > LONGEST_NAME:  # truncated, it could equal the table's own name
            name = make_name(table.name.lower(), column.name.lower(), "seq")
        sequence = self._writer.name(table.schema, name)
        self._before.append(f"CREATE SEQUENCE {sequence}")
        self._clauses.append(f"{prefix} SET DEFAULT nextval({literal(sequence)})")
        owner = f"{self._writer.table(self._step.before)}.{quote(column.name)}"
        self._after.append(f"ALTER SEQUENCE {sequence} OWNED BY {owner}")


def _is_filled(column: DatabaseColumn) -> bool:
    return column.auto_increment or column.identity


def _using(change: s.AlterColumn, kind: str) -> str:
    """How to get the values over where PostgreSQL may have a cast that it does not use of its own
    accord, and from one to a list of one.
    """
    before, name = change.before, quote(change.before.name)
    if before.arity != "list" and change.after.arity == "list":
        return f" USING array_remove(ARRAY[{name}], NULL)"
    old, new = before.type, change.after.type
    rare = old.unsupported or new.unsupported or old.name == "Citext"
    if change.cast == "risky" and rare and new.name not in ("Text", "VarChar", "Char"):
        return f" USING {name}::{kind}"
    return ""
