"""How large the tables of findings are in production."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from checker.model import Cost, Finding, Scale, Witness
from checker.model.changes import DEFAULT_SCHEMA
from checker.model.sizes import Sizes, duration
from checker.rules import find_rule
from checker.verdict.settings import is_table


def with_sizes(
    findings: Iterable[Finding],
    witness: Witness | None,
    sizes: Sizes | None,
    large_tables: Sequence[str],
) -> tuple[Finding, ...]:
    """The findings, those on rows or on work with the size of their table, where it is known.

    How long the work takes is estimated where the replay saw which work it is.
    """
    return tuple(
        replace(finding, scale=_scale(finding, witness, sizes, large_tables))
        for finding in findings
    )


def _scale(
    finding: Finding, witness: Witness | None, sizes: Sizes | None, large_tables: Sequence[str]
) -> Scale | None:
    if finding.table is None or not find_rule(finding.rule).claims:
        return None
    table = finding.table.removeprefix(f"{DEFAULT_SCHEMA}.")
    size = sizes.of(table) if sizes else None
    if size is not None and sizes is not None:
        dearest: Cost = max(
            ("constant", *_costs(finding, table, witness)),
            key=lambda cost: duration(size.touched(cost), cost),
        )
        return Scale(table, sizes.date, size, dearest)
    if any(is_table(table, pattern) for pattern in large_tables):
        return Scale(table)
    return None


def _costs(finding: Finding, table: str, witness: Witness | None) -> list[Cost]:
    """What the replay saw the finding's statement do to the table."""
    if witness is None or finding.place is None:
        return []
    observation = witness.of(finding.place.migration, finding.place.start)
    works = observation.work if observation is not None else ()
    return [work.cost for work in works if work.table == table]
