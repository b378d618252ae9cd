"""What was not watched on rows, in sentences, for every form of the report."""

from __future__ import annotations

from collections.abc import Sequence

from checker.model import ProjectReport, Unwatched
from checker.model.words import listed, plural
from checker.report.safe import clip

_LINES_SHOWN = 8
_PLACES_SHOWN, _DETAIL_SHOWN = 320, 160


def unwatched(project: ProjectReport) -> list[str]:
    """Which statements were not watched on rows, those with one cause together: a sentence each."""
    coverage = project.coverage
    if coverage is None:
        return []
    causes: dict[str, list[Unwatched]] = {}
    for each in coverage.unwatched:
        causes.setdefault(_cause(each), []).append(each)
    total = coverage.watched + len(coverage.unwatched)
    return [
        f"Not watched on rows, {len(group):,} of {plural(total, 'statement')}: "
        f"{_lines(group)}; {cause}."
        for cause, group in causes.items()
    ]


def _lines(group: Sequence[Unwatched]) -> str:
    by_migration: dict[str, list[str]] = {}
    for each in group:
        by_migration.setdefault(each.migration, []).append(str(each.line))
    places = []
    for migration, lines in by_migration.items():
        shown = lines[:_LINES_SHOWN]
        more = f" and {len(lines) - len(shown):,} more" if len(lines) > len(shown) else ""
        word = "line" if len(lines) == 1 else "lines"
        places.append(f"{word} {', '.join(shown)}{more} of `{migration}`")
    return clip("; ".join(places), _PLACES_SHOWN)


def _cause(each: Unwatched) -> str:
    tables = listed(each.tables)
    by = f"line {each.by_line} of `{each.by_migration}`"
    detail = clip(each.detail or "", _DETAIL_SHOWN)
    match each.cause:
        case "prevented":
            return f"{by} prevents it"
        case "failed":
            return f"it fails on every row that was tried: {detail}"
        case "set_aside":
            return f"{by} fails on all rows of {tables}, which were taken out for it"
        case "not_filled":
            return f"{tables} had no rows" + (f" ({detail})" if detail else "")
    return detail or "nothing of it was run"
