"""A fork's report as a comment: nothing of its artefact is believed that can be known otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from checker.cli import main
from checker.errors import InputError
from tests.discover.conftest import git
from tests.github.acting import BAD, BASE, OURS, Run, environment, github, repository
from tests.github.conversation import Said
from tests.github.entities import pull
from tests.github.fake import FakeGitHub
from tests.github.test_acknowledge import LABEL

__all__ = ["github"]

FORK = "stranger/shop"
Change = Callable[[dict[str, Any]], object]


def first_run(tmp_path: Path, github: FakeGitHub, settings: str = "") -> tuple[Path, str]:
    """A fork's own run, whose report is the artefact; GitHub knows its pull request."""
    root = repository(tmp_path / "r", BASE, BAD, settings)
    run = Run(root, github, head_repository=FORK, replay="false")
    assert run.code == 1
    assert github.writes() == []
    head = git(root, "rev-parse", "change")
    github.pulls = [pull(7, head, "stranger:change")]
    github.contents[(".migration-checker.yml", "b" * 40)] = (
        root / ".migration-checker.yml"
    ).read_bytes()
    return root / run.output("report-path"), head


def following(head: str, **other: Any) -> dict[str, Any]:
    run = {
        "id": 5,
        "event": "pull_request",
        "head_sha": head,
        "head_branch": "change",
        "head_repository": {"full_name": FORK},
        "actor": {"login": "stranger"},
        "pull_requests": [],
        **other,
    }
    return {"workflow_run": run, "repository": OURS}


def publish(artefact: Path, head: str, github: FakeGitHub, **other: Any) -> Run:
    return Run(
        artefact.parent,
        github,
        event="workflow_run",
        payload=following(head, **other),
        publish=artefact.name,
    )


def test_the_second_workflow_posts_what_the_first_has_found(
    tmp_path: Path, github: FakeGitHub
) -> None:
    artefact, head = first_run(tmp_path, github)
    run = publish(artefact, head, github)
    assert run.code == 0, "the first run has failed already"
    (body,) = github.bodies()
    assert "User.age" in body
    assert "/actions/runs/5" in body
    assert "its code could have changed" in body
    assert publish(artefact, head, github).code == 0
    assert github.writes() == ["POST"]


def test_the_command_line_does_the_same(tmp_path: Path, github: FakeGitHub) -> None:
    artefact, head = first_run(tmp_path, github)
    environ = environment(artefact.parent, github, "workflow_run", following(head))
    environ["GITHUB_TOKEN"] = environ.pop("INPUT_GITHUB-TOKEN")
    done = CliRunner().invoke(main, ["render", str(artefact), "--publish"], env=environ)
    assert done.exit_code == 0, done.output
    assert "pull request 7" in done.output
    assert len(github.bodies()) == 1


def with_other_facts(report: dict[str, Any]) -> None:
    """Facts from which sentences were made: none is made of a stranger's."""
    for finding in report["projects"][0]["findings"]:
        loss = {"table": "evil", "kind": "rows", "lost": 1, "total": 1}
        finding.update(
            place={"migration": "evil", "start": -1},
            kind="evil",
            columns=["evil"],
            wording={"subjects": [], "after": ["evil"], "before": "evil", "across": True},
            sightings=[{"loss": loss}],
            scale={"table": "evil"},
        )


def without_findings(report: dict[str, Any]) -> None:
    """As somebody would write it who hides them among what was accepted."""
    (project,) = report["projects"]
    project["acknowledged"] = [
        {"finding": f, "name": "x", "reason": "fine", "by": "alice", "at": "now", "how": "so"}
        for f in project["findings"]
    ]
    project["findings"] = []
    report["verdict"] = "pass"


