"""Statements that were measured, and whole files that were labelled, beside other linters' words.

``python -m tests.corpus.test_measured`` prints the tables.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import pytest

from checker.model import PrismaVersion
from checker.rules import all_rules
from tests.corpus.test_peers import CASES, findings, rows

pytestmark = pytest.mark.skipif(
    not CASES.is_dir(), reason="the other linters' cases are not on this machine (../shared)"
)

BY_DEFAULT = frozenset(rule.id for rule in all_rules() if rule.default)
OF_COST = frozenset(rule.id for rule in all_rules() if rule.scales)
# What makes a file safe elsewhere fails as Prisma sends it, and the labels speak of locks and not
# of duplicates among the rows, so that these are no false alarms.
OF_ELSE = {
    "ban-concurrent-index-creation-in-transaction",
    "not-valid-validate-same-transaction",
    "unique-may-fail",
}
# Measured on an empty table: the statement writes every row.
MISLABELLED = {"op/set-unlogged"}
HYGIENE = ("prefer", "timeout", "robust", "ban-char", "schema", "ordering", "identifier", "over-")


class Row(NamedTuple):
    """Whether something is dangerous (None: it depends), and who says so."""

    id: str
    dangerous: bool | None
    ours: bool
    squawk: bool
    safemigrate: bool


def says(rules: list[str]) -> bool:
    """Whether a linter says more than what it says of nearly every file."""
    return any(not any(word in rule for word in HYGIENE) for rule in rules)


@cache
def statements() -> tuple[Row, ...]:
    """Single statements on one schema: is the work that grows with the table, done under a lock."""
    schema = (CASES / "pg_oracle_setup.sql").read_text().replace(":n", "10")
    # All in one schema: a search path ends with its migration.
    schema = schema.replace("SET search_path = o, public;", "").replace("o.mood", "mood")
    done = []
    for row in rows("pg_oracle_measured"):
        before = [f"{schema}\n{row['setup'] or ''}"]
        found = {f.rule for f in findings(before, row["sql"], PrismaVersion(6))} & BY_DEFAULT
        ours = bool(found if row["heavy"] else found & OF_COST)
        done.append(Row(row["id"], row["heavy"], ours, *peers(row, "squawk", "safemigrate")))
    return tuple(done)


@cache
def files() -> tuple[Row, ...]:
    """Whole files: is deploying them to a busy database dangerous."""
    done = []
    for row in rows("migrationpilot_bench"):
        found = {f.rule for f in findings([], row["sql"], PrismaVersion(7, 4))} & BY_DEFAULT
        dangerous = {"dangerous": True, "safe": False}.get(row["verdict"])
        ours = bool(found if dangerous else found - OF_ELSE)
        done.append(Row(row["id"], dangerous, ours, *peers(row, "squawk_2_70", "safemigrate_1_3")))
    return tuple(done)


def peers(row: dict[str, Any], squawk: str, safemigrate: str) -> tuple[bool, bool]:
    return says(row[squawk] or []), says(row[safemigrate] or [])


def test_every_heavy_statement_is_reported() -> None:
    assert [r.id for r in statements() if r.dangerous and not r.ours] == []


def test_no_light_statement_is_called_heavy() -> None:
    assert {r.id for r in statements() if r.dangerous is False and r.ours} <= MISLABELLED


def test_files_are_judged_better_than_by_the_others() -> None:
    for dangerous in (True, False):
        right = [r for r in files() if r.dangerous is dangerous]
        ours = sum(r.ours is dangerous for r in right)
        assert ours >= sum(r.squawk is dangerous for r in right)


def main() -> None:
    for title, every in (("statements, measured", statements()), ("files, labelled", files())):
        print(f"{title:<24}{'ours':>8}{'squawk':>8}{'safemigrate':>13}")
        for name, dangerous in (("missed of", True), ("false alarms of", False)):
            some = [r for r in every if r.dangerous is dangerous]
            counts = [sum(r[i] is not dangerous for r in some) for i in (2, 3, 4)]
            print(f"{name + ' ' + str(len(some)):<24}{counts[0]:>8}{counts[1]:>8}{counts[2]:>13}")
            print("   ours:", ", ".join(r.id for r in some if r.ours is not dangerous) or "none")


if __name__ == "__main__":
    main()
