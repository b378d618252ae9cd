"""The action against the fake GitHub: one comment, kept up to date, whatever else happens."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
import yaml

from checker.github import action
from tests.discover.conftest import commit, git
from tests.github.acting import BAD, BASE, Run, github, repository
from tests.github.fake import FakeGitHub, Fault
from tests.projects import POST, files

ROOT = Path(__file__).parents[2]
__all__ = ["github"]


def writes(github: FakeGitHub) -> list[str]:
    return [c.method for c in github.calls if c.method != "GET" and "graphql" not in c.path]


def bodies(github: FakeGitHub) -> list[str]:
    return [str(comment["body"]) for comment in github.comments]


@pytest.mark.server
def test_three_runs(tmp_path: Path, github: FakeGitHub) -> None:
    root = repository(tmp_path / "r", BASE, BAD)
    first = Run(root, github)
    assert first.code == 1
    assert writes(github) == ["POST"]
    assert "User.age" in bodies(github)[0]
    assert "::error file=prisma/migrations/20260201000000_drop/migration.sql,line=2" in first.log
    assert (first.output("verdict"), first.output("errors")) == ("fail", "1")
    assert json.loads((root / first.output("report")).read_text())["verdict"] == "fail"
    assert "User.age" in first.summary

    assert Run(root, github).code == 1
    assert writes(github) == ["POST"]

    commit(root, files({"20260201000000_drop": POST}))
    third = Run(root, github)
    assert third.code == 0
    assert writes(github) == ["POST", "PATCH"]
    assert "all clear" in bodies(github)[0]
    assert len(bodies(github)) == 1


@pytest.mark.server
def test_nothing_is_said_of_an_unrelated_change(tmp_path: Path, github: FakeGitHub) -> None:
    root = repository(tmp_path / "r", BASE, BASE)
    commit(root, {"README": "words"})
    assert Run(root, github).code == 0
    assert writes(github) == []


@pytest.mark.server
def test_a_clean_migration_gets_a_comment(tmp_path: Path, github: FakeGitHub) -> None:
    root = repository(tmp_path / "r", BASE, {**BASE, "20260201000000_post": POST})
    assert Run(root, github).code == 0
    assert "1 new migration" in bodies(github)[0]


@pytest.mark.server
def test_the_verdict_stands_when_github_does_not_answer(tmp_path: Path, github: FakeGitHub) -> None:
    root = repository(tmp_path / "r", BASE, BAD)
    for method in ("GET", "POST"):
        github.faults.append(Fault(method, "", 403, "Resource not accessible", times=20))
    run = Run(root, github)
    assert run.code == 1
    assert "::warning" in run.log


@pytest.mark.server
def test_a_run_that_was_outrun_leaves_the_comment_alone(tmp_path: Path, github: FakeGitHub) -> None:
    root = repository(tmp_path / "r", BASE, BAD)
    github.pulls.append({"number": 7, "head": {"sha": "f" * 40}})
    run = Run(root, github)
    assert (run.code, writes(github)) == (1, [])
    assert "The pull request has a newer commit" in run.log
    assert "User.age" in run.summary

    github.pulls[0]["head"]["sha"] = git(root, "rev-parse", "change")
    assert Run(root, github).code == 1
    assert writes(github) == ["POST"]


def test_a_shorter_comment_where_github_takes_no_longer(tmp_path: Path, github: FakeGitHub) -> None:
    made, dropped = (
        "\n".join(statement % i for i in range(40))
        for statement in ('CREATE TABLE "T%d" ("a" INTEGER);', 'DROP TABLE "T%d";')
    )
    base = {"20260101000000_made": made}
    root = repository(tmp_path / "r", base, {**base, "20260201000000_dropped": dropped})
    github.faults.append(Fault("POST", r"/issues/7/comments$", 422, "Body is too long"))
    run = Run(root, github, replay="false")
    assert writes(github) == ["POST", "POST"]
    (body,) = bodies(github)
    assert len(body) <= 10_000 < len(run.summary)


def test_a_fork_s_pull_request_is_not_replayed_with_our_rights(
    tmp_path: Path, github: FakeGitHub
) -> None:
    root = repository(tmp_path / "r", BASE, BAD)
    run = Run(root, github, head_repository="stranger/fork", event="pull_request_target")
    report = json.loads((root / run.output("report")).read_text())
    assert report["projects"][0]["replay"]["status"] == "skipped"
    assert "fork" in report["projects"][0]["replay"]["reason"]


@pytest.mark.server
def test_a_fork_s_own_run_writes_no_comment(tmp_path: Path, github: FakeGitHub) -> None:
    root = repository(tmp_path / "r", BASE, BAD)
    run = Run(root, github, head_repository="stranger/fork")
    assert run.code == 1
    assert writes(github) == []
    assert "job summary" in run.log


def test_inputs_are_those_of_the_action() -> None:
    declared = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"].keys()
    modules = [ROOT / "checker" / "github" / f"{name}.py" for name in ("action", "publishing")]
    source = "".join(module.read_text() for module in modules)
    assert set(re.findall(r'read_(?:input|boolean)\(environ, "([\w-]+)"', source)) == set(declared)


@pytest.mark.server
def test_a_log_line_of_a_stranger_is_no_command(tmp_path: Path, github: FakeGitHub) -> None:
    evil = 'ALTER TABLE "User" DROP COLUMN "age\n::error::owned\n##[set-output name=x]y";\n'
    root = repository(tmp_path / "r", BASE, {**BASE, "20260201000000_evil": evil})
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
