"""A migration waits for a table lock without a limit.

An ACCESS EXCLUSIVE lock waits for the longest query on the table, and all later queries wait
behind it. A lock_timeout makes the migration give up instead, and nobody notices.

Off by default: it would be reported for nearly every migration that changes a table.

Instead: set a lock_timeout as the first statement of the file, and deploy again if it is hit.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import Change, TableChange
from checker.rules import Context, rule
from checker.rules._around import has_lock_timeout, locked_exclusively


@rule(*TableChange.__args__, severity="warning", default=False, providers=("postgresql",))
def check(change: Change, at: Context) -> Iterator[Finding]:
    table = locked_exclusively(change, at)
    if table is None or at.statement is None:
        return
    if any(locked_exclusively(c, at) for s in at.before_in_file for c in s.changes):
        return
    if next(c for c in at.statement.changes if locked_exclusively(c, at)) is not change:
        return
    if not has_lock_timeout(at):
        yield at.finding(
            f"The migration waits for a lock on `{table}` without a limit, and all queries wait "
            "behind it",
            why="No `lock_timeout` is in force here.",
            advice="Set a `lock_timeout` as the first statement of the file.",
            fix=f"SET lock_timeout = '5s';\n{at.statement.text};",
            table=table,
        )
