"""The table of events: what is compared with what, what is replayed, and what is posted where.

A shallow checkout is one that has nothing but GitHub's merge commit and cannot fetch, as with
``persist-credentials: false``.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checker.errors import InputError
from tests.discover.conftest import commit, git
from tests.github.acting import BAD, BASE, NEW, OURS, Run, github, pull_request, repository
from tests.github.entities import changed
from tests.github.fake import FakeGitHub
from tests.projects import DROP_AGE, POST, files

__all__ = ["github"]

ZERO = "0" * 40
FORK = "stranger/shop"
Payload = Callable[[Path], dict[str, Any]]


def of_pull(head_repository: str | None = OURS["full_name"]) -> Payload:
    return lambda root: pull_request(root, head_repository)


def of_group(root: Path) -> dict[str, Any]:
    group = {
        "base_sha": git(root, "rev-parse", "main"),
        "head_sha": git(root, "rev-parse", "change"),
        "base_ref": "refs/heads/main",
    }
    return {"merge_group": group, "repository": OURS}


def of_push(ref: str = "change", *, new: bool = False) -> Payload:
    def payload(root: Path) -> dict[str, Any]:
        return {
            "before": ZERO if new else git(root, "rev-parse", "main"),
            "after": git(root, "rev-parse", "change"),
            "ref": f"refs/heads/{ref}",
            "repository": OURS,
        }

    return payload


def of_hand(root: Path) -> dict[str, Any]:
    return {"inputs": {"base": "main"}, "repository": OURS}


def of_clock(root: Path) -> dict[str, Any]:
    return {"repository": OURS}


def of_run(full_name: str = OURS["full_name"]) -> Payload:
    def payload(root: Path) -> dict[str, Any]:
        head = git(root, "rev-parse", "change")
        base = git(root, "rev-parse", "main")
        pulls = [{"number": 7, "head": {"sha": head}, "base": {"sha": base}}]
        return {
            "workflow_run": {
                "id": 5,
                "event": "pull_request",
                "head_sha": head,
                "head_branch": "change",
                "head_repository": {"full_name": full_name},
                "pull_requests": pulls if full_name == OURS["full_name"] else [],
            },
            "repository": OURS,
        }

    return payload


def merged(root: Path) -> None:
    """Checks out what GitHub does: the head merged into the base."""
    git(root, "checkout", "-q", "--detach", "main")
    git(root, "merge", "-q", "--no-ff", "-m", "Merge", "change")


def shallow(root: Path) -> None:
    """Leaves the checkout with its one commit, from where nothing can be fetched."""
    clone = root.parent / "clone"
    git(root, "branch", "-f", "tested")
    options = ("--depth=1", "--branch=tested")
    subprocess.run(["git", "clone", "-q", *options, f"file://{root}", str(clone)], check=True)
    (root / ".git").rename(root.parent / "complete.git")
    (clone / ".git").rename(root / ".git")
    git(root, "remote", "remove", "origin")


# event, payload, whose code; then: is it replayed, and what is written to the pull request
TABLE = [
    ("pull_request", of_pull(), True, ["POST"]),
    ("pull_request", of_pull(FORK), True, []),
    ("pull_request", of_pull(None), True, []),  # the fork is gone
    ("pull_request_review", of_pull(), True, ["POST"]),
    ("pull_request_review", of_pull(FORK), True, []),
    ("pull_request_target", of_pull(), True, ["POST"]),
    ("pull_request_target", of_pull(FORK), False, ["POST"]),
    ("pull_request_target", of_pull(None), False, ["POST"]),
    ("merge_group", of_group, True, []),
    ("push", of_push(), True, []),
    ("push", of_push(new=True), True, []),
    ("push", of_push("main"), True, []),
    ("workflow_dispatch", of_hand, True, []),
    ("schedule", of_clock, True, []),
    ("workflow_run", of_run(), True, ["POST"]),
    ("workflow_run", of_run(FORK), False, []),
]
IDS = [f"{event}-{i}" for i, (event, *_) in enumerate(TABLE)]


@pytest.mark.server
@pytest.mark.parametrize("depth", ["deep", "shallow"])
@pytest.mark.parametrize(("event", "payload", "replayed", "written"), TABLE, ids=IDS)
def test_what_is_compared_replayed_and_posted(
    event: str,
    payload: Payload,
    replayed: bool,
    written: list[str],
    depth: str,
    tmp_path: Path,
    github: FakeGitHub,
) -> None:
    root = repository(tmp_path / "r", BASE, BAD)
    asked = payload(root)
    main, head = git(root, "rev-parse", "main"), git(root, "rev-parse", "change")
    github.files = [changed(NEW, "added")]
    github.compared = (main, github.files)
    github.commits["main"] = main
    if "pull_request" in asked:
        merged(root)
    if depth == "shallow":
        shallow(root)
        # All that git still knows is the merge commit: its parents are names without commits.
        settings = ".migration-checker.yml"
        github.contents = {(settings, main): (root / settings).read_bytes()}
    run = Run(root, github, event=event, payload=asked, suggestions="false")
    assert run.code == 1, "the verdict does not depend on the event"
    assert run.states == {"20260101000000_user": "unchanged", "20260201000000_drop": "new"}
    assert run.report["head"] == head
    (project,) = run.report["projects"]
    assert (project["replay"]["status"] == "passed") is replayed
    assert github.writes() == written
    assert "User.age" in run.summary, "the summary is always there"
    assert f"::error file={NEW},line=2" in run.log, "and so are the annotations"
    only_reads = "token is read-only" in run.log
    assert only_reads is (event in ("pull_request", "pull_request_review") and not written)


@pytest.mark.server
def test_dependabot_is_told_what_a_fork_is(tmp_path: Path, github: FakeGitHub) -> None:
    root = repository(tmp_path / "r", BASE, BAD)
    run = Run(root, github, actor="dependabot[bot]")
    assert run.code == 1
    assert github.writes() == []
    assert "token is read-only" in run.log


@pytest.mark.parametrize("event", ["pull_request_target", "workflow_run"])
def test_the_default_branch_is_not_taken_for_the_pull_request(
    event: str, tmp_path: Path, github: FakeGitHub
) -> None:
    root = repository(tmp_path / "r", BASE, BAD)
    payload = pull_request(root) if event == "pull_request_target" else of_run()(root)
    git(root, "checkout", "-q", "main")
    with pytest.raises(InputError, match="is not the code"):
        Run(root, github, event=event, payload=payload)


@pytest.mark.server
def test_a_base_that_moved_meanwhile(tmp_path: Path, github: FakeGitHub) -> None:
    """The merge is into the newer base: what that has got is not this pull request's."""
    root = repository(tmp_path / "r", BASE, BAD)
    payload = pull_request(root)
    git(root, "checkout", "-q", "main")
    commit(root, files({"20260115000000_post": POST}))
    newer = git(root, "rev-parse", "main")
    git(root, "checkout", "-q", "change")
    merged(root)
    for depth in ("deep", "shallow"):
        if depth == "shallow":
            shallow(root)
            github.files = [changed(NEW, "added")]
        run = Run(root, github, payload=payload)
        assert run.states["20260115000000_post"] == "unchanged"
        assert run.states["20260201000000_drop"] == "new"
        assert run.report["base"]["commit"] == newer


