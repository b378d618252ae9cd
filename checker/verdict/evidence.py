"""Reading finds suspects, the replay convicts or clears them: findings against observations.

A rule declares what the replay can prove or refute of it (``Rule.claims``). A finding whose claims
are all refuted is cleared, one with a claim that was seen is observed, and one with a loss or
failure on rows is proven. What the replay saw and no finding reports becomes one of its own.

Nothing is cleared for want of rows: where a table could not be filled, or the statement did not
run at two sizes, the suspicion stands as it was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from checker.model import (
    Cleared,
    Evidence,
    Finding,
    Lineage,
    Migration,
    Observation,
    Script,
    Sighting,
    Statement,
    Unread,
    Witness,
)
from checker.model.changes import (
    DEFAULT_SCHEMA,
    ControlTransaction,
    RunCode,
    SetParameter,
)
from checker.rules import Claim, Rule, find_rule
from checker.sql.catalog.catalog import Catalog
from checker.verdict.settings import Judged
from checker.verdict.unread import FELT, felt_work, findings_of, rename, unread

_RUNNING = {Script, ControlTransaction, SetParameter, RunCode}

At = tuple[str, int]  # the migration's name and the statement's offset


class Weighed(Struct, frozen=True):
    """The findings that stand, and the suspicions that do not."""

    findings: tuple[Finding, ...]
    cleared: tuple[Cleared, ...] = ()


def weigh(judged: Judged, witness: Witness, merged: Catalog | None = None) -> Weighed:
    """The findings of a project in the light of what the replay saw of its new migrations.

    ``merged`` is the schema before these.
    """
    seen = {(o.migration, o.start): o for o in witness.observations}
    filled = frozenset(fill.table for fill in witness.fills if fill.problem is None and fill.rows)
    stands: list[Finding] = []
    cleared: list[Cleared] = []
    told: dict[At, list[Finding]] = {}  # what stands, and what was cleared
    stopped: set[At] = set()  # the statements that have to be rewritten
    for finding in judged.findings:
        place = finding.place
        if place is None or (place.migration, place.start) not in seen or not finding.of_rows:
            stands.append(finding)
            continue
        parts = [(place.migration, start) for start in place.starts]
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
    prevention = witness.prevention
    lossy = any(observation.losses for observation in witness.observations)
    catalog = merged.copy() if merged and lossy else Catalog()
    for migration, statement in _statements(judged):
        at = (migration.name, statement.start)
        observation = seen.get(at)
        facts = []
        if observation is not None:
            facts = unread(statement, observation, told.get(at, []), names)
            if at in stopped:
                facts = [fact for fact in facts if fact.work is None]
        if prevention is not None and (prevention.migration, prevention.start) == at:
            facts.append(Unread(prevention=prevention))
        stands += findings_of(judged, migration, statement, facts, catalog)
        rename(names, statement.changes)
        for change in statement.changes if lossy else ():
            catalog.apply(change)
    order = {m.name: i for i, m in enumerate(judged.history.migrations)}
    stands.sort(key=lambda f: (order.get(f.migration or "", -1), f.line or 0))
    return Weighed(tuple(stands), tuple(cleared))


def _statements(judged: Judged) -> Iterator[tuple[Migration, Statement]]:
    """The statements of the new migrations, in their order."""
    for migration in judged.history.new:
        for statement in judged.scripts.get(migration.name, Script()).statements:
            yield migration, statement


def pass_over(weighed: Weighed, lineage: Lineage) -> Weighed:
    """Without what concerns deployed databases, for migrations that do not run there.

    Those replace merged ones and were shown to have the same result, so what they leave behind is
    not new either. How their text runs still counts, as it does run on fresh databases.
    """
    passed = {name for deviation in lineage.of("replaced") for name in deviation.others}
    stands: list[Finding] = []
    cleared = list(weighed.cleared)
    for finding in weighed.findings:
        if finding.migration in passed and _meets_rows(find_rule(finding.rule)):
            cleared.append(_cleared(finding, "replaced"))
        else:
            stands.append(finding)
    return Weighed(tuple(stands), tuple(cleared))


def _meets_rows(rule: Rule) -> bool:
    """Whether a rule judges what statements do, and not only how they are run."""
    return (rule.reads_sql and not set(rule.facts) <= _RUNNING) or Unread in rule.facts


def _against(
    finding: Finding, observations: Sequence[Observation], filled: frozenset[str]
) -> Finding | Cleared:
    """One finding against what was seen of its statement, or of all that its change takes."""
    verdicts = [
        _together([_verdict(claim, finding, each, filled) for each in observations])
        for claim in sorted(find_rule(finding.rule).claims)
    ]
    if verdicts and all(evidence == "cleared" for evidence, _ in verdicts):
        return _cleared(finding, "seen", _sightings(verdicts, "cleared"))
    strengths: tuple[Evidence, ...] = ("proven", "observed")
    for strength in strengths:
        if any(evidence == strength for evidence, _ in verdicts):
            return replace(
                finding,
                evidence=strength,
                sightings=_sightings(verdicts, strength),
                fix=_with_query(finding, observations),
            )
    return finding


def _cleared(
    finding: Finding,
    ground: Literal["seen", "replaced"],
    sightings: tuple[Sighting, ...] = (),
) -> Cleared:
    return Cleared(
        finding.rule,
        migration=finding.migration,
        line=finding.line,
        message=finding.message,
        ground=ground,
        sightings=sightings,
        place=finding.place,
    )


def _with_query(finding: Finding, observations: Sequence[Observation]) -> str | None:
    """The fix, after the query that finds such rows in production, unless it has that already."""
    if "failure" not in find_rule(finding.rule).claims:
        return finding.fix
    fix = finding.fix or ""
    queries = [o.failure.query for o in observations if o.failure and o.failure.query]
    asked = [f"-- on production first, it only reads:\n{q}" for q in queries if q not in fix]
    return "\n\n".join([*dict.fromkeys(asked), *filter(None, [finding.fix])]) or None


# ``proven``, ``observed``, ``cleared`` or empty, and what was seen
Verdict = tuple[str, tuple[Sighting, ...]]


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    """What one statement proves is proven; what is cleared must be cleared by all of them."""
    for strength in ("proven", "observed", "", "cleared"):
        if any(evidence == strength for evidence, _ in verdicts):
            return strength, _sightings(verdicts, strength)
    return "", ()


def _sightings(verdicts: Sequence[Verdict], strength: str) -> tuple[Sighting, ...]:
    """What was seen with this strength, each thing once."""
    seen = (each for evidence, sightings in verdicts if evidence == strength for each in sightings)
    return tuple(dict.fromkeys(seen))


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
            return "proven", (Sighting(failure=observation.failure),)
        case "failure" if on_rows:
            return "cleared", (Sighting(absent="failure"),)
        case "work":
            return _work(observation, on_rows=on_rows)
        case "lock" if any(lock.mode in FELT for lock in observation.locks):
            return "observed", ()
    return "", ()


def _loss(finding: Finding, observation: Observation, *, on_rows: bool) -> Verdict:
    table = (finding.table or "").removeprefix(f"{DEFAULT_SCHEMA}.")
    # A table that this pull request renames has another name in the observation.
    losses = [x for x in observation.losses if x.table == table] or observation.losses
    losses = [x for x in losses if _speaks_of(finding, x.column)]
    lost = [loss for loss in losses if not loss.moved_to]
    if lost:
        return "proven", tuple(Sighting(loss=loss) for loss in lost)
    if losses:
        return "cleared", tuple(Sighting(loss=loss) for loss in losses)
    spared = [x for x in observation.spared if _speaks_of(finding, x.column)]
    if spared and observation.failure is None:
        return "cleared", tuple(Sighting(spared=each) for each in spared)
    if on_rows and observation.failure is None and not observation.losses:
        return "cleared", (Sighting(absent="loss"),)
    return "", ()


def _speaks_of(finding: Finding, column: str | None) -> bool:
    """Whether the finding is about the column, or what was seen is of whole rows."""
    return column is None or column in finding.columns


def _work(observation: Observation, *, on_rows: bool) -> Verdict:
    work = tuple(felt_work(observation))
    if work:
        return "observed", tuple(Sighting(work=each, lock=lock.mode) for each, lock in work)
    # A query that finds no row to change among those of ours may find all of production's.
    by_schema = observation.commands and observation.kind != "DO"
    if by_schema and on_rows and observation.measured and observation.failure is None:
        return "cleared", (Sighting(absent="work"),)
    return "", ()
