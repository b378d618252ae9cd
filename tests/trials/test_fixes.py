"""Fixes that can stand in the place of their statement: tried on a server, not guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checker.workspace import Request
from tests.discover.conftest import commit
from tests.github.acting import BASE, Run, github, repository
from tests.github.fake import FakeGitHub
from tests.projects import run_check

__all__ = ["github"]

NAME = "20260201000000_new"
PATH = f"prisma/migrations/{NAME}/migration.sql"
RENAME = '-- AlterTable\nALTER TABLE "User" DROP COLUMN "age",\nADD COLUMN "ages" INTEGER;\n'
INDEX = 'CREATE INDEX "User_age_idx" ON "User"("age");\n'


pytestmark = pytest.mark.server


@pytest.mark.parametrize(
    ("sql", "replacements"),
    [
        (RENAME, ['ALTER TABLE "User" RENAME COLUMN "age" TO "ages";']),
        (INDEX, ['CREATE INDEX CONCURRENTLY "User_age_idx" ON "User"("age");']),
        (INDEX + 'CREATE TABLE "T" ();\n', []),  # it has to be alone in its file
        (INDEX.strip() + " SELECT 1;\n", []),  # something else is on the line
        ('ALTER TABLE "User" DROP COLUMN "age";\n', []),  # the fix belongs to another release
        ('ALTER TABLE "User" ADD COLUMN "x" INTEGER NOT NULL;\n', []),  # to be filled in
        ('UPDATE "User" SET "email" = \'x\';\n', []),  # what it does to rows was not tried
        # The rename keeps an index that the drop loses: the outcome is another.
        (
            'CREATE INDEX ON "User"("age");\nALTER TABLE "User" DROP COLUMN "age", '
            'ADD COLUMN "ages" INTEGER;\n',
            [],
        ),
    ],
)
def test_what_can_replace_its_lines(sql: str, replacements: list[str], tmp_path: Path) -> None:
    root = repository(tmp_path / "r", BASE, {**BASE, NAME: sql})
    report = run_check(Request(path=root, base="main", replacements=True))
    (project,) = report.projects
    assert [f.replacement for f in project.findings if f.replacement] == replacements


def test_a_suggestion_comes_and_goes(tmp_path: Path, github: FakeGitHub) -> None:
    root = repository(tmp_path / "r", BASE, {**BASE, NAME: RENAME})
    assert Run(root, github).code == 1
    (thread,) = github.conversation.threads
    assert (thread.path, thread.start_line, thread.line) == (PATH, 2, 3)
    assert "```suggestion\nALTER TABLE" in thread.body
    assert github.writes() == ["POST", "POST"]
    commit(root, {PATH: '-- AlterTable\nALTER TABLE "User" RENAME COLUMN "age" TO "ages";\n'})
    Run(root, github)
    assert github.conversation.threads == []


@pytest.mark.parametrize("off", ["input", "settings", "fork"])
def test_none_where_they_are_off(off: str, tmp_path: Path, github: FakeGitHub) -> None:
    settings = "suggestions: false\n" if off == "settings" else ""
    root = repository(tmp_path / "r", BASE, {**BASE, NAME: RENAME}, settings)
    inputs: dict[str, Any] = {"suggestions": "false"} if off == "input" else {}
    Run(root, github, head_repository="stranger/x" if off == "fork" else "acme/shop", **inputs)
    assert github.conversation.threads == []
    assert "Threads" not in github.conversation.asked