@pytest.mark.server
def test_a_checkout_of_the_head_itself(tmp_path: Path, github: FakeGitHub) -> None:
    """With ``ref: head.sha`` the base is where the branch left, not the base's tip."""
    root = repository(tmp_path / "r", BASE, BAD)
    left = git(root, "rev-parse", "main")
    git(root, "checkout", "-q", "main")
    commit(root, files({"20260115000000_post": POST}))
    payload = pull_request(root)
    git(root, "checkout", "-q", "change")
    github.files = [changed(NEW, "added")]
    github.compared = (left, github.files)
    shallow(root)
    run = Run(root, github, payload=payload)
    assert run.states == {"20260101000000_user": "unchanged", "20260201000000_drop": "new"}
    assert run.report["base"]["commit"] == left


@pytest.mark.server
@pytest.mark.parametrize("branch", ["main", "feature"])
def test_a_push_by_force(branch: str, tmp_path: Path, github: FakeGitHub) -> None:
    """What was deployed from is the base itself; a branch of work is compared with the default."""
    root = repository(tmp_path / "r", BASE, BAD)
    git(root, "checkout", "-q", "-b", "old", "main")
    commit(root, files({"20260115000000_gone": POST}))
    payload = {**of_push(branch)(root), "before": git(root, "rev-parse", "old"), "forced": True}
    git(root, "checkout", "-q", "change")
    run = Run(root, github, event="push", payload=payload)
    removed = {"20260115000000_gone": "removed"} if branch == "main" else {}
    assert run.states == {
        "20260101000000_user": "unchanged",
        "20260201000000_drop": "new",
        **removed,
    }


