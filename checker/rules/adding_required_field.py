"""A required column without a default cannot be added to a table with rows.

ALTER TABLE … ADD COLUMN … NOT NULL fails with SQLSTATE 23502 as soon as the table has one row,
which an empty test database never shows. Defaults that Prisma Client computes, such as uuid(),
cuid() and @updatedAt, are unknown to the database and do not help.

A table that this pull request itself creates is not reported.

Instead: add the column as nullable, fill it, and make it required afterwards; or give it a
default in the database.
"""

from collections.abc import Iterator

from checker.changes import AddColumn, Column, SetNotNull, quote
from checker.model import Finding
from checker.rules import Context, rule
from checker.rules._locks import constraints_later, require


@rule(AddColumn, SetNotNull)
def check(change: AddColumn | SetNotNull, at: Context) -> Iterator[Finding]:
    column = _required(change, at)
    if column is None or not at.before.may_have_rows(change.table):
        return
    yield at.finding(
        f"Required column `{change.table}.{column.name}` has no default: "
        f"the migration fails if `{change.table}` has rows",
        why="PostgreSQL refuses with SQLSTATE 23502; an empty test database does not show it."
        if at.project.provider == "postgresql"
        else "An empty test database does not show it.",
        advice="Add the column as nullable, fill it, and make it required afterwards.",
        fix=_steps(change, column, at),
    )


def _required(change: AddColumn | SetNotNull, at: Context) -> Column | None:
    """The column that is required and that nothing fills, if there is one.

    SET NOT NULL counts where the column was added just before and nothing filled it since.
    """
    if isinstance(change, AddColumn):
        column = change.column
        empty = column.not_null and column.default is None and not column.filled
        exists = at.before.column(change.table, column.name) is not None
        return column if empty and not (change.if_not_exists and exists) else None
    known = at.before.column(change.table, change.column)
    if (
        known is None
        or not at.before.is_new_column(change.table, change.column)
        or at.before.is_updated(change.table, change.column)
    ):
        return None
    return None if known.filled or known.default is not None or known.not_null else known


def _steps(change: AddColumn | SetNotNull, column: Column, at: Context) -> str:
    """Where SET NOT NULL is the finding, the column has been added before it."""
    table, name = change.table, quote(column.name)
    later = require(table, column.name)
    add = ""
    if isinstance(change, AddColumn):
        add = f"ALTER TABLE {table.sql} ADD COLUMN {name} {column.type.sql};\n"
        later = "\n\n".join([later, *constraints_later(change, at)])
    if at.project.provider != "postgresql":
        later = f"ALTER TABLE {table.sql} ALTER COLUMN {name} SET NOT NULL;"
    return (
        f"{add}UPDATE {table.sql} SET {name} = /* its value */ WHERE {name} IS NULL;\n\n"
        f"-- in a later migration, when new code writes the column:\n{later}"
    )
