"""Every statement of a new migration was watched, needs no watching, or is named with why not."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from checker.config import Config
from checker.model import (
    Coverage,
    Fill,
    History,
    Migration,
    Observation,
    Prevention,
    PrismaVersion,
    Project,
    ProjectReport,
    Replay,
    SetAside,
    Unwatched,
    Witness,
)
from checker.report.annotations import annotations as commands
from checker.report.gitlab import to_gitlab
from checker.report.json import to_json
from checker.report.junit import to_junit
from checker.report.markdown import render_markdown
from checker.report.sarif import to_sarif
from checker.report.text import render_text
from checker.report.words import headline, witness
from checker.sql import read
from checker.verdict.coverage import cover
from checker.verdict.report import make_report, verdict_of
from checker.verdict.settings import Judged

SQL = """BEGIN;
SET lock_timeout = '1s';
CREATE TABLE made (id int);
DELETE FROM a;
DELETE FROM b;
COMMIT;
"""
SCRIPT = read(SQL, "postgresql")
STARTS = [statement.start for statement in SCRIPT.statements]
MADE, A, B = STARTS[2:5]


def covered(*observations: Observation, **more: Any) -> Coverage:
    """The coverage of one new migration, by what was observed of its statements."""
    migration = Migration("m", "m/migration.sql", SQL, "new")
    project = Project("schema.prisma", "migrations", "postgresql", PrismaVersion(6))
    judged = Judged(project, History((migration,)), {"m": SCRIPT}, ())
    return cover(judged, Witness("observed", observations, **more))


def seen(start: int, *touched: str, **more: Any) -> Observation:
    line = next(s.line for s in SCRIPT.statements if s.start == start)
    return Observation("m", start, line, line, "DELETE", touched=touched, **more)


def causes(coverage: Coverage) -> list[tuple[int, str]]:
    return [(each.line, each.cause) for each in coverage.unwatched]


def test_all_of_it_was_watched_or_needs_none() -> None:
    found = covered(seen(MADE), seen(A, "a", on_rows=True), seen(B, "b", on_rows=True))
    assert found == Coverage(watched=2, needless=4)


def test_what_had_no_rows_is_named() -> None:
    problem = Fill("b", problem="it has no partition")
    found = covered(seen(MADE), seen(A, "a"), seen(B, "b", bare=("b",)), fills=(problem,))
    assert found.watched == 1
    (only,) = found.unwatched
    assert (only.line, only.cause, only.tables) == (5, "not_filled", ("b",))
    assert only.detail == "it has no partition"


def test_what_comes_after_rows_were_set_aside_is_named_with_what_they_went_for() -> None:
    aside = SetAside("b", "m", 4)
    found = covered(seen(MADE), seen(A, "a"), seen(B, "b", bare=("b",)), set_aside=(aside,))
    (only,) = found.unwatched
    assert (only.cause, only.by_migration, only.by_line) == ("set_aside", "m", 4)


def test_what_never_ran_is_named_with_postgresqls_words() -> None:
    found = covered(seen(MADE), seen(A, "a"), seen(B, ran=False, error="no way"))
    assert [(u.line, u.cause, u.detail) for u in found.unwatched] == [(5, "failed", "no way")]


@pytest.mark.parametrize("cause", ["lost", "time", "unseen", "misread"])
def test_what_ends_the_watching_takes_all_that_follows(cause: Any) -> None:
    ended = Prevention("m", A, 4, cause)
    found = covered(seen(MADE), seen(A, "a"), prevention=ended)
    assert causes(found) == [(4, "prevented"), (5, "prevented")]


def test_what_only_fails_itself_takes_nothing_else() -> None:
    failed = Prevention("m", A, 4, "failed")
    found = covered(seen(MADE), seen(A, ran=False), seen(B, "b"), prevention=failed)
    assert causes(found) == [(4, "prevented")]


def test_what_was_not_reached_is_named() -> None:
    assert causes(covered(seen(MADE), seen(A, "a"))) == [(5, "not_reached")]
    assert causes(covered()) == [(3, "not_reached"), (4, "not_reached"), (5, "not_reached")]


PROJECT = ProjectReport(
    "schema.prisma", "postgresql", "6", "", "migrations", (), Replay("passed"), (),
    witness=Witness("observed"),
    coverage=Coverage(3, 1, (Unwatched("m", 0, 7, "not_filled", ("b",)),)),
)  # fmt: skip


def test_no_verdict_is_pass_with_a_statement_that_was_not_watched() -> None:
    assert verdict_of((PROJECT,), "error") == "not_verified"
    assert verdict_of((PROJECT,), "error", "fail") == "fail"
    whole = replace(PROJECT, coverage=Coverage(3, 1))
    assert verdict_of((whole,), "error", "fail") == "pass"


@pytest.mark.parametrize(
    ("unverified", "expected"),
    [
        ("pass", "1 statement not watched on rows"),
        ("fail", "1 statement not watched on rows (the check fails on what is not verified)"),
    ],
)
def test_the_headline_says_so(unverified: Any, expected: str) -> None:
    assert headline(make_report((PROJECT,), Config(unverified=unverified))) == expected
    assert witness(PROJECT) == [
        "Not watched on rows, 1 of 4 statements: line 7 of `m`; `b` had no rows."
    ]


def test_every_form_of_the_report_says_so() -> None:
    report = make_report((PROJECT,), Config())
    said = "1 of 4 statements: line 7 of"
    forms = [
        render_text(report, color=False, width=200),
        render_markdown(report, marker=None, links=None),
        *commands(report),
        *(form(report).decode() for form in (to_json, to_sarif, to_gitlab, to_junit)),
    ]
    assert len(forms) == 7
    assert all(said in form.replace("&#96;", "`") or '"line": 7' in form for form in forms)
    assert commands(make_report((replace(PROJECT, coverage=None),), Config())) == []


def test_the_checkers_own_slowness_is_nobodys_fault() -> None:
    """It is said and counts, but is no finding about the statement at which the time was over."""
    slow = Prevention("m", A, 4, "slow", seconds=300)
    found = covered(seen(MADE), seen(A, "a"), prevention=slow)
    assert [(u.line, u.cause, u.detail) for u in found.unwatched] == [
        (4, "not_reached", "the 300 seconds for watching were over"),
        (5, "not_reached", "the 300 seconds for watching were over"),
    ]
