"""What people accept on a pull request, who may, and that only the base decides it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from checker.config import parse_config
from checker.errors import InputError
from checker.github.owners import owners_of
from tests.discover.conftest import commit
from tests.github.acting import BAD, BASE, SETTINGS, Run, github, repository
from tests.github.conversation import Review, Said
from tests.github.fake import FakeGitHub

__all__ = ["github"]

LABEL = "acknowledge:\n  - rules: [ban-drop-column]\n    label: data-loss-accepted\n"
OWNER = "acknowledge:\n  - rules: [ban-drop-column]\n    approval: code_owner\n"
OWNERS = {".github/CODEOWNERS": "*  @bob\nprisma/  @alice @acme/dba\n"}
# Nothing is replayed here: what is accepted does not hang on it.
FAST: Any = {"replay": "false", "suggestions": "false"}


def wish(root: Path, github: FakeGitHub) -> str:
    """What the comment says that people have to write."""
    run = Run(root, github, **FAST)
    assert run.code == 1
    found = re.search(r"acknowledge ban-drop-column@[0-9a-f]{16}", run.summary)
    assert found is not None, run.summary
    return found[0]


def test_a_label_and_its_reason(tmp_path: Path, github: FakeGitHub) -> None:
    root = repository(tmp_path / "r", BASE, BAD, LABEL)
    said = wish(root, github)
    github.conversation.label("data-loss-accepted", "alice")
    github.conversation.said.append(Said("alice", f"Looks right.\n\n{said}: nobody reads `age`"))
    run = Run(root, github, **FAST)
    assert run.code == 0
    assert (run.output("errors"), run.output("acknowledged")) == ("0", "1")
    (project,) = run.report["projects"]
    (accepted,) = project["acknowledged"]
    assert (accepted["by"], accepted["reason"]) == ("alice", "nobody reads `age`")
    (body,) = github.bodies()
    for word in ("1 acknowledged", "alice", "2026-11-22T09:00:00Z", "nobody reads", "User.age"):
        assert word in body


@pytest.mark.parametrize(
    ("labelled", "kind", "said", "editor"),
    [
        (None, "User", "alice", None),  # no label
        ("bob", "User", "alice", None),  # somebody else's
        ("alice", "Bot", "alice", None),  # set by a program
        ("mallory", "User", "mallory", None),  # by the pull request's author
        ("alice", "User", "alice", "mallory"),  # somebody else has edited the words
    ],
)
def test_who_is_not_entitled(
    labelled: str | None,
    kind: str,
    said: str,
    editor: str | None,
    tmp_path: Path,
    github: FakeGitHub,
) -> None:
    root = repository(tmp_path / "r", BASE, BAD, LABEL)
    words = wish(root, github)
    if labelled:
        github.conversation.label("data-loss-accepted", labelled, kind)
    github.conversation.said.append(Said(said, f"{words}: because", editor=editor))
    run = Run(root, github, **FAST)
    assert run.code == 1
    assert ("does not count" in run.summary) is (editor is None)


def test_a_label_that_was_taken_off_and_one_without_a_reason(
    tmp_path: Path, github: FakeGitHub
) -> None:
    root = repository(tmp_path / "r", BASE, BAD, LABEL)
    words = wish(root, github)
    github.conversation.label("data-loss-accepted", "alice")
    github.conversation.said.append(Said("alice", f"{words}:   "))
    assert Run(root, github, **FAST).code == 1
    github.conversation.said.append(Said("alice", f"> {words}: quoted"))
    assert Run(root, github, **FAST).code == 1
    github.conversation.said.append(Said("alice", f"{words}: unused"))
    assert Run(root, github, **FAST).code == 0
    github.conversation.labels.clear()
    assert Run(root, github, **FAST).code == 1


@pytest.mark.parametrize(
    ("review", "code"),
    [
        (Review("alice"), 0),
        (Review("carol", teams=("acme/dba",)), 0),
        (Review("carol"), 1),
        (Review("bob"), 1),  # owns other files
        (Review("alice", state="CHANGES_REQUESTED"), 1),
        (Review("alice", state="DISMISSED"), 1),
        (Review("alice", may_push=False), 1),
    ],
)
def test_a_code_owner_s_approval(
    review: Review, code: int, tmp_path: Path, github: FakeGitHub
) -> None:
    root = repository(tmp_path / "r", BASE, BAD, OWNER, **OWNERS)
    review.body = f"{wish(root, github)}: agreed with sales"
    github.conversation.reviews = [review]
    assert Run(root, github, **FAST).code == code
    github.conversation.reviews = []


def test_the_pull_request_s_own_settings_and_owners_do_not_count(
    tmp_path: Path, github: FakeGitHub
) -> None:
    root = repository(tmp_path / "r", BASE, BAD, **OWNERS)
    settings = f"fail_on: notice\n{SETTINGS}{OWNER}"
    commit(root, {".migration-checker.yml": settings, ".github/CODEOWNERS": "* @mallory\n"})
    github.conversation.reviews = [Review("mallory")]
    run = Run(root, github, **FAST)
    assert run.code == 1
    assert run.report["fail_on"] == "error"
    assert "takes effect once it is in the base" in run.summary
    assert "acknowledge ban-drop-column" not in run.summary
    assert {"Comments", "Approvals"}.isdisjoint(github.conversation.asked)


def test_another_statement_is_another_finding(tmp_path: Path, github: FakeGitHub) -> None:
    root = repository(tmp_path / "r", BASE, BAD, LABEL)
    github.conversation.label("data-loss-accepted", "alice")
    github.conversation.said.append(Said("alice", f"{wish(root, github)}: unused"))
    path = "prisma/migrations/20260201000000_drop/migration.sql"
    commit(root, {path: 'ALTER TABLE "User" DROP COLUMN "email";\n'})
    assert Run(root, github, **FAST).code == 1


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("a/b/c.sql", ("x",)),
        ("docs/a.md", ("docs",)),
        ("docs/deep/a.md", ("x",)),
        ("apps/web/prisma/m.sql", ("acme/web",)),
        ("free/a", ()),
        ("any/logs/deep/a", ("logs",)),
        ("a space/f", ("space",)),
    ],
)
def test_code_owners(path: str, owners: tuple[str, ...]) -> None:
    text = (
        "# all\n* @x\n/docs/* @docs mail@acme.example\n/apps/**/prisma @acme/web # why\n"
        "/free/\nlogs/ @logs\n/a\\ space/ @space\n"
    )
    assert owners_of(path, text) == owners


@pytest.mark.parametrize(
    "entry",
    [
        "{rules: [], label: x}",
        "{rules: [ban-drop-column]}",
        "{rules: [ban-drop-column], label: x, approval: code_owner}",
        "{rules: [ban-drop-colum], label: x}",
        "{rules: [ban-drop-column], labels: x}",
        "{rules: [ban-drop-column], approval: anybody}",
    ],
)
def test_settings_that_cannot_be_meant(entry: str) -> None:
    with pytest.raises(InputError, match="line 1"):
        parse_config(f"acknowledge: [{entry}]", "x.yml")
