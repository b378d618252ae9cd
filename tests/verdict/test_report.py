"""What the findings of all projects come to, and what the report keeps of a project."""

from __future__ import annotations

from typing import Any

import pytest

from checker.config import Config
from checker.model import (
    Base,
    Finding,
    History,
    Ignored,
    Migration,
    MigrationSummary,
    PrismaVersion,
    Project,
    ProjectReport,
    Replay,
    Severity,
    Verdict,
)
from checker.sql import read
from checker.verdict.report import make_project_report, make_report, verdict_of
from checker.verdict.settings import Judged, Settled

PROJECT = Project("db/schema.prisma", "db/migrations", "postgresql", PrismaVersion(6, 19, 0, "x"))
PASSED = Replay("passed")
UNSEEN = Replay("not_verified", reason="no vector")


def project_report(
    *severities: Severity,
    replay: Replay = PASSED,
    migrations: tuple[Migration, ...] = (),
    removed: tuple[Migration, ...] = (),
    **others: Any,
) -> ProjectReport:
    scripts = {m.name: read(m.sql, "postgresql") for m in migrations if m.sql is not None}
    judged = Judged(PROJECT, History(migrations, removed), scripts, ())
    findings = tuple(Finding("ban-drop-table", severity, "It goes.") for severity in severities)
    ignored = (Ignored("ban-drop-column", "wanted", None, None, None),)
    return make_project_report(judged, replay, Settled(findings, ignored), **others)


@pytest.mark.parametrize(
    ("severities", "replay", "fail_on", "verdict"),
    [
        ((), PASSED, "error", "pass"),
        (("notice",), PASSED, "error", "pass"),
        (("notice",), PASSED, "notice", "fail"),
        (("warning",), PASSED, "error", "warn"),
        (("warning", "notice"), PASSED, "warning", "fail"),
        (("error",), PASSED, "error", "fail"),
        ((), UNSEEN, "error", "not_verified"),
        (("warning",), UNSEEN, "error", "not_verified"),
        (("error",), UNSEEN, "error", "fail"),
    ],
)
def test_the_verdict(
    severities: tuple[Severity, ...], replay: Replay, fail_on: Severity, verdict: Verdict
) -> None:
    other = project_report()
    report = project_report(*severities, replay=replay)
    assert verdict_of((other, report), fail_on) == verdict_of((report, other), fail_on) == verdict


def test_the_report_on_all_projects() -> None:
    projects = (project_report("warning"), project_report())
    base = Base("main", "c0ffee")
    report = make_report(
        projects, Config(fail_on="warning"), base=base, head="cafe", notes=("a note",)
    )
    assert (report.version, report.verdict, report.fail_on) == (1, "fail", "warning")
    assert (report.projects, report.base, report.head) == (projects, base, "cafe")
    assert report.notes == ("a note",)
    assert report.tool.name == "prisma-migration-checker"


def test_the_report_on_a_project() -> None:
    renamed = Migration("2_b", "db/2_b.sql", "SELECT 1; SELECT 2;", "renamed", previous="2_a")
    edited = Migration("3_c", "db/3_c.sql", None, "edited", previous="3_c")
    removed = Migration("1_a", "db/1_a.sql", "SELECT 1;", "removed", previous="1_a")
    report = project_report("notice", migrations=(renamed, edited), removed=(removed,))
    assert report.migrations == (
        MigrationSummary("2_b", "renamed", "db/2_b.sql", 2, "2_a"),
        MigrationSummary("3_c", "edited", "db/3_c.sql"),
        MigrationSummary("1_a", "removed", "db/1_a.sql"),
    )
    assert (report.path, report.migrations_path) == ("db/schema.prisma", "db/migrations")
    assert (report.provider, report.prisma_version_source) == ("postgresql", "x")
    assert report.prisma_version == "6.19.0"
    assert report.replay is PASSED
    assert [finding.severity for finding in report.findings] == ["notice"]
    assert [ignored.reason for ignored in report.ignored] == ["wanted"]


def test_what_makes_a_project_changed() -> None:
    merged = Migration("1_a", "db/1_a.sql", "SELECT 1;")
    new = Migration("2_b", "db/2_b.sql", "SELECT 1;", "new")
    removed = Migration("0_z", "db/0_z.sql", "SELECT 1;", "removed")
    assert not project_report(migrations=(merged,)).changed
    assert project_report(migrations=(merged,), changed=True).changed
    assert project_report(migrations=(merged, new)).changed
    assert project_report(migrations=(merged,), removed=(removed,)).changed
