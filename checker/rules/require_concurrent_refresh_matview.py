"""REFRESH MATERIALIZED VIEW without CONCURRENTLY keeps all readers waiting.

The query of the view runs again, and nobody can read the view until it is done.

Lock: ACCESS EXCLUSIVE on the materialized view, for a time that grows with its rows.

Not reported: a view that this pull request itself creates, and WITH NO DATA.

Instead: REFRESH MATERIALIZED VIEW CONCURRENTLY, which lets others read. It needs a unique index
without a condition over columns of the view. Better still, refresh it outside of migrations.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import Maintain
from checker.rules import Context, rule
from checker.rules._locks import POSTGRESQL


@rule(Maintain, severity="warning", scales=True, providers=POSTGRESQL)
def check(change: Maintain, at: Context) -> Iterator[Finding]:
    kind = "MATERIALIZED VIEW"
    text = " ".join((at.statement.text if at.statement else "").upper().split())
    if (
        change.what != f"REFRESH {kind}"
        or change.concurrently
        or change.name is None
        or at.before.is_new_table(change.name)
        or text.endswith("WITH NO DATA")
    ):
        return
    yield at.finding(
        f"Nobody can read `{change.name}` until its query has run",
        why="ACCESS EXCLUSIVE lock on the materialized view: readers wait.",
        advice="Refresh it concurrently, which needs a unique index over its columns, and outside "
        "of migrations.",
        fix="-- with a unique index over columns of the view:\n"
        f"REFRESH {kind} CONCURRENTLY {change.name.sql};",
        table=change.name,
    )
