"""Reading finds suspects, the replay convicts or clears them: findings against observations.

A rule declares what the replay can prove or refute of it (``Rule.claims``). A finding whose claims
are all refuted is cleared, one of which a claim is seen is observed, and one whose loss or failure
happened to rows is proven. What the replay saw and no finding tells of becomes one of its own.

Nothing is cleared for want of rows: where a table could not be filled, or the statement did not
run at two sizes, the suspicion stands as it was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import get_args

from msgspec import Struct
from msgspec.structs import replace

from checker.model import (
    Cleared,
    Evidence,
    Finding,
    Lineage,
    LockMode,
    Loss,
    Migration,
    Observation,
    Script,
    Statement,
    TableLock,
    Unread,
    Witness,
    Work,
)
from checker.model.changes import (
    DEFAULT_SCHEMA,
    AlterColumnType,
    AlterTable,
    Change,
    ControlTransaction,
    DeleteRows,
    MoveTable,
    Name,
    RenameTable,
    RunCode,
    SetParameter,
    TruncateTable,
    UpdateRows,
)
from checker.rules import Claim, Context, Rule, find_rule, rules_by_fact
from checker.sql.catalog.catalog import Catalog
from checker.verdict.settings import Judged
from checker.witness.words import failure_words, loss_words, spared_words, work_words

MODES: tuple[LockMode, ...] = get_args(LockMode)
FELT: tuple[LockMode, ...] = ("SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE")
"""The locks for which writers wait (PostgreSQL docs 13.3.1)."""
_RUNNING = {Script, ControlTransaction, SetParameter, RunCode}
RAISED = "P0001"  # raise_exception (PostgreSQL docs, Appendix A)

Place = tuple[str, int]  # the migration's name and the statement's offset


class Weighed(Struct, frozen=True):
    """The findings that stand, and the suspicions that do not."""

    findings: tuple[Finding, ...]
    cleared: tuple[Cleared, ...] = ()


def weigh(judged: Judged, witness: Witness, merged: Catalog | None = None) -> Weighed:
    """The findings of a project in the light of what the replay saw of its new migrations.

    ``merged`` is the schema before these.
    """
    places = {
        (migration.name, statement.line, statement.text): (migration, statement)
        for migration in judged.history.new
        for statement in judged.scripts.get(migration.name, Script()).statements
    }
    seen = {(o.migration, o.start): o for o in witness.observations}
    filled = frozenset(fill.table for fill in witness.fills if fill.problem is None and fill.rows)
    stands: list[Finding] = []
    cleared: list[Cleared] = []
    told: dict[Place, list[Finding]] = {}  # what stands, and what was cleared
    stopped: set[Place] = set()  # the statements that have to be written anew
    for finding in judged.findings:
        found = places.get((finding.migration or "", finding.line or 0, finding.statement or ""))
        place = (found[0].name, found[1].start) if found else ("", 0)
        if place not in seen or not finding.of_rows:
            stands.append(finding)
            continue
        parts = [(place[0], start) for start in judged.compounds.get(place, (place[1],))]
        for part in parts:
            told.setdefault(part, []).append(finding)
        outcome = _against(finding, [seen[part] for part in parts if part in seen], filled)
        if isinstance(outcome, Cleared):
            cleared.append(outcome)
            continue
        stands.append(outcome)
        if outcome.severity == "error":
            stopped.update(parts)
    names: dict[str, str] = {}
    lossy = any(observation.losses for observation in witness.observations)
    catalog = merged.copy() if merged and lossy else Catalog()
    for migration, statement in places.values():
        observation = seen.get((migration.name, statement.start))
        if observation is not None:
            place = (migration.name, statement.start)
            facts = _unread(statement, observation, told.get(place, []), names)
            if place in stopped:
                facts = [fact for fact in facts if fact.work is None]
            stands += _findings(judged, migration, statement, facts, catalog)
        _rename(names, statement.changes)
        for change in statement.changes if lossy else ():
            catalog.apply(change)
    order = {m.name: i for i, m in enumerate(judged.history.migrations)}
    stands.sort(key=lambda f: (order.get(f.migration or "", -1), f.line or 0))
    return Weighed(tuple(stands), tuple(cleared))


def pass_over(weighed: Weighed, lineage: Lineage) -> Weighed:
    """Without what concerns databases that are deployed, of migrations that do not run there.

    Those take the place of merged ones and were shown to make the same, so that what they leave
    behind is not new either. How their text is run still counts, as on fresh databases it is.
    """
    passed = {name for deviation in lineage.of("replaced") for name in deviation.others}
    stands: list[Finding] = []
    cleared = list(weighed.cleared)
    for finding in weighed.findings:
        if finding.migration in passed and _meets_rows(find_rule(finding.rule)):
            reason = "deployed databases have all of it and do not run it"
            cleared.append(_cleared(finding, reason))
        else:
            stands.append(finding)
    return Weighed(tuple(stands), tuple(cleared))


def _meets_rows(rule: Rule) -> bool:
    """Whether a rule judges what statements do, and not only how they are run."""
    return (rule.reads_sql and not set(rule.facts) <= _RUNNING) or Unread in rule.facts


def _rename(names: dict[str, str], changes: Iterable[Change]) -> None:
    """Keep the names that tables had before the pull request, by those that they have now."""
    for change in changes:
        if isinstance(change, RenameTable | MoveTable):
            old = _plain(change.table)
            to = Name(change.table.name, change.to)
            if isinstance(change, RenameTable):
                to = Name(change.to, change.table.schema)
            names[_plain(to)] = names.pop(old, old)


def _against(
    finding: Finding, observations: Sequence[Observation], filled: frozenset[str]
) -> Finding | Cleared:
    """One finding against what was seen of its statement, or of all that its change takes."""
    verdicts = [
        _together([_verdict(claim, finding, each, filled) for each in observations])
        for claim in sorted(find_rule(finding.rule).claims)
    ]
    if verdicts and all(evidence == "cleared" for evidence, _ in verdicts):
        reason = "; ".join(said for _, said in verdicts if said)
        return _cleared(finding, reason)
    strengths: tuple[Evidence, ...] = ("proven", "observed")
    for strength in strengths:
        said = [words for evidence, words in verdicts if evidence == strength]
        if said:
            seen = "; ".join(filter(None, said))
            return replace(
                finding, evidence=strength, seen=seen, fix=_with_query(finding, observations)
            )
    return finding


def _cleared(finding: Finding, reason: str) -> Cleared:
    return Cleared(finding.rule, reason, finding.migration, finding.line, finding.message)


def _with_query(finding: Finding, observations: Sequence[Observation]) -> str | None:
    """The fix, after the query that finds such rows in production, unless it has that already."""
    if "failure" not in find_rule(finding.rule).claims:
        return finding.fix
    fix = finding.fix or ""
    queries = [o.failure.query for o in observations if o.failure and o.failure.query]
    asked = [f"-- on production first, it only reads:\n{q}" for q in queries if q not in fix]
    return "\n\n".join([*dict.fromkeys(asked), *filter(None, [finding.fix])]) or None


Verdict = tuple[str, str]  # ``proven``, ``observed``, ``cleared`` or empty, and what was seen


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    """What one statement proves is proven; what is cleared all of them have to clear."""
    for strength in ("proven", "observed", "", "cleared"):
        words = [said for evidence, said in verdicts if evidence == strength]
        if words:
            return strength, "; ".join(dict.fromkeys(filter(None, words)))
    return "", ""


def _verdict(
    claim: Claim, finding: Finding, observation: Observation, filled: frozenset[str]
) -> Verdict:
    """What one statement says to one claim. It clears nothing unless every table that it locks,
    and the one that the finding names, had rows.
    """
    tables = {lock.table for lock in observation.locks}
    if finding.table is not None:
        tables.add(finding.table.removeprefix(f"{DEFAULT_SCHEMA}."))
    on_rows = observation.on_rows and bool(tables) and tables <= filled
    match claim:
        case "loss":
            return _loss(finding, observation, on_rows=on_rows)
        case "failure" if observation.failure is not None:
            return "proven", failure_words(observation.failure)
        case "failure" if on_rows:
            return "cleared", "it succeeded on rows that could break it"
        case "work":
            return _work(observation, on_rows=on_rows)
        case "lock" if any(lock.mode in FELT for lock in observation.locks):
            return "observed", ""
    return "", ""


def _loss(finding: Finding, observation: Observation, *, on_rows: bool) -> Verdict:
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


def _work(observation: Observation, *, on_rows: bool) -> Verdict:
    work = tuple(felt_work(observation))
    if work:
        return "observed", "; ".join(work_words(each, lock) for each, lock in work)
    # A query that finds no row to change among those of ours may find all of production's.
    by_schema = observation.commands and observation.kind != "DO"
    if by_schema and on_rows and observation.measured and observation.failure is None:
        return "cleared", "the work does not grow with the table"
    return "", ""


def felt_work(observation: Observation) -> Iterator[tuple[Work, TableLock]]:
    """The work that grows with a table while others wait for a lock on it."""
    for work in observation.work:
        locks = [lock for lock in observation.locks if lock.table == work.table]
        strongest = max(locks, key=lambda lock: MODES.index(lock.mode), default=None)
        if work.cost != "constant" and strongest is not None and strongest.mode in FELT:
            yield work, strongest


def _unread(
    statement: Statement,
    observation: Observation,
    told: Iterable[Finding],
    names: Mapping[str, str],
) -> list[Unread]:
    """What the replay saw of a statement and none of its findings tells.

    ``names`` are those that renamed tables had before, which is what observations call them.
    """
    claimed = {claim for finding in told for claim in find_rule(finding.rule).claims}
    facts: list[Unread] = []
    if "loss" not in claimed:
        facts += [
            Unread(loss=loss)
            for loss in observation.losses
            if not loss.moved_to and not _intended(statement.changes, loss, names)
        ]
    if observation.failure is not None:
        # What a block of the migration raises itself is its author's own check.
        own = statement.kind == "DO" and observation.failure.sqlstate == RAISED
        facts += [Unread(failure=observation.failure)] if not (own or "failure" in claimed) else []
    elif "work" not in claimed:
        facts += [
            Unread(work=work, lock=lock.mode)
            for work, lock in felt_work(observation)
            if not (lock.held and work.cost == "scan")  # it adds little to what took the lock
        ]
    return facts


def _findings(
    judged: Judged,
    migration: Migration,
    statement: Statement,
    facts: Iterable[Unread],
    before: Catalog,
) -> Iterator[Finding]:
    for fact in facts:
        for rule in rules_by_fact().get(Unread, ()):
            context = Context(
                rule,
                judged.project,
                judged.history,
                before=before,
                statement=statement,
                migration=migration,
                fact=fact,
            )
            yield from rule.check(fact, context)


def _intended(changes: Iterable[Change], loss: Loss, names: Mapping[str, str]) -> bool:
    """Whether the statement says itself that it deletes rows of the table or sets its values.

    The rows of a partition that is detached are still there, in a table of their own.
    """
    for change in changes:
        match change:
            case DeleteRows() | TruncateTable() if loss.kind == "rows":
                table = _plain(change.table)
            case AlterTable() if loss.kind == "rows" and change.what == "DETACH PARTITION":
                table = _plain(change.table)
            case AlterColumnType() if loss.kind == "values" and change.using is not None:
                table = _plain(change.table)
            case UpdateRows() if loss.kind == "values":
                table = _plain(change.table)
            case _:
                continue
        if names.get(table, table) == loss.table:
            return True
    return False


def _plain(name: Name) -> str:
    """A table as observations name it."""
    return str(name).removeprefix(f"{DEFAULT_SCHEMA}.")
