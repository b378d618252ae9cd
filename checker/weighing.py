"""Reading finds suspects, the replay convicts or clears them: findings against observations.

A rule declares what the replay can prove or refute of it (``Rule.claims``). A finding whose claims
are all refuted is cleared, one of which a claim is seen is observed, and one whose loss or failure
happened to rows is proven. What the replay saw and no finding tells of becomes one of its own.

Nothing is cleared for want of rows: where a table could not be filled, or the statement did not
run at two sizes, the suspicion stands as it was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from checker.changes import DEFAULT_SCHEMA, Change, DeleteRows, Name, TruncateTable, UpdateRows
from checker.model import (
    Cleared,
    Evidence,
    Finding,
    LockMode,
    Migration,
    Observation,
    Script,
    Statement,
    TableLock,
    Unread,
    Witness,
    Work,
)
from checker.rules import Claim, Context, find_rule, rules_by_fact
from checker.seen import failure_words, loss_words, spared_words, work_words
from checker.suppression import Judged

FELT: tuple[LockMode, ...] = ("SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE")
"""The locks for which writers wait (PostgreSQL docs 13.3.1)."""


class Weighed(Struct, frozen=True):
    """The findings that stand, and the suspicions that do not."""

    findings: tuple[Finding, ...]
    cleared: tuple[Cleared, ...] = ()


def weigh(judged: Judged, witness: Witness) -> Weighed:
    """The findings of a project in the light of what the replay saw of its new migrations."""
    places = {
        (migration.name, statement.line, statement.text): (migration, statement)
        for migration in judged.history.new
        for statement in judged.scripts.get(migration.name, Script()).statements
    }
    seen = {(o.migration, o.start): o for o in witness.observations}
    unfilled = frozenset(fill.table for fill in witness.fills if fill.problem is not None)
    stands: list[Finding] = []
    cleared: list[Cleared] = []
    told: dict[tuple[str, int], list[Finding]] = {}
    for finding in judged.findings:
        place = places.get((finding.migration or "", finding.line or 0, finding.statement or ""))
        observation = seen.get((place[0].name, place[1].start)) if place else None
        if place is None or observation is None:
            stands.append(finding)
            continue
        told.setdefault((observation.migration, observation.start), []).append(finding)
        outcome = _against(finding, observation, unfilled)
        if isinstance(outcome, Cleared):
            cleared.append(outcome)
        else:
            stands.append(outcome)
    for migration, statement in places.values():
        observation = seen.get((migration.name, statement.start))
        if observation is not None:
            said = told.get((migration.name, statement.start), [])
            stands += _untold(judged, migration, statement, observation, said)
    order = {m.name: i for i, m in enumerate(judged.history.migrations)}
    stands.sort(key=lambda f: (order.get(f.migration or "", -1), f.line or 0))
    return Weighed(tuple(stands), tuple(cleared))


def _against(
    finding: Finding, observation: Observation, unfilled: frozenset[str]
) -> Finding | Cleared:
    """One finding against what was seen of its statement."""
    claims = find_rule(finding.rule).claims
    verdicts = {claim: _verdict(claim, finding, observation, unfilled) for claim in claims}
    words = [said for _, said in verdicts.values() if said]
    evidences = [evidence for evidence, _ in verdicts.values()]
    if evidences and all(evidence == "cleared" for evidence in evidences):
        return Cleared(
            finding.rule, "; ".join(words), finding.migration, finding.line, finding.message
        )
    for evidence in ("proven", "observed"):
        if evidence in evidences:
            said = "; ".join(said for e, said in verdicts.values() if e == evidence and said)
            strength: Evidence = "proven" if evidence == "proven" else "observed"
            return replace(finding, evidence=strength, seen=said)
    return finding


def _verdict(
    claim: Claim, finding: Finding, observation: Observation, unfilled: frozenset[str]
) -> tuple[str, str]:
    """``proven``, ``observed``, ``cleared`` or empty, and what was seen, in words."""
    on_rows = observation.on_rows and not unfilled & {finding.table, *_tables(observation)}
    match claim:
        case "loss":
            return _loss(finding, observation, on_rows=on_rows)
        case "failure" if observation.failure is not None:
            return "proven", failure_words(observation.failure)
        case "failure" if on_rows:
            return "cleared", "it succeeded on rows that could break it"
        case "work":
            return _work(observation)
        case "lock" if any(lock.mode in FELT for lock in observation.locks):
            return "observed", ""
    return "", ""


def _tables(observation: Observation) -> frozenset[str]:
    return frozenset(lock.table for lock in observation.locks)


def _loss(finding: Finding, observation: Observation, *, on_rows: bool) -> tuple[str, str]:
    table = (finding.table or "").removeprefix(f"{DEFAULT_SCHEMA}.")
    # A table that this pull request renames has another name in the observation.
    losses = [x for x in observation.losses if x.table == table] or observation.losses
    losses = [x for x in losses if _speaks_of(finding, x.column)]
    lost = [loss for loss in losses if not loss.moved_to]
    if lost:
        return "proven", "; ".join(map(loss_words, lost))
    if losses:
        return "cleared", "; ".join(map(loss_words, losses))
    spared = [x for x in observation.spared if _speaks_of(finding, x.column)]
    if spared and observation.failure is None:
        return "cleared", "; ".join(map(spared_words, spared))
    if on_rows and observation.failure is None and not observation.losses:
        return "cleared", "no value was lost"
    return "", ""


def _speaks_of(finding: Finding, column: str | None) -> bool:
    """Whether the finding concerns the column, or names none of the statement's columns."""
    return column is None or re.search(rf"[`.]{re.escape(column)}`", finding.message) is not None


