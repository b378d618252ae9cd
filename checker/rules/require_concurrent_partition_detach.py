"""DETACH PARTITION without CONCURRENTLY locks the whole partitioned table.

It waits for every running query on the partitioned table, and everyone who comes later waits behind
it.

Lock: ACCESS EXCLUSIVE on the partitioned table and the partition, for a moment, once it has got
it.

Instead: DETACH PARTITION … CONCURRENTLY (PostgreSQL 14 and later), which lets others read and
write. It must not run inside of a transaction block, and there must be no default partition.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AlterTable
from checker.rules import Context, rule
from checker.rules._fixes import alone
from checker.rules._locks import POSTGRESQL


@rule(AlterTable, severity="warning", providers=POSTGRESQL, claims=("lock",))
def check(change: AlterTable, at: Context) -> Iterator[Finding]:
    part = change.argument
    if (
        change.what != "DETACH PARTITION"
        or change.concurrently
        or part is None
        or at.before.is_new_table(change.table)
    ):
        return
    yield at.finding(
        f"Detaching `{part}` locks `{change.table}` against reads and writes",
        why="ACCESS EXCLUSIVE lock: it waits for running queries, and later ones wait behind it.",
        advice="Detach it concurrently.",
        fix=f"{alone(at)}ALTER TABLE {change.table.sql} DETACH PARTITION {part.sql} CONCURRENTLY;",
    )
