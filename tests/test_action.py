"""The action against the fake GitHub: one comment, kept up to date, whatever else happens."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from checker import action
from tests.discover.conftest import commit, git
from tests.github.conftest import TOKEN
from tests.github.fake import API, GRAPHQL, REPOSITORY, FakeGitHub, Fault
from tests.projects import DROP_AGE, POST, USER, files, make_repository

ROOT = Path(__file__).parent.parent
BASE = {"20260101000000_user": USER}
BAD = {**BASE, "20260201000000_drop": DROP_AGE}


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        yield fake
    assert fake.violations == []


class Run:
    """One run of the action in a workspace, with what it wrote."""

    def __init__(self, root: Path, github: FakeGitHub, **inputs: str) -> None:
        state = root.parent / "runner"
        state.mkdir(exist_ok=True)
        self.summary, self.outputs = state / "summary.md", state / "outputs"
        for file in (self.summary, self.outputs):
            file.unlink(missing_ok=True)
        event = {
            "pull_request": {
                "number": 7,
                "base": {"sha": git(root, "rev-parse", "main"), "ref": "main"},
                "head": {
                    "sha": git(root, "rev-parse", "HEAD"),
                    "ref": "change",
                    "repo": {"full_name": inputs.pop("head_repository", REPOSITORY)},
                },
            },
            "repository": {"full_name": REPOSITORY, "default_branch": "main"},
        }
        (state / "event.json").write_text(json.dumps(event))
        environ = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": inputs.pop("event", "pull_request"),
            "GITHUB_EVENT_PATH": str(state / "event.json"),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_WORKSPACE": str(root),
            "GITHUB_SERVER_URL": github.url,
            "GITHUB_API_URL": github.url + API,
            "GITHUB_GRAPHQL_URL": github.url + GRAPHQL,
            "GITHUB_RUN_ID": "99",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_OUTPUT": str(self.outputs),
            "INPUT_GITHUB-TOKEN": TOKEN,
            **{f"INPUT_{name.upper().replace('_', '-')}": v for name, v in inputs.items()},
        }
        log = io.StringIO()
        self.code = action.run_action(environ, log)
        self.log = log.getvalue()
        written = [self.log, self.summary.read_text(), self.outputs.read_text()]
        assert all(TOKEN not in text for text in written)

    def output(self, name: str) -> str:
        found = re.search(rf"^{name}<<(\S+)\n(.*)\n\1$", self.outputs.read_text(), re.MULTILINE)
        assert found is not None
        return found[2]


def writes(github: FakeGitHub) -> list[str]:
    return [c.method for c in github.calls if c.method != "GET" and "graphql" not in c.path]


def bodies(github: FakeGitHub) -> list[str]:
    return [str(comment["body"]) for comment in github.comments]


def test_three_runs(tmp_path: Path, github: FakeGitHub) -> None:
    root = make_repository(tmp_path / "r", BASE, BAD)
    first = Run(root, github)
    assert first.code == 1
    assert writes(github) == ["POST"]
    assert "User.age" in bodies(github)[0]
    assert "::error file=prisma/migrations/20260201000000_drop/migration.sql,line=2" in first.log
    assert (first.output("verdict"), first.output("errors")) == ("fail", "1")
    assert json.loads((root / first.output("report")).read_text())["verdict"] == "fail"
    assert "User.age" in first.summary.read_text()

    assert Run(root, github).code == 1
    assert writes(github) == ["POST"]

    commit(root, files({"20260201000000_drop": POST}))
    third = Run(root, github)
    assert third.code == 0
    assert writes(github) == ["POST", "PATCH"]
    assert "all clear" in bodies(github)[0]
    assert len(bodies(github)) == 1


def test_nothing_is_said_of_an_unrelated_change(tmp_path: Path, github: FakeGitHub) -> None:
    root = make_repository(tmp_path / "r", BASE, BASE)
    commit(root, {"README": "words"})
    assert Run(root, github).code == 0
    assert writes(github) == []


def test_a_clean_migration_gets_a_comment(tmp_path: Path, github: FakeGitHub) -> None:
    root = make_repository(tmp_path / "r", BASE, {**BASE, "20260201000000_post": POST})
    assert Run(root, github).code == 0
    assert "1 new migration" in bodies(github)[0]


def test_the_verdict_stands_when_github_does_not_answer(tmp_path: Path, github: FakeGitHub) -> None:
    root = make_repository(tmp_path / "r", BASE, BAD)
    for method in ("GET", "POST"):
        github.faults.append(Fault(method, "", 403, "Resource not accessible", times=20))
    run = Run(root, github)
    assert run.code == 1
    assert "::warning" in run.log


def test_a_fork_s_pull_request_is_not_replayed_with_our_rights(
    tmp_path: Path, github: FakeGitHub
) -> None:
    root = make_repository(tmp_path / "r", BASE, BAD)
    run = Run(root, github, head_repository="stranger/fork", event="pull_request_target")
    report = json.loads((root / run.output("report")).read_text())
    assert report["projects"][0]["replay"]["status"] == "skipped"
    assert "fork" in report["projects"][0]["replay"]["reason"]


def test_a_fork_s_own_run_writes_no_comment(tmp_path: Path, github: FakeGitHub) -> None:
    root = make_repository(tmp_path / "r", BASE, BAD)
    run = Run(root, github, head_repository="stranger/fork")
    assert run.code == 1
    assert writes(github) == []
    assert "job summary" in run.log


def test_inputs_are_those_of_the_action() -> None:
    declared = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"].keys()
    source = (ROOT / "checker/action.py").read_text()
    assert set(re.findall(r'read_(?:input|boolean)\(environ, "([\w-]+)"', source)) == set(declared)


def test_a_log_line_of_a_stranger_is_no_command(tmp_path: Path, github: FakeGitHub) -> None:
    evil = 'ALTER TABLE "User" DROP COLUMN "age\n::error::owned\n##[set-output name=x]y";\n'
    root = make_repository(tmp_path / "r", BASE, {**BASE, "20260201000000_evil": evil})
    log = Run(root, github).log
    start = re.match(r"::stop-commands::(\w+)\n", log)
    assert start is not None
    after = log.split(f"::{start[1]}::\n", 1)[1]
    assert "owned" not in after.replace("%0A", "") or "\n::error::owned" not in after
    assert "##[set-output" not in after


@pytest.mark.parametrize("name", ["GITHUB_EVENT_PATH"])
def test_outside_of_actions_it_says_so(name: str) -> None:
    from checker.errors import InputError

    with pytest.raises(InputError):
        action.run_action({"GITHUB_EVENT_NAME": "push"}, io.StringIO())