def _work(observation: Observation) -> tuple[str, str]:
    work = tuple(felt_work(observation))
    if work:
        return "observed", "; ".join(work_words(each, lock) for each, lock in work)
    if observation.measured and observation.failure is None:
        return "cleared", "the work does not grow with the table"
    return "", ""


def felt_work(observation: Observation) -> Iterator[tuple[Work, TableLock]]:
    """The work that grows with a table while others wait for a lock on it."""
    locks = {lock.table: lock for lock in observation.locks}
    for work in observation.work:
        lock = locks.get(work.table)
        if work.cost != "constant" and lock is not None and lock.mode in FELT:
            yield work, lock


def _untold(
    judged: Judged,
    migration: Migration,
    statement: Statement,
    observation: Observation,
    told: Iterable[Finding],
) -> Iterator[Finding]:
    """Findings on what the replay saw of a statement and none of its findings tells."""
    claimed = {claim for finding in told for claim in find_rule(finding.rule).claims}
    facts: list[Unread] = []
    if "loss" not in claimed:
        facts += [
            Unread(loss=loss)
            for loss in observation.losses
            if not loss.moved_to and not _intended(statement.changes, loss.table, loss.kind)
        ]
    if "failure" not in claimed and observation.failure is not None:
        facts.append(Unread(failure=observation.failure))
    if "work" not in claimed:
        facts += [Unread(work=work, lock=lock.mode) for work, lock in felt_work(observation)]
    for fact in facts:
        for rule in rules_by_fact().get(Unread, ()):
            context = Context(
                rule,
                judged.project,
                judged.history,
                statement=statement,
                migration=migration,
                fact=fact,
            )
            yield from rule.check(fact, context)


def _intended(changes: Iterable[Change], table: str, kind: str) -> bool:
    """Whether the statement says itself that it deletes rows of the table or sets its values."""
    for change in changes:
        match change:
            case DeleteRows() | TruncateTable() if kind == "rows" and _is(change.table, table):
                return True
            case UpdateRows() if kind == "values" and _is(change.table, table):
                return True
    return False


def _is(name: Name, table: str) -> bool:
    """Whether a table is the one that observations name so."""
    return str(name).removeprefix(f"{DEFAULT_SCHEMA}.") == table
