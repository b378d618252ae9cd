"""The report in a terminal."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.model import Failure, Finding, Replay
from checker.report import safe
from checker.report.text import render_text
from tests.report.evil import strings
from tests.report.samples import CLEAR, FINDINGS, PROJECT, QUIET, REPORT, THREE, TOLD

COLOR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_prose_fits_and_sql_stays_whole(width: int) -> None:
    text = render_text(THREE, color=False, width=width)
    lines = text.split("\n")
    kept = {f"        {line}" for found in FINDINGS for line in (found.fix or "").split("\n")}
    assert kept <= set(lines)
    assert not any(line != line.rstrip() for line in lines)
    verbatim = ("        ", "      UPDATE", "         SET", "    packages/")
    assert all(len(line) <= width for line in lines if not line.startswith(verbatim))


def test_the_verdict_comes_first_and_last() -> None:
    lines = render_text(REPORT, color=False, width=80).strip().split("\n")
    assert lines[0] == "✗ Migrations: 2 errors, 1 warning"
    assert lines[-1] == "✗ 2 errors, 1 warning · Prisma Migration Checker 0.1.0"


def test_a_finding_says_where_what_why_and_what_instead() -> None:
    text = render_text(REPORT, color=False, width=200)
    assert "packages/db/prisma/migrations/20261120101500_profile/migration.sql:4\n" in text
    for found in FINDINGS:
        assert f"{found.severity} · {found.rule} · " in text
        assert f"    {found.message}\n" in text
        assert f"    Instead: {found.advice}\n" in text
    assert text.index("rename-as-drop-add") < text.index("require-concurrent-index-creation")


def test_all_clear_is_two_lines() -> None:
    lines = render_text(CLEAR, color=False, width=200).strip().split("\n")
    assert lines == [
        "✓ Migrations: all clear",
        "packages/db/prisma/schema.prisma · postgresql · Prisma 6.19.3: "
        "2 new migrations on 434 merged ones, replayed on PostgreSQL 17.11 in 1.9 s",
    ]


def test_projects_that_are_well_and_unchanged_take_one_line() -> None:
    report = msgspec.structs.replace(REPORT, projects=(*REPORT.projects, QUIET, QUIET))
    text = render_text(report, color=False, width=200)
    last = "Unchanged and without findings: `apps/idle/schema.prisma`, `apps/idle/schema.prisma`."
    assert text.count("apps/idle") == 2
    assert last in text


def test_a_failed_and_an_unverified_replay_are_told() -> None:
    text = render_text(THREE, color=False, width=200)
    assert "`20261122000000_totals` line 7 fails (SQLSTATE 42703, Prisma reports P3018)" in text
    assert "replay not verified: the server lacks `vector`, `pg_partman`" in text
    assert "a stand-in of ours for `uuid-ossp`" in text


def test_a_failure_that_a_finding_tells_is_told_once() -> None:
    text = render_text(msgspec.structs.replace(REPORT, projects=(TOLD,)), color=False, width=200)
    assert text.count('column "totl" does not exist') == 1
    assert '        UPDATE "Invoice"\n           SET "cents"' in text


def test_a_statement_without_a_fix_stands_before_what_to_do_instead() -> None:
    found = msgspec.structs.replace(FINDINGS[0], fix=None, statement="DROP TABLE x", advice="Wait")
    project = msgspec.structs.replace(PROJECT, findings=(found,))
    text = render_text(msgspec.structs.replace(REPORT, projects=(project,)), color=False, width=200)
    assert "\n\n        DROP TABLE x\n\n    Instead: Wait\n" in text


def test_color_changes_nothing_but_color() -> None:
    plain = render_text(THREE, color=False, width=80)
    colored = render_text(THREE, color=True, width=80)
    assert "\x1b" not in plain
    assert COLOR.sub("", colored) == plain != colored


@given(data=st.data())
def test_foreign_strings_stay_text(data: st.DataObject) -> None:
    def evil() -> str:
        return data.draw(strings.map(lambda value: value[:2_000]))

    fix = evil()
    found = Finding(
        rule=evil(),
        severity="error",
        message=evil(),
        migration=evil(),
        path=evil(),
        why=evil(),
        advice=evil(),
        fix=fix,
    )
    failure = Failure(evil(), 1, evil(), evil(), detail=evil(), hint=evil(), statement=evil())
    project = msgspec.structs.replace(
        PROJECT,
        path=evil(),
        findings=(found,),
        notes=(evil(),),
        replay=Replay("failed", server=evil(), failure=failure),
    )
    report = msgspec.structs.replace(REPORT, projects=(project,), notes=(evil(),))
    plain = render_text(report, color=False, width=80)
    colored = render_text(report, color=True, width=80)
    for text in (plain, COLOR.sub("", colored)):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    kept = [line.strip() for line in safe.terminal(fix).split("\n")]
    assert set(kept) <= {line.strip() for line in plain.split("\n")} | {""}


@pytest.mark.parametrize("markup", ["[red]x[/red]", "[/]", ":smile:", "[link=http://x]y[/link]"])
def test_rich_markup_is_not_read(markup: str) -> None:
    found = msgspec.structs.replace(FINDINGS[0], message=markup, fix=markup)
    project = msgspec.structs.replace(PROJECT, findings=(found,))
    report = msgspec.structs.replace(REPORT, projects=(project,))
    for color in (True, False):
        assert render_text(report, color=color, width=80).count(markup) == 2
