"""UPDATE without a condition overwrites a column in every row.

The old values are gone when the migration commits. Where the new value is made from the old one
(lower("email")), this is a warning. Filling a column that this pull request itself adds overwrites
nothing and is not reported.

Instead: say which rows change. Where really all must, keep the old values in a column of their
own until the new ones have proven right.
"""

import re
from collections.abc import Iterator

from checker.changes import UpdateRows, quote
from checker.model import Finding
from checker.rules import Context, rule


@rule(UpdateRows, claims=("loss",))
def check(change: UpdateRows, at: Context) -> Iterator[Finding]:
    if change.restricted or not at.before.may_have_rows(change.table):
        return
    old = [name for name in change.columns if not at.before.is_new_column(change.table, name)]
    if change.columns and not old:
        return
    table = change.table.sql
    names = ", ".join(f"`{change.table}.{name}`" for name in old) or f"`{change.table}`"
    yield at.finding(
        f"`UPDATE` overwrites {names} in every row: no condition limits it",
        why="The old values are gone when the migration commits.",
        advice="Say which rows change; where all must, keep the old values in a column of their "
        "own until the new ones have proven right.",
        severity="warning" if old and all(_derived(name, at) for name in old) else None,
        fix="".join(_keep(table, name, change, at) for name in old)
        + "-- then, with a condition that names the rows:\n"
        + (f"{at.statement.text} WHERE /* which rows */;" if at.statement else ""),
    )


def _derived(name: str, at: Context) -> bool:
    """Whether the new value is made from the old one: ``c = lower(c)``."""
    word = rf"(?<!\w){re.escape(name)}(?!\w)"
    text = at.statement.text if at.statement else ""
    assigned = re.search(rf'{word}"?\s*=', text, re.IGNORECASE)
    if assigned is None:
        return False
    depth, end = 0, assigned.end()
    while end < len(text) and (depth > 0 or text[end] != ","):
        depth += (text[end] in "([") - (text[end] in ")]")
        end += 1
    return re.search(word, text[assigned.end() : end], re.IGNORECASE) is not None


def _keep(table: str, name: str, change: UpdateRows, at: Context) -> str:
    """A copy of a column's values, under a name that says what it is."""
    column = at.before.column(change.table, name)
    if column is None:
        return ""
    copy = quote(f"_{name}_before")
    return (
        f"ALTER TABLE {table} ADD COLUMN {copy} {column.type.sql};\n"
        f"UPDATE {table} SET {copy} = {quote(name)} WHERE {quote(name)} IS NOT NULL;\n"
    )
