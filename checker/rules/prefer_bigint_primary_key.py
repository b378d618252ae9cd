"""A primary key of type integer or smallint runs out of numbers.

An integer ends at 2,147,483,647, and so does a sequence that feeds it, also where most numbers were
spent on inserts that failed. From then on every INSERT fails with SQLSTATE 22003, and a wider
type rewrites the table, and those that refer to it, under ACCESS EXCLUSIVE.

Instead: `BigInt` in schema.prisma, which is `bigint`, from the start.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddConstraint, Column
from checker.rules import Context, rule
from checker.rules._columns import STYLE, TYPES, TYPING, Typing, columns_of, keys_of
from checker.rules._locks import POSTGRESQL
from checker.rules._subjects import IS, about

_LIMITS = {"integer": "2,147,483,647", "smallint": "32,767"}


@rule(*TYPING, AddConstraint, severity="warning", providers=POSTGRESQL, presets=(STYLE, TYPES))
def check(change: Typing | AddConstraint, at: Context) -> Iterator[Finding]:
    for column in _key_columns(change, at):
        if column.type.name in _LIMITS and not column.type.array:
            yield at.finding(
                about(
                    "",
                    f"`{change.table}.{column.name}`",
                    " ",
                    IS,
                    f" limited to {_LIMITS[column.type.name]}, and so is the primary key",
                ),
                why="After that every INSERT fails, and a wider type rewrites the table.",
                advice="Make it `BigInt` in schema.prisma.",
                columns=(column.name,),
            )


def _key_columns(change: Typing | AddConstraint, at: Context) -> list[Column]:
    if not isinstance(change, AddConstraint):
        keys = keys_of(change, at)
        return [column for column in columns_of(change) if column.name in keys]
    if change.constraint.kind != "primary_key":
        return []
    return [
        column
        for name in change.constraint.columns
        if (column := at.before.column(change.table, name)) is not None
        if not at.before.is_new_column(change.table, name)  # reported where it was added
    ]
