"""Statements whose locks and costs were measured on PostgreSQL: none may be missed or suspected.

A row is heavy where the work grew with the table while a lock was held that stops at least its
writers. A lock-and-cost rule is one that the registry says to scale with the table (``scales``);
a heavy row must have a finding whose page names the lock, a light row none of a rule that scales.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from checker.rules import find_rule
from tests.rules.test_cases import judge

CASES = Path(__file__).parents[3] / "shared" / "lint" / "cases"
# What the other linters say of style, of timeouts, of dropped and renamed objects, and of locks
# that are held for a moment only: the likes of our rules that do not scale.
NOT_OF_COST = (
    "prefer-", "ban-", "renaming-", "require-lock-timeout", "require-statement-timeout",
    "require-concurrent-index-deletion", "require-concurrent-partition-detach",
    "drop-", "rename-", "truncate-", "constraint-dropped", "enum-value", "update-delete-row-scope",
    "concurrent-index-drop", "concurrent-partition-detach",
)  # fmt: skip


def rows() -> list[dict[str, Any]]:
    file = CASES / "pg_oracle_measured.jsonl"
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text().splitlines()]


def on_rows(row: dict[str, Any]) -> Any:
    """Whether it was measured on rows: of the tables that can be rewritten only ``t`` has any."""
    return row["heavy"] or not row["rewritten"] or "t" in row["rewritten"]


MEASURED = [row for row in rows() if row["heavy"] is not None and on_rows(row)]
pytestmark = pytest.mark.skipif(not MEASURED, reason="the measured statements are not here")


def found(row: dict[str, Any]) -> set[str]:
    """The rules that report the statement on top of the schema that it was measured on."""
    setup = (CASES / "pg_oracle_setup.sql").read_text().replace(":n)", "2000)")
    before = ";\n".join(part for part in (setup, row["setup"], row["pre_in_tx"]) if part)
    # The search path of the setup holds for its own file only.
    return {
        finding.rule for finding in judge(before, f"SET search_path = o, public;\n{row['sql']}")
    }


def names_the_lock(rule: str) -> bool:
    return "EXCLUSIVE" in find_rule(rule).doc or "\nLock: " in find_rule(rule).doc


def scales(rule: str) -> bool:
    return find_rule(rule).scales


def counts() -> dict[str, tuple[int, int]]:
    """Of each linter the heavy statements that it misses, and the light ones that it suspects."""
    missed: Counter[str] = Counter()
    suspected: Counter[str] = Counter()
    for row in MEASURED:
        ours = found(row)
        says = {"ours": any(map(names_the_lock if row["heavy"] else scales, ours))}
        for other in ("squawk", "safemigrate"):
            says[other] = any(not rule.startswith(NOT_OF_COST) for rule in row[other] or ())
        for linter, speaks in says.items():
            missed[linter] += row["heavy"] and not speaks
            suspected[linter] += not row["heavy"] and speaks
    return {linter: (missed[linter], suspected[linter]) for linter in says}


@pytest.mark.parametrize(
    "row", [row for row in MEASURED if row["heavy"]], ids=lambda row: row["id"]
)
def test_no_heavy_statement_is_missed(row: dict[str, Any]) -> None:
    assert any(map(names_the_lock, found(row)))


@pytest.mark.parametrize(
    "row", [row for row in MEASURED if not row["heavy"]], ids=lambda row: row["id"]
)
def test_no_light_statement_is_suspected(row: dict[str, Any]) -> None:
    assert not any(map(scales, found(row)))


def test_counts() -> None:
    heavy = sum(row["heavy"] for row in MEASURED)
    print(f"{heavy} heavy (missed), {len(MEASURED) - heavy} light (suspected):")
    for linter, (missed, suspected) in counts().items():
        print(f"{linter}: {missed} missed, {suspected} suspected")
    assert counts()["ours"] == (0, 0)
