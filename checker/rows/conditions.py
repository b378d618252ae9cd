"""Which conditions speak of one column alone, and what is said where nothing satisfies them."""

from __future__ import annotations

from collections.abc import Sequence

from checker.rows.catalog import Check, FillColumn, FillTable


def alone(table: FillTable, column: FillColumn) -> list[Check]:
    """The conditions on this column alone."""
    return [c for c in table.checks if c.columns == {column.number}]


def unsatisfied(checks: Sequence[Check]) -> str:
    named = [c for c in checks if c.name]
    if not named:
        return "no partition takes any of the rows tried"
    names = " and ".join(f'"{c.name}"' for c in named[:3])
    text = " ".join(named[0].expression.split())
    text = text if len(text) <= 160 else text[:159] + "…"
    return f"CHECK {names} could not be satisfied: nothing tried passes {text}"
