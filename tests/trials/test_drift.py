"""What a removed or edited migration leaves open is closed by restoring it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from checker.model import ProjectReport
from checker.workspace import Request
from tests.discover.conftest import SCHEMA, commit
from tests.projects import USER, make_repository, run_check

MODEL = "model User {\n  id Int @id @default(autoincrement())\n  email String\n  age Int?\n"
PHONE = MODEL + "  phone String?\n"
ADD = 'ALTER TABLE "User" ADD COLUMN "phone" TEXT;\n'
BASE = {"1_user": USER, "2_phone": ADD}
FAX = {"3_fax": 'ALTER TABLE "User" ADD COLUMN "fax" TEXT;\n'}

pytestmark = pytest.mark.usefixtures("server")


def project(root: Path, head: Mapping[str, str], model: str) -> ProjectReport:
    make_repository(root, BASE, head, **{"prisma/schema.prisma": SCHEMA + PHONE + "}\n"})
    for name in BASE.keys() - head.keys():
        (root / "prisma/migrations" / name).rmdir()
    commit(root, {"prisma/schema.prisma": SCHEMA + model + "}\n"})
    (found,) = run_check(Request(root, base="main")).projects
    return found


@pytest.mark.parametrize(
    ("head", "model"),
    [
        ({"1_user": USER}, PHONE),
        ({"1_user": USER, "2_phone": ADD.replace("phone", "mobile")}, PHONE),
        ({"1_user": USER, **FAX}, PHONE + "  fax String?\n"),
    ],
)
def test_what_restoring_closes_needs_no_migration(
    head: Mapping[str, str], model: str, tmp_path: Path
) -> None:
    report = project(tmp_path, head, model)
    assert [f.rule for f in report.findings if f.severity == "error"] in (
        ["migration-removed"],
        ["migration-edited-after-merge"],
    )
    assert report.drift is not None
    assert report.drift.status == "drift"
    assert any(
        each.rule == "schema-drift" and "`User.phone`" in each.message for each in report.cleared
    )


@pytest.mark.parametrize("head", [{"1_user": USER}, BASE, {**BASE, "2_phone": ADD + "SELECT 1;"}])
def test_what_it_does_not_close_is_said(head: Mapping[str, str], tmp_path: Path) -> None:
    report = project(tmp_path, head, PHONE + "  fax String?\n")
    (finding,) = [f for f in report.findings if f.rule == "schema-drift"]
    assert finding.severity == "error"
    assert "`User.fax`" in finding.message
    assert "phone" not in f"{finding.message} {finding.fix}"
