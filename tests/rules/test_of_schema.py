"""The rules on schema.prisma, through the whole check of a pull request."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.model import Finding, ProjectReport
from checker.pipeline import check
from checker.workspace import Request
from tests.discover.conftest import SCHEMA, commit
from tests.projects import USER, make_repository

MODEL = """
model User {
  id    Int    @id @default(autoincrement())
  email String
  age   Int?
}
"""
BASE = {"20260101000000_user": USER}
PHONE = {
    "20260201000000_phone": 'ALTER TABLE "User" ADD COLUMN "phone" TEXT NOT NULL DEFAULT \'1\';'
}
RENAME = {"20260201000000_mail": 'ALTER TABLE "User" RENAME COLUMN "email" TO "mail";'}

pytestmark = pytest.mark.usefixtures("server")


def project(
    root: Path,
    new: dict[str, str],
    head: str,
    base: str = MODEL,
    settings: str = "{}",
) -> ProjectReport:
    """A pull request that adds migrations and changes the models."""
    others = {"prisma/schema.prisma": SCHEMA + base, ".migration-checker.yml": settings}
    make_repository(root, BASE, BASE, **others)
    scripts = {f"prisma/migrations/{n}/migration.sql": text for n, text in new.items()}
    commit(root, {"prisma/schema.prisma": SCHEMA + head, **scripts})
    (found,) = check(Request(root, base="main")).projects
    return found


def of(report: ProjectReport, rule: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.rule == rule]


def test_a_forgotten_migration_is_an_error_with_the_sql_that_is_missing(tmp_path: Path) -> None:
    report = project(tmp_path, {}, MODEL.replace("age ", "phone String?\n  age "))
    (finding,) = of(report, "schema-drift")
    assert (finding.severity, finding.evidence) == ("error", "observed")
    assert "`User.phone` is in schema.prisma and in no migration" in finding.message
    assert "`npx prisma migrate dev --name add_user_phone`" in finding.advice
    assert finding.fix is not None
    assert "prisma/migrations/<time>_add_user_phone/migration.sql" in finding.fix
    assert 'ALTER TABLE "User" ADD COLUMN     "phone" TEXT;' in finding.fix


def test_a_migration_without_its_schema_is_an_error(tmp_path: Path) -> None:
    (finding,) = of(project(tmp_path, PHONE, MODEL), "schema-drift")
    assert finding.severity == "error"
    assert "`User.phone` is made by the migrations and not in schema.prisma" in finding.message


def test_drift_that_was_there_before_is_a_notice(tmp_path: Path) -> None:
    drifted = MODEL.replace("age ", "old String?\n  age ")
    head = drifted.replace("age ", 'phone String @default("1")\n  age ')
    (finding,) = of(project(tmp_path, PHONE, head, drifted), "schema-drift")
    assert finding.severity == "notice"
    assert "`User.old`" in finding.message
    assert "phone" not in finding.message


def test_schema_and_migration_together_are_no_drift(tmp_path: Path) -> None:
    report = project(tmp_path, PHONE, MODEL.replace("age ", 'phone String @default("1")\n  age '))
    assert of(report, "schema-drift") == []
    assert report.drift is not None
    assert report.drift.status == "in_sync"


def test_a_schema_that_prisma_refuses_is_an_error_at_its_line(tmp_path: Path) -> None:
    (finding,) = of(project(tmp_path, {}, MODEL.replace("Int?", "Integer?")), "schema-invalid")
    text = (tmp_path / "prisma/schema.prisma").read_text().splitlines()
    assert (finding.severity, finding.path) == ("error", "prisma/schema.prisma")
    assert finding.line is not None
    assert "Integer?" in text[finding.line - 1]


def test_a_schema_that_was_refused_before_is_a_warning(tmp_path: Path) -> None:
    broken = MODEL.replace("Int?", "Integer?")
    report = project(tmp_path, {}, broken.replace("email ", "mail "), broken)
    assert [f.severity for f in of(report, "schema-invalid")] == ["warning"]


def test_a_rename_breaks_running_code_unless_the_field_is_mapped(tmp_path: Path) -> None:
    mapped = MODEL.replace("email String", 'email String @map("mail")')
    (finding,) = of(project(tmp_path, RENAME, mapped), "breaks-running-code")
    assert finding.severity == "warning"
    assert "`User`" in finding.message
    assert "`User.findMany`" in finding.why
    assert "42703" in finding.why


def test_a_required_column_breaks_inserts_and_one_with_a_default_none(tmp_path: Path) -> None:
    head = MODEL.replace("age ", 'phone String @default("1")\n  age ')
    assert of(project(tmp_path / "a", PHONE, head), "breaks-running-code") == []
    required = {
        **PHONE,
        "20260301000000_required": 'ALTER TABLE "User" ALTER COLUMN "phone" DROP DEFAULT;',
    }
    bare = MODEL.replace("age ", "phone String\n  age ")
    (finding,) = of(project(tmp_path / "b", required, bare), "breaks-running-code")
    assert "`User.create`" in finding.why
    assert "23502" in finding.why


def test_what_new_code_needs_is_told_where_it_is_asked_for(tmp_path: Path) -> None:
    head = MODEL.replace("age ", 'phone String @default("1")\n  age ')
    quiet = project(tmp_path / "a", PHONE, head)
    assert of(quiet, "needs-migration-first") == []
    assert quiet.rollout is not None
    assert quiet.rollout.new
    asked = "rules: {needs-migration-first: notice}"
    (finding,) = of(project(tmp_path / "b", PHONE, head, settings=asked), "needs-migration-first")
    assert "`User`" in finding.message
    unchanged = project(tmp_path / "c", {}, MODEL + "// x\n", settings=asked)
    assert of(unchanged, "needs-migration-first") == []
