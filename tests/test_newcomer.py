"""A newcomer's five minutes: a repository, ``init``, a commit that drops a column, the comment."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from checker.cli import main
from checker.commands.init import WORKFLOW
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from tests.discover.conftest import commit, git
from tests.github.acting import Run
from tests.github.fake import FakeGitHub
from tests.projects import DROP_AGE, USER, files

SCHEMA = """\
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model User {
  id    Int    @id @default(autoincrement())
  email String
"""
BEFORE, AFTER = f"{SCHEMA}  age   Int?\n}}\n", f"{SCHEMA}}}\n"


@pytest.mark.usefixtures("server")
def test_what_the_person_sees(tmp_path: Path, server: EphemeralServer) -> None:
    assert server  # a real one can be started
    root = tmp_path / "shop"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    commit(root, files({"20260101000000_user": USER}, BEFORE))

    told = CliRunner().invoke(main, ["init", str(root), "--action", "acme/checker@v0"])
    assert told.exit_code == 0
    assert told.output.splitlines() == [
        "found prisma/schema.prisma with prisma/migrations",
        "wrote .github/workflows/migrations.yml",
        "wrote .migration-checker.yml",
        "Commit the files: from then on every pull request gets a report.",
    ]
    commit(root, {})

    git(root, "checkout", "-q", "-b", "change")
    commit(root, files({"20260201000000_drop_age": DROP_AGE}, AFTER))
    before_the_push = CliRunner().invoke(main, ["check", str(root), "--quiet"])
    assert before_the_push.exit_code == 1
    assert "User.age" in before_the_push.output

    (job,) = yaml.safe_load((root / WORKFLOW).read_text())["jobs"].values()
    (inputs,) = [
        step.get("with", {}) for step in job["steps"] if step["uses"].startswith("acme/checker@")
    ]
    with FakeGitHub() as github:
        run = Run(root, github, **inputs)
        (comment,) = github.comments
    body = str(comment["body"])
    assert run.code == 1
    assert "1 error" in body
    assert "User.age" in body
    assert "20260201000000_drop_age" in body
    place = "file=prisma/migrations/20260201000000_drop_age/migration.sql,line=2"
    assert f"::error {place}" in run.log
    assert "User.age" in run.summary
    assert github.violations == []
