"""A column that code expects to have values may be NULL from now on.

Old code that still runs reads the rows that new code writes, and Prisma Client fails on NULL in a
field that its schema calls required (P2032).

Off by default: Prisma writes this for every field that becomes optional, and it hurts only where
the new code writes NULL before the old code is gone.

Instead: deploy code that can read NULL first, and write it from the next release on.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import DropNotNull
from checker.rules import Context, rule


@rule(DropNotNull, severity="warning", default=False)
def check(change: DropNotNull, at: Context) -> Iterator[Finding]:
    column = at.before.column(change.table, change.column)
    if at.before.is_new_column(change.table, change.column) or (column and not column.not_null):
        return
    yield at.finding(
        f"`{change.table}.{change.column}` may be NULL from now on: old code that reads such a row "
        "fails",
        why="Prisma Client fails on NULL in a field that its schema calls required.",
        advice="Deploy code that can read NULL before any code writes it.",
    )
