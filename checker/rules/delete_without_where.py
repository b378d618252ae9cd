"""DELETE without a condition loses every row of a table.

A migration runs on every database, production included. A condition that is always true (WHERE
true, WHERE 1 = 1) limits nothing either.

A table that this pull request itself creates is not reported.

Instead: say which rows must go, and count them on production first.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import DeleteRows
from checker.rules import Context, rule


@rule(DeleteRows, claims=("loss",))
def check(change: DeleteRows, at: Context) -> Iterator[Finding]:
    if change.restricted or not at.before.may_have_rows(change.table):
        return
    table = change.table.sql
    yield at.finding(
        f"`DELETE` removes every row of `{change.table}`: no condition limits it",
        why="A migration runs on every database, production included.",
        advice="Say which rows must go, and count them on production first.",
        fix=f"-- on production first: SELECT count(*) FROM {table} WHERE /* which rows */;\n"
        f"DELETE FROM {table} WHERE /* which rows */;",
    )
