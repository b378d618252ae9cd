"""A required column without a default cannot be added to a table with rows.

ALTER TABLE … ADD COLUMN … NOT NULL fails with SQLSTATE 23502 as soon as the table has one row,
which an empty test database never shows. Defaults that Prisma Client computes, such as uuid(),
cuid() and @updatedAt, are unknown to the database and do not help.

Where the rows get a value, from a default that is dropped again or from an UPDATE, the migration
passes; but until the new code runs everywhere, each INSERT of the old code fails with the same
error, as it does not know the column (a warning).

A table that this pull request itself creates is not reported.

Instead: add the column as nullable, fill it, and make it required when the new code runs
everywhere; or give it a default in the database, and leave it there until then.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import (
    AddColumn,
    AddConstraint,
    Column,
    DropColumn,
    DropDefault,
    DropNotNull,
    DropTable,
    Name,
    RenameColumn,
    RenameTable,
    SetDefault,
    SetNotNull,
    quote,
)
from checker.rules import Context, rule
from checker.rules._around import changes_in, same
from checker.rules._fixes import constraints_later, require
from checker.rules._subjects import HAS, IS, about


@rule(AddColumn, SetNotNull, DropDefault, claims=("failure",))
def check(change: AddColumn | SetNotNull | DropDefault, at: Context) -> Iterator[Finding]:
    if not isinstance(change, DropDefault):
        column = _required(change, at)
        if column is not None and at.before.may_have_rows(change.table):
            yield _fails(change, column, at)
            return
    if not isinstance(change, AddColumn) and _is_left_without(change, at):
        yield _breaks_inserts(change, at)


def _fails(change: AddColumn | SetNotNull, column: Column, at: Context) -> Finding:
    return at.finding(
        about(
            "Required column",
            f"`{change.table}.{column.name}`",
            " ",
            HAS,
            f" no default: the migration fails if `{change.table}` has rows",
        ),
        why="PostgreSQL refuses with SQLSTATE 23502; an empty test database does not show it."
        if at.dialect.postgresql_locks
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
        default = column.default or at.before.domain_default(column.type)
        empty = column.not_null and default is None and not column.filled
        exists = at.before.column(change.table, column.name) is not None
        return column if empty and not (change.if_not_exists and exists) else None
    known = at.before.column(change.table, change.column)
    if (
        known is None
        or not at.before.is_new_column(change.table, change.column)
        or at.before.is_updated(change.table, change.column)
    ):
        return None
    default = at.before.given(change.table, change.column)
    return None if known.filled or default is not None or known.not_null else known


def _is_left_without(change: SetNotNull | DropDefault, at: Context) -> bool:
    """Whether a new column of an old table is required from here on and nothing fills it."""
    known = at.before.column(change.table, change.column)
    if (
        known is None
        or known.filled
        or at.before.is_new_table(change.table)
        or not at.before.is_new_column(change.table, change.column)
    ):
        return False
    if _is_known_to_old_code(change.table, change.column, at):
        return False
    settles: tuple[type, ...] = (SetDefault, DropNotNull, DropColumn, DropTable, RenameColumn)
    if isinstance(change, SetNotNull):
        if known.default is not None or known.not_null:
            return False
    elif not known.not_null or known.default is None:
        return False
    return at.before.domain_default(known.type) is None and not any(
        same(at, later.table, change.table)
        and getattr(later, "column", change.column) == change.column
        for later in changes_in(at.later, *settles)
    )


def _is_known_to_old_code(table: Name, column: str, at: Context) -> bool:
    """Whether the table had such a column until this pull request replaced it, or is renamed by it,
    so that old code fails in any case.
    """
    return any(
        (isinstance(change, RenameTable) and change.to == table.name)
        or (
            not isinstance(change, RenameTable)
            and same(at, change.table, table)
            and change.column == column
        )
        for change in changes_in(at.earlier, DropColumn, RenameColumn, RenameTable)
    )


def _breaks_inserts(change: SetNotNull | DropDefault, at: Context) -> Finding:
    alter = f"ALTER TABLE {change.table.sql} ALTER COLUMN {quote(change.column)}"
    last = "DROP DEFAULT" if isinstance(change, DropDefault) else "SET NOT NULL"
    return at.finding(
        about(
            "Required column",
            f"`{change.table}.{change.column}`",
            " ",
            IS,
            " added and left without a default: an INSERT from code that still runs fails",
        ),
        why="Old code does not know the column, and runs on until the release is everywhere.",
        advice="Take this step in a migration of the next release"
        + (", and with it the primary key that holds the column." * _in_key(change, at) or "."),
        fix=f"-- in a migration of the next release:\n{alter} {last};",
        severity="warning",
        of_rows=False,
    )


def _in_key(change: SetNotNull | DropDefault, at: Context) -> bool:
    """Whether this pull request makes a primary key of the column, which requires it as well."""
    here = () if at.statement is None else (at.statement,)
    return any(
        same(at, added.table, change.table)
        and added.constraint.kind == "primary_key"
        and change.column in added.constraint.columns
        for added in changes_in((*here, *at.later), AddConstraint)
    )


def _steps(change: AddColumn | SetNotNull, column: Column, at: Context) -> str:
    """Where SET NOT NULL is the finding, the column has been added before it."""
    table, name = change.table, quote(column.name)
    later = require(table, column.name)
    add = ""
    if isinstance(change, AddColumn):
        add = f"ALTER TABLE {table.sql} ADD COLUMN {name} {column.type.sql};\n"
        later = "\n\n".join([later, *constraints_later(change, at)])
    if not at.dialect.postgresql_locks:
        later = f"ALTER TABLE {table.sql} ALTER COLUMN {name} SET NOT NULL;"
    return (
        f"{add}UPDATE {table.sql} SET {name} = /* its value */ WHERE {name} IS NULL;\n\n"
        f"-- in a later migration, when new code writes the column:\n{later}"
    )
