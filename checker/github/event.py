"""The event that runs us: from the runner's variables and event file to a plain value.

Source: GitHub's documentation of events that trigger workflows and of webhook payloads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from checker.errors import InputError

_PRIVILEGED = ("pull_request_target", "workflow_run", "issue_comment")
_DEPENDABOT = "dependabot[bot]"
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


class GitHubContext(Struct, frozen=True):
    """Where and for whom the check runs.

    ``base_sha`` and ``base_ref`` say what to compare with, where the event tells. ``is_fork``
    is True where the code comes from another repository, or where an event with the rights of
    this one does not tell. ``can_write`` is a guess from GitHub's rules: the token of a fork's
    or of Dependabot's pull request only reads. ``replay_allowed`` is False where a replay would
    run a stranger's SQL with the rights of this repository.
    """

    event: str
    repository: str
    server_url: str
    api_url: str
    graphql_url: str
    run_url: str | None = None
    pull_request: int | None = None
    base_sha: str | None = None
    base_ref: str | None = None
    head_sha: str | None = None
    is_fork: bool = False
    can_write: bool = True
    replay_allowed: bool = True
    default_branch: str | None = None


class _Repository(Struct):
    full_name: str = ""
    default_branch: str | None = None


class _Side(Struct):
    sha: str
    ref: str
    repo: _Repository | None = None


class _PullRequest(Struct):
    number: int
    base: _Side
    head: _Side


class _MergeGroup(Struct):
    base_sha: str
    head_sha: str
    base_ref: str | None = None


class _RunHead(Struct):
    sha: str


class _RunPullRequest(Struct):
    number: int
    head: _RunHead
    base: _RunHead


class _WorkflowRun(Struct):
    head_sha: str
    head_repository: _Repository | None = None
    pull_requests: list[_RunPullRequest] = []


class _Payload(Struct):
    """The parts of an event file that are read; which are there depends on the event."""

    repository: _Repository | None = None
    pull_request: _PullRequest | None = None
    merge_group: _MergeGroup | None = None
    workflow_run: _WorkflowRun | None = None
    before: str | None = None
    after: str | None = None
    inputs: dict[str, Any] | None = None


def read_event(environ: Mapping[str, str], payload: dict[str, Any]) -> GitHubContext:
    """The context of this run; ``payload`` is the content of the file GITHUB_EVENT_PATH.

    Raises InputError where a variable or a part of the payload is missing or malformed.
    """
    event = _variable(environ, "GITHUB_EVENT_NAME")
    try:
        read = msgspec.convert(payload, _Payload)
    except msgspec.ValidationError as error:
        raise InputError(
            f"The event file of {event!r} is not what GitHub writes ({error}): "
            "check GITHUB_EVENT_PATH."
        ) from None
    repository = _variable(environ, "GITHUB_REPOSITORY")
    if not _REPOSITORY.fullmatch(repository):
        raise InputError(f"GITHUB_REPOSITORY is {repository!r}: it must be owner/name.")
    server = _url(environ, "GITHUB_SERVER_URL")
    run = environ.get("GITHUB_RUN_ID", "")
    default = read.repository.default_branch if read.repository is not None else None
    context = GitHubContext(
        event=event,
        repository=repository,
        server_url=server,
        api_url=_url(environ, "GITHUB_API_URL"),
        graphql_url=_url(environ, "GITHUB_GRAPHQL_URL"),
        run_url=f"{server}/{repository}/actions/runs/{run}" if run.isdecimal() else None,
        head_sha=environ.get("GITHUB_SHA") or None,
        default_branch=default,
    )
    context = _of_event(context, read, environ.get("GITHUB_ACTOR", ""))
    for sha in (context.base_sha, context.head_sha):
        if sha is not None and not _SHA.fullmatch(sha):
            raise InputError(f"The event file of {event!r} names {sha!r}, which is no commit.")
    return context


def _of_event(context: GitHubContext, read: _Payload, actor: str) -> GitHubContext:
    if context.event in ("pull_request", "pull_request_target") and read.pull_request is None:
        raise InputError(
            f"The event file of {context.event!r} has no pull_request: check GITHUB_EVENT_PATH."
        )
    if read.pull_request is not None:
        return _of_pull_request(context, read.pull_request, actor)
    if context.event == "merge_group" and read.merge_group is not None:
        return msgspec.structs.replace(
            context,
            base_sha=read.merge_group.base_sha,
            base_ref=_branch(read.merge_group.base_ref),
            head_sha=read.merge_group.head_sha,
        )
    if context.event == "push":
        before = _not_zero(read.before)
        return msgspec.structs.replace(
            context,
            base_sha=before,
            base_ref=context.default_branch if before is None else None,
            head_sha=_not_zero(read.after) or context.head_sha,
        )
    if context.event == "workflow_run" and read.workflow_run is not None:
        return _of_workflow_run(context, read.workflow_run)
    asked = (read.inputs or {}).get("base")
    return msgspec.structs.replace(
        context,
        base_ref=asked if isinstance(asked, str) and asked else context.default_branch,
        is_fork=context.event in _PRIVILEGED,
        replay_allowed=context.event not in _PRIVILEGED,
    )


def _of_pull_request(context: GitHubContext, pull: _PullRequest, actor: str) -> GitHubContext:
    is_fork = _is_foreign(pull.head.repo, context.repository)
    privileged = context.event in _PRIVILEGED
    return msgspec.structs.replace(
        context,
        pull_request=pull.number,
        base_sha=pull.base.sha,
        base_ref=pull.base.ref,
        head_sha=pull.head.sha,
        is_fork=is_fork,
        can_write=privileged or not (is_fork or actor == _DEPENDABOT),
        replay_allowed=not (privileged and is_fork),
    )


def _of_workflow_run(context: GitHubContext, run: _WorkflowRun) -> GitHubContext:
    """GitHub names the pull requests of a run only where they are of the same repository."""
    is_fork = _is_foreign(run.head_repository, context.repository)
    pulls = [pull for pull in run.pull_requests if pull.head.sha == run.head_sha]
    one = pulls[0] if len(pulls) == 1 else None
    return msgspec.structs.replace(
        context,
        pull_request=None if one is None else one.number,
        base_sha=None if one is None else one.base.sha,
        base_ref=context.default_branch,
        head_sha=run.head_sha,
        is_fork=is_fork,
        replay_allowed=not is_fork,
    )


def _is_foreign(head: _Repository | None, repository: str) -> bool:
    """A head without a repository is that of a deleted fork."""
    return head is None or head.full_name.casefold() != repository.casefold()


def _not_zero(sha: str | None) -> str | None:
    """A push names a commit of zeros for a branch that was or is not there."""
    return sha if sha and sha.strip("0") else None


def _branch(ref: str | None) -> str | None:
    return None if ref is None else ref.removeprefix("refs/heads/")


def _variable(environ: Mapping[str, str], name: str) -> str:
    if value := environ.get(name):
        return value
    raise InputError(f"{name} is not set: it comes from the runner of GitHub Actions.")


def _url(environ: Mapping[str, str], name: str) -> str:
    value = _variable(environ, name).rstrip("/")
    if not re.fullmatch(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?", value):
        raise InputError(f"{name} is {value!r}: it must be an http or https address.")
    return value
