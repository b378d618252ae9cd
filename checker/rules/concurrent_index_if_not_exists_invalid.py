"""CREATE INDEX CONCURRENTLY IF NOT EXISTS mistakes an invalid index for a good one.

When CREATE INDEX CONCURRENTLY fails or is cancelled it leaves an invalid index of that name behind,
which no query uses and which, if unique, leaves existing duplicates in place. On the second try IF
NOT EXISTS finds it, does nothing, and the migration counts as applied.

Instead: leave IF NOT EXISTS out, so that the second try reports that the index exists; or first
drop what a failed try left behind, in a migration of its own.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import CreateIndex, DropIndex
from checker.rules import Context, rule
from checker.rules._fixes import alone, concurrent_index
from checker.rules._locks import POSTGRESQL


@rule(CreateIndex, severity="warning", providers=POSTGRESQL)
def check(change: CreateIndex, at: Context) -> Iterator[Finding]:
    if (
        not (change.concurrently and change.if_not_exists)
        or change.name is None
        or not at.before.may_have_rows(change.table)
        or _dropped_before(change, at)
    ):
        return
    yield at.finding(
        f"After a failed try, IF NOT EXISTS keeps an invalid index `{change.name}`",
        why="An invalid index speeds nothing up, and a unique one does not hold; the migration "
        "counts as applied all the same.",
        advice="Leave IF NOT EXISTS out; after a failure, drop the invalid index first.",
        fix=alone(at) + concurrent_index(change, at),
    )


def _dropped_before(change: CreateIndex, at: Context) -> bool:
    return any(
        isinstance(earlier, DropIndex) and earlier.index.name == change.name
        for statement in at.earlier
        for earlier in statement.changes
    )