@pytest.mark.server
def test_a_push_by_force_whose_past_is_gone(tmp_path: Path, github: FakeGitHub) -> None:
    root = repository(tmp_path / "r", BASE, BAD)
    payload = {**of_push("main")(root), "before": "e" * 40, "forced": True}
    run = Run(root, github, event="push", payload=payload)
    assert "could not be read from GitHub" in run.log
    assert "Nothing counts as new" in run.summary
    assert set(run.states.values()) == {"unchanged"}


@pytest.mark.server
def test_a_base_that_only_github_knows(tmp_path: Path, github: FakeGitHub) -> None:
    root = repository(tmp_path / "r", BASE, BAD)
    main = git(root, "rev-parse", "main")
    shallow(root)
    github.commits["release/1"] = main
    github.compared = (main, [changed(NEW, "added")])
    payload = {"inputs": {"base": "release/1"}, "repository": OURS}
    run = Run(root, github, event="workflow_dispatch", payload=payload)
    assert run.states["20260201000000_drop"] == "new"
    with pytest.raises(InputError, match="not in this clone"):
        Run(root, github, event="schedule", payload={"repository": OURS}, base="nowhere")


@pytest.mark.server
def test_more_files_than_github_lists(tmp_path: Path, github: FakeGitHub) -> None:
    root = repository(tmp_path / "r", BASE, BAD)
    payload, main = pull_request(root), git(root, "rev-parse", "main")
    listed = git(root, "ls-tree", "-r", "main").splitlines()
    github.trees[main] = [
        {"path": path, "mode": facts.split()[0], "sha": facts.split()[2]}
        for facts, path in (line.split("\t") for line in listed)
    ]
    merged(root)
    shallow(root)
    github.files = [changed(f"src/{i}.ts", "added") for i in range(3_000)]
    run = Run(root, github, payload=payload)
    assert run.states == {"20260101000000_user": "unchanged", "20260201000000_drop": "new"}
    github.truncated = True
    run = Run(root, github, payload=payload)
    assert "check out with fetch-depth: 2" in run.log
    assert "Nothing counts as new" in run.summary


@pytest.mark.server
def test_our_own_words_keep_their_place_among_the_annotations(
    tmp_path: Path, github: FakeGitHub
) -> None:
    """GitHub drops what is printed after the tenth of a kind."""
    many = {f"2026020100{i:04}_x": f'CREATE TABLE "T{i}" (x int);\n' for i in range(12)}
    root = repository(tmp_path / "r", BASE, {**BASE, **many})
    drops = "".join(DROP_AGE.replace('"age"', f'"c{i}"') for i in range(12))
    columns = "".join(f'ALTER TABLE "User" ADD COLUMN "c{i}" INTEGER;\n' for i in range(12))
    git(root, "checkout", "-q", "main")
    commit(root, files({"20260110000000_more": columns}))
    git(root, "checkout", "-q", "change")
    git(root, "merge", "-q", "-m", "Merge", "main")
    commit(root, files({"20260301000000_drops": drops}))
    run = Run(root, github, head_repository=FORK)
    lines = run.log.splitlines()
    for severity in ("error", "warning", "notice"):
        assert sum(line.startswith(f"::{severity} ") for line in lines) <= 10
    assert "token is read-only" in next(line for line in lines if line.startswith("::notice"))