@pytest.mark.parametrize(
    "change",
    [
        lambda report: report.update(verdict="pass"),
        with_other_facts,
        lambda report: report.update(fail_on="error", notes=["All is well, merge this"]),
        lambda report: report.update(tool={"name": "other", "version": "9"}),
        lambda report: report.update(base={"ref": "evil", "commit": "evil"}),
        without_findings,
    ],
)
def test_what_the_artefact_says_of_itself_is_not_believed(
    change: Change, tmp_path: Path, github: FakeGitHub
) -> None:
    artefact, head = first_run(tmp_path, github)
    publish(artefact, head, github)
    honest = github.bodies()
    report = json.loads(artefact.read_text())
    change(report)
    artefact.write_text(json.dumps(report))
    publish(artefact, head, github)
    assert github.bodies() == honest


@pytest.mark.parametrize(
    "change",
    [
        lambda report: report.update(head="f" * 40),
        lambda report: report.update(version=99),
        lambda report: report["projects"][0]["findings"][0].update(rule="x](http://evil)"),
        lambda report: report["projects"][0]["findings"][0].update(severity="fatal"),
        lambda report: report["projects"][0]["findings"][0].update(line="7"),
        lambda report: report.update(projects="none"),
    ],
)
def test_what_is_no_report_of_ours_is_refused(
    change: Change, tmp_path: Path, github: FakeGitHub
) -> None:
    artefact, head = first_run(tmp_path, github)
    report = json.loads(artefact.read_text())
    change(report)
    artefact.write_text(json.dumps(report))
    with pytest.raises(InputError):
        publish(artefact, head, github)
    assert github.writes() == []


def test_a_link_in_the_artefact_is_not_followed(tmp_path: Path, github: FakeGitHub) -> None:
    artefact, head = first_run(tmp_path, github)
    secret = tmp_path / "secret.json"
    artefact.rename(secret)
    artefact.symlink_to(secret)
    with pytest.raises(InputError, match="leads outside"):
        publish(artefact, head, github)


@pytest.mark.parametrize("gone", [False, True])
def test_the_pull_request_is_github_s_word(gone: bool, tmp_path: Path, github: FakeGitHub) -> None:
    """Not the artefact's: it is found by the branch of the fork or, where that is gone, by the
    commit; and only where its head is still what was checked."""
    artefact, head = first_run(tmp_path, github)
    github.pulls.append(pull(8, "c" * 40, "stranger:change"))
    other: dict[str, Any] = {"head_repository": None} if gone else {}
    assert "pull request 7" in publish(artefact, head, github, **other).log
    github.pulls[0]["head"]["sha"] = "d" * 40
    assert "nothing is published" in publish(artefact, head, github, **other).log
    github.pulls = [pull(n, head, "stranger:change") for n in (7, 9)]
    assert "nothing is published" in publish(artefact, head, github, **other).log
    assert github.writes() == ["POST"]


def test_what_could_be_written_at_once_is_not_written_again(
    tmp_path: Path, github: FakeGitHub
) -> None:
    artefact, head = first_run(tmp_path, github)
    ours = {"head_repository": OURS}
    assert "nothing to publish" in publish(artefact, head, github, **ours).log
    assert github.writes() == []
    github.pulls = [pull(7, head, "acme:change", author="dependabot[bot]")]
    robot = {**ours, "actor": {"login": "dependabot[bot]"}}
    assert "pull request 7" in publish(artefact, head, github, **robot).log


def test_the_policy_of_the_base_counts_here_too(tmp_path: Path, github: FakeGitHub) -> None:
    artefact, head = first_run(tmp_path, github, LABEL)
    publish(artefact, head, github)
    (body,) = github.bodies()
    name = body.split("acknowledge ban-drop-column@")[1][:16]
    github.conversation.label("data-loss-accepted", "alice")
    words = f"acknowledge ban-drop-column@{name}: unused"
    github.conversation.said.append(Said("alice", words))
    publish(artefact, head, github)
    assert "1 acknowledged" in github.bodies()[0]


def test_other_events_publish_nothing(tmp_path: Path, github: FakeGitHub) -> None:
    artefact, _ = first_run(tmp_path, github)
    with pytest.raises(InputError, match="workflow_run"):
        Run(artefact.parent, github, head_repository=FORK, publish=artefact.name)
