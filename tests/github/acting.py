"""Runs of the action in a workspace, against the fake GitHub."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from checker.github import action
from tests.discover.conftest import git
from tests.github.conftest import TOKEN
from tests.github.fake import API, GRAPHQL, REPOSITORY, FakeGitHub
from tests.projects import DROP_AGE, USER, make_repository

BASE = {"20260101000000_user": USER}
BAD = {**BASE, "20260201000000_drop": DROP_AGE}
NEW = "prisma/migrations/20260201000000_drop/migration.sql"
# The schema of these projects has no models, which is not what is tested.
SETTINGS = "rules:\n  schema-drift: off\n"
OURS = {"full_name": REPOSITORY, "default_branch": "main"}


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        yield fake
    assert fake.violations == []


def repository(
    root: Path, base: Mapping[str, str], head: Mapping[str, str], settings: str = "", **others: str
) -> Path:
    """As ``make_repository``, with settings on the base."""
    named = {".migration-checker.yml": SETTINGS + settings, **others}
    return make_repository(root, base, head, **named)


def pull_request(root: Path, head_repository: str | None = REPOSITORY) -> dict[str, Any]:
    """The payload of an event on the pull request from ``change`` to ``main``."""
    origin = None if head_repository is None else {"full_name": head_repository}
    return {
        "pull_request": {
            "number": 7,
            "user": {"login": "mallory"},
            "base": {"sha": git(root, "rev-parse", "main"), "ref": "main", "repo": OURS},
            "head": {"sha": git(root, "rev-parse", "change"), "ref": "change", "repo": origin},
        },
        "repository": OURS,
    }


def environment(
    root: Path, github: FakeGitHub, event: str, payload: Mapping[str, Any], **inputs: str
) -> dict[str, str]:
    """What the runner gives a step; the event file and the step's files lie beside the root."""
    state = root.parent / "runner"
    state.mkdir(exist_ok=True)
    (state / "event.json").write_text(json.dumps(payload))
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": str(state / "event.json"),
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_WORKSPACE": str(root),
        "GITHUB_SERVER_URL": github.url,
        "GITHUB_API_URL": github.url + API,
        "GITHUB_GRAPHQL_URL": github.url + GRAPHQL,
        "GITHUB_SHA": git(root, "rev-parse", "HEAD"),
        "GITHUB_RUN_ID": "99",
        "GITHUB_STEP_SUMMARY": str(state / "summary.md"),
        "GITHUB_OUTPUT": str(state / "outputs"),
        "INPUT_GITHUB-TOKEN": TOKEN,
        **{f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()},
    }


class Run:
    """One run of the action in a workspace, with what it wrote."""

    def __init__(
        self,
        root: Path,
        github: FakeGitHub,
        *,
        event: str = "pull_request",
        payload: Mapping[str, Any] | None = None,
        head_repository: str | None = REPOSITORY,
        actor: str = "octocat",
        **inputs: str,
    ) -> None:
        payload = pull_request(root, head_repository) if payload is None else payload
        environ = environment(root, github, event, payload, **inputs) | {"GITHUB_ACTOR": actor}
        written = [Path(environ[name]) for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")]
        for file in written:
            file.unlink(missing_ok=True)
        log = io.StringIO()
        self.root = root
        self.code = action.run_action(environ, log)
        self.log = log.getvalue()
        self.summary, self.outputs = (file.read_text() if file.exists() else "" for file in written)
        assert all(TOKEN not in text for text in (self.log, self.summary, self.outputs))

    def output(self, name: str) -> str:
        found = re.search(rf"^{name}<<(\S+)\n(.*)\n\1$", self.outputs, re.MULTILINE)
        assert found is not None
        return found[2]

    @property
    def report(self) -> dict[str, Any]:
        return json.loads((self.root / self.output("report-path")).read_text())  # type: ignore[no-any-return]

    @property
    def states(self) -> dict[str, str]:
        """The migrations by what became of them."""
        (project,) = self.report["projects"]
        return {migration["name"]: migration["state"] for migration in project["migrations"]}
