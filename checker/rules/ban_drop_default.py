"""A required column loses the default with which the database fills it.

Code that still runs and leaves the value to the database fails with SQLSTATE 23502. That is code of
a field with `autoincrement()` or `dbgenerated()`: constants, `now()`, `uuid()` and `cuid()` are
filled in by Prisma Client itself, so dropping their defaults is not reported. Neither is a column
that this pull request adds.

Instead: deploy code that sets the value first, and drop the default one release later.
"""

import re
from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AlterColumn, AlterColumnType, DropDefault, SetDefault, quote
from checker.rules import Context, rule
from checker.rules._around import changes_in, is_gone, same

_BY_CLIENT = re.compile(r"^\(?(now\(\)|current_timestamp|localtimestamp)", re.IGNORECASE)


@rule(DropDefault, AlterColumn, severity="warning", providers=("postgresql",))
def check(change: DropDefault | AlterColumn, at: Context) -> Iterator[Finding]:
    if isinstance(change, AlterColumn) and change.what != "DROP IDENTITY":
        return
    column = at.before.column(change.table, change.column)
    if column is None or not column.not_null:
        return
    if at.before.is_new_column(change.table, change.column):
        return
    default = column.default or ""
    if not column.filled and ("(" not in default or _BY_CLIENT.match(default)):
        return
    if is_gone(at, change.table, (change.column,)) or _gets_another(change, at):
        return
    for retyped in changes_in(at.statements, AlterColumnType):
        if same(at, retyped.table, change.table) and retyped.column == change.column:
            return  # the change of its type is what old code meets first
    kind = "IDENTITY" if isinstance(change, AlterColumn) else "DEFAULT"
    what = f"`{default}`" if default else "the number that the database gives"
    yield at.finding(
        f"`{change.table}.{change.column}` is required and loses its default {what}: code that "
        "leaves the value to the database fails",
        why="Old code runs on until the release is everywhere.",
        advice="Deploy code that sets the value first, and drop the default one release later.",
        fix=f"-- in a migration of the next release:\nALTER TABLE {change.table.sql} "
        f"ALTER COLUMN {quote(change.column)} DROP {kind};",
    )


def _gets_another(change: DropDefault | AlterColumn, at: Context) -> bool:
    return any(
        same(at, later.table, change.table)
        and later.column == change.column
        and (isinstance(later, SetDefault) or later.what == "ADD IDENTITY")
        for later in changes_in(at.later, SetDefault, AlterColumn)
    )
