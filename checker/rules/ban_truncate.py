"""TRUNCATE loses every row of a table.

It takes an ACCESS EXCLUSIVE lock, fires no DELETE triggers, and cannot be limited to some rows
(PostgreSQL, SQL Commands, TRUNCATE). A migration runs on every database, production included.

A table that this pull request itself creates is not reported.

Instead: delete the rows that must go, by a condition that names them.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import TruncateTable
from checker.rules import Context, rule


@rule(TruncateTable, claims=("loss",))
def check(change: TruncateTable, at: Context) -> Iterator[Finding]:
    if change.cascade or at.before.is_new_table(change.table):
        return
    yield at.finding(
        f"`TRUNCATE` removes every row of `{change.table}`",
        why="A migration runs on every database, production included.",
        advice="Delete the rows that must go, by a condition that names them.",
        fix=f"DELETE FROM {change.table.sql} WHERE /* which rows */;",
    )
