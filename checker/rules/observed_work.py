"""The replay saw a whole table read or rewritten under a lock that others wait for.

The same statement ran on a small and on a larger table, and the pages that it touched grew with
the table, while it held a lock of SHARE or stronger: writes wait until it is done, and with ACCESS
EXCLUSIVE reads as well.

Not reported: what another rule reports about the same statement.

Instead: do the work under a weaker lock (CONCURRENTLY, NOT VALID and VALIDATE), in batches, or on
a copy that takes the table's place.
"""

from collections.abc import Iterator

from checker.model import Finding, Unread
from checker.model.changes import Name
from checker.model.words import WAITS, WORK
from checker.rules import Context, rule


@rule(Unread, severity="warning", scales=True, providers=("postgresql",))
def check(fact: Unread, at: Context) -> Iterator[Finding]:
    work, lock = fact.work, fact.lock
    if work is None or lock is None:
        return
    schema, _, name = work.table.rpartition(".")
    yield at.finding(
        f"{WAITS[lock].capitalize()} for `{work.table}` while {WORK[work.cost]}",
        why=f"{lock} lock; the pages touched grow with the table.",
        advice="Do the work under a weaker lock, or in batches.",
        evidence="observed",
        table=Name(name, schema or None),
    )
