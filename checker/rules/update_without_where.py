"""UPDATE without a condition overwrites a column in every row.

The old values are gone when the migration commits. Where the new value is made from the old one
(lower("email")), this is a warning. Filling a column that this pull request itself adds overwrites
nothing and is not reported.

Instead: say which rows change. Where really all must, keep the old values in a column of their
own until the new ones have proven right.
"""

import re
from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import SetNotNull, UpdateRows, quote
from checker.rules import Context, rule
from checker.rules._around import changes_in, same, word_of


@rule(UpdateRows, claims=("loss",))
def check(change: UpdateRows, at: Context) -> Iterator[Finding]:
    if change.restricted or not at.before.may_have_rows(change.table):
        return
    old = [name for name in change.columns if not at.before.is_new_column(change.table, name)]
    if change.columns and not old:
        return
    table = change.table.sql
    names = ", ".join(f"`{change.table}.{name}`" for name in old) or f"`{change.table}`"
    text = at.statement.text if at.statement else ""
    fills = len(change.columns) == 1 and _becomes_required(change, at)
    yield at.finding(
        f"`UPDATE` overwrites {names} in every row: no condition limits it",
        columns=tuple(old),
        why="The old values are gone when the migration commits.",
        advice="Fill only the rows that have no value yet."
        if fills
        else "Say which rows change; where all must, keep the old values in a column of their "
        "own until the new ones have proven right.",
        severity="warning" if old and all(_derived(name, at) for name in old) else None,
        fix=f"{text} WHERE {quote(old[0])} IS NULL;"
        if fills
        else "".join(_keep(table, name, change, at) for name in old)
        + "-- then, with a condition that names the rows:\n"
        + (f"{text} WHERE /* which rows */;" if text else ""),
    )


def _becomes_required(change: UpdateRows, at: Context) -> bool:
    """Whether the UPDATE is there to fill a column that may be NULL until now."""
    column = at.before.column(change.table, change.columns[0])
    text = at.statement.text if at.statement else ""
    return (
        column is not None
        and not column.not_null
        and not word_of("where").search(text.rpartition(")")[2])
        and not word_of("from").search(text.rpartition(")")[2])
        and any(
            same(at, later.table, change.table) and later.column == column.name
            for later in changes_in(at.later, SetNotNull)
        )
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
