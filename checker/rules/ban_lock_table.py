"""LOCK TABLE keeps others off a table until the transaction ends.

In its default mode, ACCESS EXCLUSIVE, not even a SELECT gets through; from SHARE on nobody writes.
Sent alone, outside of a transaction, it fails with SQLSTATE 25P01.

Not reported: tables that this pull request creates, and where a lock_timeout is in force.

Instead: leave it out; each statement takes the lock that it needs. If the lock is intended, set a
lock_timeout first and keep the transaction short.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import LockTable
from checker.rules import Context, rule
from checker.rules._around import has_lock_timeout

_HARMLESS = ("ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE")


@rule(LockTable, severity="warning", providers=("postgresql",), claims=("lock",))
def check(change: LockTable, at: Context) -> Iterator[Finding]:
    statement = at.statement
    if statement is None:
        return
    if statement.kind != "DO" and at.transaction.alone:
        yield at.finding(
            "`LOCK TABLE` is sent outside of a transaction: the migration fails with SQLSTATE "
            "25P01",
            why="PostgreSQL would release the lock at once, and refuses.",
            advice="Leave it out, or write `BEGIN` … `COMMIT` around it and what it is for.",
            severity=at.by_version,
        )
    elif change.mode not in _HARMLESS and not at.before.is_new_table(change.table):
        if has_lock_timeout(at):
            return
        blocked = (
            "nobody can read or write" if change.mode == "ACCESS EXCLUSIVE" else "nobody can write"
        )
        yield at.finding(
            f"`{change.table}` is locked in {change.mode} mode: {blocked} it until the transaction "
            "ends",
            why="Each statement takes the lock that it needs by itself.",
            advice="Leave it out; if it is intended, set a `lock_timeout` first.",
            fix=f"BEGIN;\nSET LOCAL lock_timeout = '5s';\n{statement.text};\n"
            "-- what the lock is for\nCOMMIT;",
        )
