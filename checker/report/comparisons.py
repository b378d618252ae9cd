"""Sentences for what was compared, put into a report when it is complete.

Schema and history, fresh and deployed databases, old and new code.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from checker.model import Break, Deviation, Drift, Gap, Lineage, Part, Rollout
from checker.model.changes import DEFAULT_SCHEMA
from checker.model.sentences import break_words, difference_words
from checker.model.words import noun_for

_VALUE_SHOWN = 60


def told_drift(drift: Drift) -> Drift:
    """A drift with a sentence for each difference."""
    changes = (replace(each, text=difference_words(each)) for each in drift.changes)
    return replace(drift, changes=tuple(changes))


def told_rollout(rollout: Rollout) -> Rollout:
    """A rollout with a sentence for each call that fails."""
    return Rollout(_breaks(rollout.old), _breaks(rollout.new), _breaks(rollout.lasting))


def _breaks(breaks: Iterable[Break]) -> tuple[Break, ...]:
    return tuple(replace(each, text=break_words(each)) for each in breaks)


def told_lineage(lineage: Lineage) -> Lineage:
    """A lineage with a sentence for each gap."""
    return Lineage(tuple(map(told_deviation, lineage.deviations)))


def told_deviation(deviation: Deviation) -> Deviation:
    """A departure with a sentence for each gap."""
    return replace(deviation, differences=deviation_words(deviation))


def deviation_words(deviation: Deviation) -> tuple[str, ...]:
    """In what a fresh database and one that is deployed differ, a sentence for each gap."""
    if not deviation.gaps:
        return deviation.differences
    sides = ("on a fresh database", "on a deployed one")
    return tuple(gap_words(gap, *sides) for gap in deviation.gaps)


def gap_words(gap: Gap, here: str, there: str) -> str:
    """A difference in words; ``here`` and ``there`` say where (``on a fresh database``)."""
    thing = f"{gap.part.kind} {_label(gap.part)}"
    if not gap.aspect:
        return f"{thing} is only there {here if gap.there is None else there}"
    if gap.aspect == "rows":
        return f"{thing} has {_rows(gap.here)} {here}, {gap.there or 'none'} {there}"
    if gap.aspect in ("values", "pairs"):
        return f"{thing} holds other values {here} than {there}"
    one, other = (_short(value) for value in (gap.here, gap.there))
    if one is None or other is None:
        return f"{thing} differs in its {gap.aspect}"
    return f"{thing} has the {gap.aspect} {one} {here}, {other} {there}"


def _short(value: str | None) -> str | None:
    """A value as code; None where it is too long or cannot stand between backticks."""
    if not value:
        return "none"
    if len(value) > _VALUE_SHOWN or "`" in value or "\n" in value:
        return None
    return f"`{value}`"


def _label(part: Part) -> str:
    """The name for people, between backticks: ``User.email``, ``auth.User``."""
    schema = "" if part.schema in ("", DEFAULT_SCHEMA) else f"{part.schema}."
    if part.table and part.kind != "column":
        return f"`{part.name}` of `{schema}{part.table}`"
    table = f"{part.table}." if part.table else ""
    return f"`{schema}{table}{part.name}`"


def _rows(number: str | None) -> str:
    """``1 row``, ``no rows``: the number is a gap's, as text."""
    return f"{number or 'no'} {noun_for(int(number or 0), 'row')}"
