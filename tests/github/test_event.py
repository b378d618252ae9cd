"""What each event says of the change."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checker.errors import InputError
from checker.github.event import GitHubContext, read_event

BASE, HEAD, MERGE = "b" * 40, "a" * 40, "c" * 40
ZERO = "0" * 40
ENVIRON = {
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_SERVER_URL": "https://git.acme.example",
    "GITHUB_API_URL": "https://git.acme.example/api/v3",
    "GITHUB_GRAPHQL_URL": "https://git.acme.example/api/graphql",
    "GITHUB_RUN_ID": "42",
    "GITHUB_SHA": MERGE,
    "GITHUB_ACTOR": "octocat",
}
REPOSITORY = {"full_name": "acme/shop", "default_branch": "trunk"}


def pull(full_name: str | None = "acme/shop") -> dict[str, Any]:
    head_repo = None if full_name is None else {"full_name": full_name}
    return {
        "repository": REPOSITORY,
        "pull_request": {
            "number": 7,
            "base": {"sha": BASE, "ref": "main", "repo": REPOSITORY},
            "head": {"sha": HEAD, "ref": "x", "repo": head_repo},
        },
    }


def read(event: str, payload: dict[str, Any], **environ: str) -> GitHubContext:
    return read_bytes(event, json.dumps(payload).encode(), **environ)


def read_bytes(event: str, payload: bytes, **environ: str) -> GitHubContext:
    return read_event({**ENVIRON, "GITHUB_EVENT_NAME": event, **environ}, payload)


def test_pull_request() -> None:
    context = read("pull_request", pull())
    assert context == GitHubContext(
        event="pull_request",
        repository="acme/shop",
        server_url="https://git.acme.example",
        api_url="https://git.acme.example/api/v3",
        graphql_url="https://git.acme.example/api/graphql",
        run_url="https://git.acme.example/acme/shop/actions/runs/42",
        pull_request=7,
        base_sha=BASE,
        base_ref="main",
        head_sha=HEAD,
        default_branch="trunk",
    )


@pytest.mark.parametrize(
    ("event", "owner", "is_fork", "can_write", "replay_allowed"),
    [
        ("pull_request", "acme/shop", False, True, True),
        ("pull_request", "ACME/Shop", False, True, True),
        ("pull_request", "mallory/shop", True, False, True),
        ("pull_request", None, True, False, True),
        ("pull_request_target", "acme/shop", False, True, True),
        ("pull_request_target", "mallory/shop", True, True, False),
        ("pull_request_target", None, True, True, False),
    ],
)
def test_forks(
    event: str, owner: str | None, is_fork: bool, can_write: bool, replay_allowed: bool
) -> None:
    context = read(event, pull(owner))
    assert (context.is_fork, context.can_write) == (is_fork, can_write)
    assert context.replay_allowed is replay_allowed


def test_dependabot_reads_only() -> None:
    assert not read("pull_request", pull(), GITHUB_ACTOR="dependabot[bot]").can_write


def test_merge_group() -> None:
    group = {"base_sha": BASE, "head_sha": HEAD, "base_ref": "refs/heads/main"}
    context = read("merge_group", {"merge_group": group, "repository": REPOSITORY})
    assert (context.base_sha, context.base_ref, context.head_sha) == (BASE, "main", HEAD)
    assert context.pull_request is None


@pytest.mark.parametrize(
    ("before", "base", "ref"), [(BASE, BASE, None), (ZERO, None, "trunk"), (None, None, "trunk")]
)
def test_push(before: str | None, base: str | None, ref: str | None) -> None:
    payload = {"before": before, "after": HEAD, "repository": REPOSITORY}
    context = read("push", payload)
    assert (context.base_sha, context.base_ref, context.head_sha) == (base, ref, HEAD)


@pytest.mark.parametrize(
    ("event", "inputs", "ref"),
    [
        ("workflow_dispatch", {"base": "release"}, "release"),
        ("workflow_dispatch", {"base": ""}, None),
        ("workflow_dispatch", None, None),
        ("schedule", None, None),
    ],
)
def test_events_without_a_change(event: str, inputs: dict[str, str] | None, ref: str) -> None:
    context = read(event, {"repository": REPOSITORY, "inputs": inputs})
    assert (context.base_sha, context.base_ref, context.head_sha) == (None, "trunk", MERGE)
    assert context.asked_base == ref
    assert context.replay_allowed


@pytest.mark.parametrize(
    ("owner", "sha", "number", "replay_allowed"),
    [
        ("acme/shop", HEAD, 7, True),
        ("acme/shop", BASE, None, True),
        ("mallory/shop", HEAD, 7, False),
        (None, HEAD, 7, False),
    ],
)
def test_workflow_run(
    owner: str | None, sha: str, number: int | None, replay_allowed: bool
) -> None:
    run = {
        "head_sha": HEAD,
        "head_repository": None if owner is None else {"full_name": owner},
        "pull_requests": [{"number": 7, "head": {"sha": sha}, "base": {"sha": BASE}}],
    }
    context = read("workflow_run", {"workflow_run": run, "repository": REPOSITORY})
    assert (context.pull_request, context.head_sha) == (number, HEAD)
    assert context.replay_allowed is replay_allowed


def test_code_of_unknown_origin_is_not_replayed_with_our_rights() -> None:
    context = read("issue_comment", {"issue": {"number": 7}, "repository": REPOSITORY})
    assert not context.replay_allowed


@pytest.mark.parametrize(
    ("event", "payload", "environ"),
    [
        ("pull_request", {}, {}),
        ("pull_request", {"pull_request": {"number": "7"}}, {}),
        ("pull_request_target", {"pull_request": None}, {}),
        ("push", {"before": "--upload-pack=x", "after": HEAD}, {}),
        ("push", {"after": 7}, {}),
        ("push", {}, {"GITHUB_SHA": "HEAD"}),
        ("push", {}, {"GITHUB_REPOSITORY": "acme"}),
        ("push", {}, {"GITHUB_REPOSITORY": "../x/y"}),
        ("push", {}, {"GITHUB_API_URL": ""}),
        ("push", {}, {"GITHUB_API_URL": "file:///etc/passwd"}),
        ("push", {}, {"GITHUB_API_URL": "https://u:p@host"}),
        ("", {}, {}),
    ],
)
def test_what_github_does_not_write_is_refused(
    event: str, payload: dict[str, Any], environ: dict[str, str]
) -> None:
    with pytest.raises(InputError):
        read(event, payload, **environ)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"ref": "\xff"}',
        b'{"ref": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"x": ' + b"[" * 100_000,
    ],
    ids=range(7),
)
def test_a_file_that_is_no_event(payload: bytes) -> None:
    with pytest.raises(InputError, match="is not what GitHub writes"):
        read_bytes("push", payload)
