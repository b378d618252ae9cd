"""Rows are inserted with ids that the database would have assigned.

The sequence behind `autoincrement()` does not notice. It gives the same numbers again, and the
first rows that the application inserts fail with SQLSTATE 23505.

Not reported: where setval, or RESTART of the sequence, follows in the same pull request.

Instead: leave the id out, or set the sequence after the last row.
"""

import re
from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import Column, InsertRows, quote
from checker.rules import Context, rule

_FOLLOWED = re.compile(r"\bsetval\b|\bRESTART\b", re.IGNORECASE)
_BY_DATABASE = re.compile(r"\b(DEFAULT|nextval)\b", re.IGNORECASE)


@rule(InsertRows, severity="warning", providers=("postgresql",))
def check(change: InsertRows, at: Context) -> Iterator[Finding]:
    table, statement = at.before.table(change.table), at.statement
    if table is None or statement is None:
        return
    columns = change.columns or tuple(table.columns)
    column = next((c for name in columns if (c := table.column(name)) and _is_numbered(c)), None)
    previous = at.earlier[-1].changes if at.position else ()
    if column is None or any(
        isinstance(c, InsertRows) and c.table == change.table for c in previous
    ):
        return  # the first of a row of INSERTs speaks for all
    if _BY_DATABASE.search(statement.text) or any(_FOLLOWED.search(s.text) for s in at.later):
        return
    name, key = change.table.sql, quote(column.name)
    yield at.finding(
        f"Rows are inserted with their own `{change.table}.{column.name}`: the next id that the "
        "database gives may be taken already",
        why="The sequence does not notice; the first row that the application inserts fails.",
        advice="Leave the id out, or set the sequence after the last row.",
        fix=f"{statement.text};\n"
        f"SELECT setval(pg_get_serial_sequence('{name.replace(chr(39), chr(39) * 2)}', "
        f"'{column.name.replace(chr(39), chr(39) * 2)}'), (SELECT max({key}) FROM {name}));",
    )


def _is_numbered(column: Column) -> bool:
    serial = column.filled and column.generated is None
    return serial or (column.default or "").lower().startswith("nextval(")
