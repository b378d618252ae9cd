"""TRUNCATE … CASCADE also empties the tables that reference the one it names.

Every table with a foreign key to the truncated one is emptied too, and every table with a foreign
key to those, whatever ON DELETE says (PostgreSQL, SQL Commands, TRUNCATE).

Instead: delete the rows that must go, by a condition that names them, in each table.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import Name, TruncateTable
from checker.rules import Context, rule


@rule(TruncateTable, claims=("loss",))
def check(change: TruncateTable, at: Context) -> Iterator[Finding]:
    if not change.cascade:
        return
    emptied = [table for table in _emptied(change.table, at) if not at.before.is_new_table(table)]
    if not emptied:
        return
    others = ", ".join(f"`{table}`" for table in emptied if table != change.table)
    also = f"and of {others}" if others else "and of every table that references it"
    yield at.finding(
        f"`TRUNCATE … CASCADE` removes every row of `{change.table}` {also}",
        why="It follows the foreign keys, whatever their ON DELETE says.",
        advice="Delete the rows that must go, by a condition that names them, in each table.",
        fix="\n".join(
            f"DELETE FROM {table.sql} WHERE /* which rows */;" for table in reversed(emptied)
        ),
    )


def _emptied(table: Name, at: Context) -> list[Name]:
    """The table and all that reference it, directly or through others."""
    tables = [table]
    for name in tables:
        for child, _ in at.before.referencing(name):
            if at.before.key(child.name) not in map(at.before.key, tables):
                tables.append(child.name)
    return tables
