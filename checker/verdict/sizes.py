"""How large in production the tables are that findings speak of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from checker.model import Cost, Finding, Witness
from checker.model.changes import DEFAULT_SCHEMA
from checker.model.sizes import Sizes, duration, words
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
        replace(finding, size=_size(finding, witness, sizes, large_tables)) for finding in findings
    )


def _size(
    finding: Finding, witness: Witness | None, sizes: Sizes | None, large_tables: Sequence[str]
) -> str:
    if finding.table is None or not find_rule(finding.rule).claims:
        return ""
    table = finding.table.removeprefix(f"{DEFAULT_SCHEMA}.")
    size = sizes.of(table) if sizes else None
    if size is not None and sizes is not None:
        dearest: Cost = max(
            ("constant", *_costs(finding, table, witness)),
            key=lambda cost: duration(size.touched(cost), cost),
        )
        return f"`{table}` in production on {sizes.date}: {words(size, dearest)}"
    if any(is_table(table, pattern) for pattern in large_tables):
        return f"`{table}` is one of the large tables of the settings"
    return ""


def _costs(finding: Finding, table: str, witness: Witness | None) -> list[Cost]:
    """What the replay saw the finding's statement do to the table."""
    return [
        work.cost
        for observation in (witness.observations if witness else ())
        if (observation.migration, observation.line) == (finding.migration, finding.line)
        for work in observation.work
        if work.table == table
    ]
