"""Causes in the live tables: changes that no migration made or only schema.prisma has. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from checker.live import remedy
from checker.live.advice import Cause, Remedy
from checker.live.facts import LiveGap
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
    """Whether other causes, to be remedied first, make the tables differ."""
    return bool(case.standings("failed", "missing") or case.facts.edited)


def _by_hand(case: Case, gap: LiveGap) -> Cause:
    schema = case.facts.drift.schema
    pushed = schema is not None and not schema.changes
    who = (
        "They match schema.prisma: somebody has used `db push`"
        if pushed
        else "Somebody has changed the database by hand, or with `db push` of another schema"
    )
    resolved = [s.name for s in case.standings("applied") if s.resolved]
    if resolved:
        who += f"; or `{resolved[-1]}` was marked as applied and never ran"
    differences = told([difference_words(c, APPLIED_AND_DATABASE) for c in gap.changes])
    return Cause(
        "db-push" if pushed else "changed-by-hand",
        f"The tables differ from what the applied migrations make: {differences}",
        "`migrate dev`: Drift detected: Your database schema is not in sync with your migration "
        "history; `migrate status` and `migrate deploy` say nothing",
        who,
        "error",
        ("dev",),
        remedies=(*_for_changes(case, gap, pushed=pushed), remedy.reset(case)),
    )


def _for_changes(case: Case, gap: LiveGap, *, pushed: bool) -> Iterator[Remedy]:
    keep = "Keep the changes: write a migration that makes them, and mark it as applied here"
    yield remedy.take_over(
        case,
        "take_over",
        gap.forth,
        keep if pushed else f"{keep}; change schema.prisma to match (`db pull` shows how)",
        () if pushed else (case.prisma.pull(),),
    )
    yield remedy.run_sql(
        case,
        "undo",
        "Undo the changes: bring the tables back to the migrations",
        gap.back,
        at_risk=gap.back_at_risk,
    )


def _unmigrated(case: Case, gap: LiveGap) -> Cause:
    differences = told([difference_words(change) for change in gap.changes])
    return Cause(
        "no-migration",
        f"schema.prisma has changes that no migration makes: {differences}",
        "nothing until the next `migrate dev`, which puts all of it into its migration",
        "The schema was edited, but its migration was not written or not committed",
        "error",
        remedies=(
            remedy.new_migration(
                case,
                "sync_with_schema",
                gap.forth,
                "Write the migration for it, and deploy it",
                at_risk=gap.forth_at_risk,
            ),
        ),
    )
