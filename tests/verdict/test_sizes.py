"""Findings on tables of which production's size is known."""

from __future__ import annotations

import datetime
from pathlib import Path

from msgspec.structs import replace

from checker.model import Finding, Observation, Place, Scale, Witness, Work
from checker.model.sizes import STATS_FILE, Size, Sizes
from checker.report.told import told_finding
from checker.verdict.sizes import with_sizes
from checker.workspace import Request
from tests.projects import make_project, run_check

SIZES = Sizes(
    datetime.date(2026, 11, 1),
    "PostgreSQL 17.2",
    {"Order": Size(41_000_000, 900_000, 9_100_000_000), "auth.users": Size(1, 1, 8192)},
)
INDEX = Finding(
    rule="require-concurrent-index-creation",
    severity="warning",
    message="Writes to `Order` wait",
    migration="2_status",
    line=9,
    table="public.Order",
    place=Place("2_status", 90),
)
HELD = "`Order` in production on 2026-11-01: 41 million rows, 9.1 GB"


def size_of(finding: Finding, *work: Work, sizes: Sizes | None = SIZES, large: str = "-") -> str:
    seen = Observation("2_status", 90, 9, 9, "CREATE INDEX", work=work)
    other = replace(seen, start=120, work=(Work("Order", "rewrite"),))
    (found,) = with_sizes([finding], Witness("observed", (other, seen)), sizes, [large])
    assert replace(found, scale=None) == finding
    return told_finding(found).size


def test_work_that_was_seen_is_estimated() -> None:
    index, scan = Work("Order", "index"), Work("Order", "scan")
    assert size_of(INDEX, scan) == f"{HELD}; about 7.4 to 74 s (estimate)"
    assert size_of(INDEX, index) == f"{HELD}; less than 1 to 3.1 min (estimate)"
    assert size_of(INDEX, scan, index) == size_of(INDEX, index)


def test_work_that_was_not_seen_is_not_estimated() -> None:
    assert size_of(INDEX) == size_of(INDEX, Work("User", "index")) == HELD
    assert with_sizes([INDEX], None, SIZES, [])[0].scale == Scale(
        "Order", SIZES.date, SIZES.tables["Order"]
    )


def test_other_schemas_and_unknown_tables() -> None:
    assert size_of(replace(INDEX, table="auth.users")).startswith("`auth.users` in production")
    assert size_of(replace(INDEX, table="users")) == ""
    assert size_of(replace(INDEX, table=None)) == ""


def test_a_rule_that_is_not_about_rows_has_no_size() -> None:
    assert size_of(replace(INDEX, rule="migration-name")) == ""


def test_a_table_that_is_just_called_large() -> None:
    named = "`Order` is one of the large tables of the settings"
    assert size_of(INDEX, sizes=None, large="Ord*") == named
    assert size_of(INDEX, sizes=replace(SIZES, tables={}), large="public.Order") == named
    assert size_of(INDEX, sizes=None) == ""
    assert size_of(INDEX, large="Order") == HELD


def test_a_committed_file_of_sizes_is_used(tmp_path: Path) -> None:
    scripts = {
        "1_init": 'CREATE TABLE "Order" ("id" INTEGER PRIMARY KEY, "note" TEXT);',
        "2_drop": 'ALTER TABLE "Order" DROP COLUMN "note";',
    }
    make_project(tmp_path, scripts, **{STATS_FILE: SIZES.dump().decode()})
    report = run_check(Request(path=tmp_path, last=1, no_replay="not here"))
    sizes = {finding.rule: finding.size for finding in report.projects[0].findings}
    assert sizes["ban-drop-column"] == HELD
