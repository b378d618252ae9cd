"""How a history departs from the base's history with new migrations after it."""

from __future__ import annotations

from itertools import groupby

from checker.model import Departure, Deviation, Outcome, ProjectReport
from checker.model.words import listed, plural

_WHAT: dict[Departure, str] = {
    "edited": "merged migration edited",
    "removed": "merged migration removed",
    "renamed": "merged migration renamed",
    "replaced": "merged migration replaced",
    "out_of_order": "new migration out of order",
    "behind": "new migration on a base that has moved on",
}
_COMES_TO: dict[Outcome, str] = {
    "same_statements": "the same statements",
    "equal": "fresh and deployed databases end up the same",
    "different": "fresh and deployed databases differ",
    "broken": "fails",
    "repaired": "runs again",
    "unknown": "outcome not known",
}
_SHOWN = 3


def history(project: ProjectReport) -> list[str]:
    """One line for each way in which the history departs from the base's; none where it does not.

    They may carry foreign strings between backticks: pass every one through ``safe``.
    """
    deviations = project.lineage.deviations if project.lineage else ()
    telling = [d for d in deviations if d.kind != "behind" or d.outcome == "broken"]
    grouped = groupby(
        telling, lambda d: (d.kind, d.outcome, d.where, d.reason, d.gaps or d.differences)
    )
    return [_line(list(group)) for _, group in grouped]


def _line(group: list[Deviation]) -> str:
    first = group[0]
    names = [name for each in group for name in each.migrations]
    noun, _, rest = _WHAT[first.kind].partition(" migration")
    text = f"{plural(len(names), f'{noun} migration')}{rest}"
    if first.kind == "replaced":
        text += f" by {listed(first.others)}"
    text += f" ({listed(names)}): {_COMES_TO[first.outcome]}"
    if first.outcome == "broken":
        text += f" on a {first.where} database"
    if first.reason:
        text += f", for {first.reason}"
    if first.differences:
        more = len(first.differences) - _SHOWN
        shown = [*first.differences[:_SHOWN], *([f"and {more:,} more"] if more > 0 else [])]
        text += f": {'; '.join(shown)}"
    return text + "."
