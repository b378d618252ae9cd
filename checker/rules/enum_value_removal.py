"""Removing a value from an enum fails if a row still has it.

PostgreSQL cannot drop a value from an enum, so Prisma creates the enum anew, converts every
column to it, and drops the old one. The conversion fails with SQLSTATE 22P02 on the first row
that still has a removed value, and rewrites each table under an ACCESS EXCLUSIVE lock.

All statements of this pattern give this one finding, and an enum that only gains values none.

Instead: move the rows to a value that stays first, in the same migration or one before it, after
deploying code that no longer writes the old value.
"""

from collections.abc import Iterator

from checker.changes import RecreateEnum, quote
from checker.model import Finding
from checker.rules import Context, rule


@rule(RecreateEnum, claims=("failure",))
def check(change: RecreateEnum, at: Context) -> Iterator[Finding]:
    removed = [value for value in change.before if value not in change.values]
    if at.before.is_new_type(change.enum) or not removed:
        return
    columns = at.before.columns_of_type(change.enum)
    names = ", ".join(f"`{table.name}.{column.name}`" for table, column in columns)
    moved = all(at.before.is_updated(table.name, column.name) for table, column in columns)
    yield at.finding(
        f"Enum `{change.enum}` loses {_list(removed)}: the migration fails if a row still has "
        + ("it" if len(removed) == 1 else "one of them"),
        why=f"Columns of this type: {names}." if names else "",
        advice="Move such rows to a value that stays before the enum is replaced.",
        fix="\n".join(_moves(change, removed, at)) or None,
        severity="warning" if columns and moved else None,
    )


def _moves(change: RecreateEnum, removed: list[str], at: Context) -> Iterator[str]:
    values = ", ".join("'" + value.replace("'", "''") + "'" for value in removed)
    stays = next((value for value in change.values if value in change.before), None)
    target = "'" + stays.replace("'", "''") + "'" if stays else "NULL"
    for table, column in at.before.columns_of_type(change.enum):
        name = quote(column.name)
        if column.type.array:
            yield (
                f"-- before the enum is replaced; the value is yours to choose:\n"
                f"UPDATE {table.name.sql} SET {name} = ARRAY(SELECT value FROM unnest({name}) AS "
                f"value WHERE value NOT IN ({values})) WHERE {name} && ARRAY[{values}]::"
                f"{column.type.sql};"
            )
        else:
            yield (
                f"-- before the enum is replaced; the value is yours to choose:\n"
                f"UPDATE {table.name.sql} SET {name} = {target} WHERE {name} IN ({values});"
            )


def _list(values: list[str]) -> str:
    quoted = [f"`{value}`" for value in values]
    return ", ".join(quoted[:-1]) + (" and " if len(values) > 1 else "") + quoted[-1]
