"""Causes that lie in the live tables: what no migration made, what schema.prisma has more. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from checker.live import remedy
from checker.live.advice import Cause, Remedy
from checker.live.facts import Gap
from checker.live.remedy import Case
from checker.live.words import APPLIED_AND_DATABASE, told
from checker.model.sentences import difference_words


def causes(case: Case) -> Iterator[Cause]:
    drift = case.facts.drift
    by_hand, unmigrated = drift.by_hand, drift.unmigrated
    if by_hand and by_hand.changes and not drift.has_pending:
        if _explained(case):
            return
        yield _by_hand(case, by_hand)
        if drift.schema and not drift.schema.changes:
            return  # it was `db push`, and the migration for it is in the remedy
    if unmigrated and unmigrated.changes:
        yield _unmigrated(case, unmigrated)


def _explained(case: Case) -> bool:
    """Whether other causes make the tables differ, whose remedies have to come first."""
    return bool(case.standings("failed", "missing") or case.facts.edited)


def _by_hand(case: Case, gap: Gap) -> Cause:
    schema = case.facts.drift.schema
    pushed = schema is not None and not schema.changes
    who = (
        "They are what schema.prisma says: somebody has used `db push`"
        if pushed
        else "Somebody has changed the database by hand, or with `db push` of another schema"
    )
    resolved = [s.name for s in case.standings("applied") if s.resolved]
    if resolved:
        who += f"; or `{resolved[-1]}` was marked as applied and never ran"
    differences = told([difference_words(c, APPLIED_AND_DATABASE) for c in gap.changes])
    return Cause(
        "db-push" if pushed else "changed-by-hand",
        f"The tables are not what the applied migrations make: {differences}",
        "`migrate dev`: Drift detected: Your database schema is not in sync with your migration "
        "history; `migrate status` and `migrate deploy` say nothing",
        who,
        "error",
        ("dev",),
        remedies=(*_for_changes(case, gap, pushed=pushed), remedy.reset(case)),
    )


def _for_changes(case: Case, gap: Gap, *, pushed: bool) -> Iterator[Remedy]:
    keep = "Keep the changes: a new migration that makes them, marked as applied here"
    yield remedy.take_over(
        case,
        "take_over",
        gap.forth,
        keep if pushed else f"{keep}; schema.prisma has to be brought to it (`db pull` shows how)",
        () if pushed else (case.prisma.pull(),),
    )
    yield remedy.run_sql(
        case, "undo", "Undo the changes: bring the tables back to the migrations", gap.back
    )


def _unmigrated(case: Case, gap: Gap) -> Cause:
    differences = told([difference_words(change) for change in gap.changes])
    return Cause(
        "no-migration",
        f"schema.prisma says what no migration does: {differences}",
        "nothing before the next `migrate dev`, whose migration then has all of it",
        "The schema was edited and the migration for it not written, or not committed",
        "error",
        remedies=(
            remedy.new_migration(
                case, "sync_with_schema", gap.forth, "Write the migration for it, and deploy it"
            ),
        ),
    )
