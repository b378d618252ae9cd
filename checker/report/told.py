"""Sentences for what the replay saw and for sizes, put into a report when it is complete.

Until then these are facts. The sentences carry names between backticks: renderers make them safe.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from checker.model import (
    Cleared,
    Cost,
    DataFailure,
    Deviation,
    Finding,
    ProjectReport,
    Report,
    Scale,
    Sighting,
    Size,
    Spared,
)
from checker.model.sizes import duration
from checker.model.words import WORK, failing, loss_words
from checker.report.comparisons import (
    deviation_words,
    told_deviation,
    told_drift,
    told_lineage,
    told_rollout,
)

_ABSENT = {
    "loss": "no value was lost",
    "failure": "it succeeded on rows that could break it",
    "work": "the work does not grow with the table",
}
_GROUNDS = {
    "replaced": "deployed databases have all of it and do not run it",
    "restored": "it is gone where the merged migrations are as they were",
}
_DIFFERENCES_SHOWN = 4


def told(report: Report) -> Report:
    """The report with every sentence that is made of facts in its place."""
    return replace(report, projects=tuple(map(_told_project, report.projects)))


def _told_project(project: ProjectReport) -> ProjectReport:
    return replace(
        project,
        findings=tuple(map(told_finding, project.findings)),
        cleared=tuple(map(told_cleared, project.cleared)),
        drift=project.drift and told_drift(project.drift),
        rollout=project.rollout and told_rollout(project.rollout),
        lineage=project.lineage and told_lineage(project.lineage),
    )


def told_finding(finding: Finding) -> Finding:
    """A finding with the words for what was seen of it and for the size of its table."""
    return replace(
        finding,
        sightings=tuple(map(_told_sighting, finding.sightings)),
        seen=seen_words(finding.sightings) or finding.seen,
        size=scale_words(finding.scale) if finding.scale is not None else finding.size,
    )


def told_cleared(cleared: Cleared) -> Cleared:
    """A refuted suspicion with the words for the reason."""
    return replace(
        cleared,
        sightings=tuple(map(_told_sighting, cleared.sightings)),
        reason=_GROUNDS.get(cleared.ground) or seen_words(cleared.sightings) or cleared.reason,
    )


def _told_sighting(sighting: Sighting) -> Sighting:
    deviation = sighting.deviation
    return sighting if deviation is None else replace(sighting, deviation=told_deviation(deviation))


def seen_words(sightings: Iterable[Sighting]) -> str:
    """What the replay saw, each thing once."""
    return "; ".join(dict.fromkeys(filter(None, map(_sighting, sightings))))


def _sighting(sighting: Sighting) -> str:
    match sighting:
        case Sighting(loss=loss) if loss is not None:
            return loss_words(loss)
        case Sighting(spared=spared) if spared is not None:
            return _spared(spared)
        case Sighting(failure=failure) if failure is not None:
            return failure_words(failure)
        case Sighting(work=work, lock=lock) if work is not None:
            reason = f" ({work.reason})" if work.reason else ""
            return f"{lock} on `{work.table}` while {WORK[work.cost]}{reason}"
        case Sighting(deviation=deviation) if deviation is not None:
            return _deviation(deviation)
        case Sighting(absent=absent) if absent is not None:
            return _ABSENT[absent]
    return ""


def failure_words(failure: DataFailure) -> str:
    """``fails with 23505 on two rows with the same `email` ``."""
    return f"fails with {failure.sqlstate} on {failure.rows}"


def _spared(spared: Spared) -> str:
    """The table or column, and why nothing of it was lost."""
    name = spared.table if spared.column is None else f"{spared.table}.{spared.column}"
    return f"`{name}`: {spared.reason}"


def _deviation(deviation: Deviation) -> str:
    """What a departure from the base's history comes to."""
    if deviation.failure is not None:
        database = "a fresh database" if deviation.where == "fresh" else "one that is deployed"
        before = " before this change" if deviation.outcome == "repaired" else ""
        return f"on {database}{before} {failing(deviation.failure)}"
    if differences := deviation_words(deviation):
        shown = list(differences[:_DIFFERENCES_SHOWN])
        more = len(differences) - _DIFFERENCES_SHOWN
        return "; ".join([*shown, f"and {more:,} more"] if more > 0 else shown)
    if deviation.reason:
        return f"not verified, for {deviation.reason}"
    if deviation.outcome == "unknown":
        return ""
    return "a fresh database and one that is deployed end up the same"


def scale_words(scale: Scale) -> str:
    """How large a table is in production, and about how long the work on it takes."""
    if scale.size is None:
        return f"`{scale.table}` is one of the large tables of the settings"
    return f"`{scale.table}` in production on {scale.date}: {_size(scale.size, scale.cost)}"


def _size(size: Size, cost: Cost) -> str:
    """``41 million rows, 9.1 GB; about 9 to 91 s (estimate)``."""
    held = f"{_rows(size.rows)}, {_bytes(size.table_bytes + size.toast_bytes)}"
    if cost == "constant":
        return held
    return f"{held}; {_range(*duration(size.touched(cost), cost))} (estimate)"


def _rows(count: int) -> str:
    if count == 1:
        return "1 row"
    for unit, name in ((10**9, " billion"), (10**6, " million")):
        if count >= unit:
            return f"{_short(count / unit)}{name} rows"
    return f"{count:,} rows"


def _bytes(count: int) -> str:
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB")):
        if count >= unit:
            return f"{_short(count / unit)} {name}"
    return f"{count // 1000:,} kB"


def _short(figure: float) -> str:
    return f"{figure:.1f}".removesuffix(".0") if figure < 10 else f"{figure:,.0f}"


def _range(low: float, high: float) -> str:
    if high < 1:
        return "less than 1 s"
    unit, name = (1, "s") if high <= 120 else (60, "min") if high <= 7200 else (3600, "h")
    first = low / unit
    least = "less than 1" if first < 1 else _short(first)
    return f"{'about ' if first >= 1 else ''}{least} to {_short(high / unit)} {name}"
