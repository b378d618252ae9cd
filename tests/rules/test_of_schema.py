"""The rules on schema.prisma, through the whole check of a pull request."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from checker.model import Finding, ProjectReport
from checker.workspace import Request
from tests.discover.conftest import SCHEMA, commit
from tests.projects import USER, make_repository, run_check

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
    merged: Mapping[str, str] = BASE,
    removed: Collection[str] = (),
) -> ProjectReport:
    """A pull request that adds migrations and changes the models."""
    others = {"prisma/schema.prisma": SCHEMA + base, ".migration-checker.yml": settings}
    kept = {name: text for name, text in merged.items() if name not in removed}
    make_repository(root, merged, kept, **others)
    for name in removed:
        (root / "prisma/migrations" / name).rmdir()
    scripts = {f"prisma/migrations/{n}/migration.sql": text for n, text in new.items()}
    commit(root, {"prisma/schema.prisma": SCHEMA + head, **scripts})
    (found,) = run_check(Request(root, base="main")).projects
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


def test_what_a_new_migration_makes_is_to_be_declared_and_not_dropped(tmp_path: Path) -> None:
    jobs = {"20260201000000_jobs": 'CREATE TABLE "Job" ("id" INTEGER PRIMARY KEY);'}
    (finding,) = of(project(tmp_path / "a", jobs, MODEL), "schema-drift")
    assert "`20260201000000_jobs` makes it" in finding.why
    assert "lost it" not in finding.why
    assert finding.advice.startswith("Add it to schema.prisma, or, where Prisma shall leave")
    assert "`public.Job` in `tables.external`" in finding.advice
    assert finding.fix is None
    several = {
        "20260201000000_more": "CREATE TYPE \"Kind\" AS ENUM ('A');"
        'ALTER TABLE "User" ADD COLUMN "boss" INTEGER REFERENCES "User"("id");'
        'CREATE INDEX ON "User"("boss");'
    }
    head = MODEL.replace("age ", "old String?\n  age ")
    (finding,) = of(project(tmp_path / "b", several, head), "schema-drift")
    assert "`20260201000000_more` makes 4 of these" in finding.why
    assert "production will lack it" in finding.why
    assert "lost it" not in finding.why
    assert finding.advice.startswith("Add them to schema.prisma; else")
    assert finding.advice.endswith("writes what else is missing.")


def test_what_the_schema_lost_is_to_be_dropped_by_a_migration(tmp_path: Path) -> None:
    (finding,) = of(project(tmp_path, {}, MODEL.replace("  age   Int?\n", "")), "schema-drift")
    assert "The schema lost it" in finding.why
    assert 'DROP COLUMN "age"' in (finding.fix or "")


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


TOUCH = """
ALTER TABLE "User" ADD COLUMN "touched" INTEGER;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.touched = 1; RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON "User" FOR EACH ROW EXECUTE FUNCTION touch();
"""


def test_a_trigger_without_its_column_breaks_new_code_too(tmp_path: Path) -> None:
    base = {**BASE, "20260102000000_touch": TOUCH}
    drop = {"20260201000000_drop": 'ALTER TABLE "User" DROP COLUMN "touched";'}
    before = MODEL.replace("age ", "touched Int?\n  age ")
    found = of(project(tmp_path, drop, MODEL, before, merged=base), "breaks-running-code")
    assert [f.severity for f in found] == ["error", "warning"]
    assert "the new release too: `User`" in found[0].message
    assert "old and new instances fail on `User.create`: function `touch()`" in found[0].why
    assert "touch()" not in found[1].why
    assert "column `touched` does not exist" in found[1].why


def test_old_code_meets_the_deployed_database_not_what_is_left_of_its_history(
    tmp_path: Path,
) -> None:
    base = {**BASE, **PHONE}
    before = MODEL.replace("age ", 'phone String @default("1")\n  age ')
    new = {"20260301000000_age": 'ALTER TABLE "User" DROP COLUMN "age";'}
    after = before.replace("  age   Int?\n", "")
    report = project(tmp_path, new, after, before, merged=base, removed=PHONE)
    assert of(report, "migration-removed")
    (finding,) = of(report, "breaks-running-code")
    assert "column `age` does not exist" in finding.why
    assert "phone" not in finding.why


def test_a_unique_index_that_code_may_upsert_on(tmp_path: Path) -> None:
    base = {**BASE, "20260102000000_key": 'CREATE UNIQUE INDEX "mail" ON "User" ("email");'}
    before = MODEL.replace("email String", 'email String @unique(map: "mail")')
    drop = {"20260201000000_drop": 'DROP INDEX "mail";'}
    report = project(tmp_path / "a", drop, MODEL, before, merged=base)
    (finding,) = of(report, "breaks-running-code")
    assert finding.message.startswith("Running code may break until")
    assert "`User.upsert`" in finding.why
    new = {"20260201000000_key": base["20260102000000_key"]}
    report = project(tmp_path / "b", new, before)
    assert of(report, "breaks-running-code") == []
    assert report.rollout is not None
    assert report.rollout.new == ()


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
