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


class OtherRun(Struct, frozen=True):
    """The run of a workflow that ended, and where its code comes from: ``owner`` and ``branch``
    are None where the fork is gone. ``could_write`` as the context's ``can_write``, of that run."""

    event: str
    could_write: bool
    url: str | None = None
    owner: str | None = None
    branch: str | None = None


class GitHubContext(Struct, frozen=True):
    """Where and for whom the check runs.

    ``base_sha`` and ``base_ref`` say what to compare with, where the event tells. ``is_fork``
    is True where the code comes from another repository, or where an event with the rights of
    this one does not tell. ``can_write`` is a guess from GitHub's rules: the token of a fork's
    or of Dependabot's pull request only reads. ``replay_allowed`` is False where a replay would
    run a stranger's SQL with the rights of this repository; ``is_privileged`` that the event has
    these rights, and that what is checked out by default is not what the event is about.

    ``asked_base`` is what somebody typed who started the workflow by hand. ``exact_base`` says that
    the work is compared with the base itself, which it does not descend from: a branch that others
    deploy from was pushed by force. ``author`` is the pull request's, ``run`` the other run that
    this one follows.
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
    is_privileged: bool = False
    asked_base: str | None = None
    exact_base: bool = False
    author: str | None = None
    run: OtherRun | None = None


class _User(Struct):
    login: str


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
    user: _User | None = None


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
    id: int = 0
    event: str = ""
    head_branch: str | None = None
    actor: _User | None = None
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
    ref: str | None = None
    forced: bool = False
    inputs: dict[str, Any] | None = None


def read_event(environ: Mapping[str, str], payload: bytes) -> GitHubContext:
    """The context of this run; ``payload`` is the content of the file GITHUB_EVENT_PATH.

    Raises InputError where a variable or a part of the payload is missing or malformed.
    """
    event = _variable(environ, "GITHUB_EVENT_NAME")
    try:
        read = msgspec.json.decode(payload, type=_Payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
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
        is_privileged=event in _PRIVILEGED,
    )
    context = _of_event(context, read, environ.get("GITHUB_ACTOR", ""))
    for sha in (context.base_sha, context.head_sha):
        if sha is not None and not _SHA.fullmatch(sha):
            raise InputError(f"The event file of {event!r} names {sha!r}, which is not a commit.")
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
        return _of_push(context, read)
    if context.event == "workflow_run" and read.workflow_run is not None:
        return _of_workflow_run(context, read.workflow_run)
    asked = (read.inputs or {}).get("base")
    return msgspec.structs.replace(
        context,
        asked_base=(asked.strip() or None) if isinstance(asked, str) else None,
        base_ref=context.default_branch,
        is_fork=context.is_privileged,
        replay_allowed=not context.is_privileged,
    )


def _of_push(context: GitHubContext, read: _Payload) -> GitHubContext:
    """What was there before is the base. A branch of work that was rebased is compared with where
    it leaves the default branch: all that came from there was reviewed there."""
    before = _not_zero(read.before)
    is_default = _branch(read.ref) == context.default_branch
    if read.forced and not is_default:
        before = None
    return msgspec.structs.replace(
        context,
        base_sha=before,
        base_ref=context.default_branch if before is None else None,
        head_sha=_not_zero(read.after) or context.head_sha,
        exact_base=read.forced and is_default,
    )


def _of_pull_request(context: GitHubContext, pull: _PullRequest, actor: str) -> GitHubContext:
    is_fork = _is_foreign(pull.head.repo, context.repository)
    privileged = context.is_privileged
    return msgspec.structs.replace(
        context,
        pull_request=pull.number,
        base_sha=pull.base.sha,
        base_ref=pull.base.ref,
        head_sha=pull.head.sha,
        author=None if pull.user is None else pull.user.login,
        is_fork=is_fork,
        can_write=privileged or not (is_fork or actor == _DEPENDABOT),
        replay_allowed=not (privileged and is_fork),
    )


def _of_workflow_run(context: GitHubContext, run: _WorkflowRun) -> GitHubContext:
    """GitHub names the pull requests of a run only where they are of the same repository."""
    is_fork = _is_foreign(run.head_repository, context.repository)
    pulls = [pull for pull in run.pull_requests if pull.head.sha == run.head_sha]
    one = pulls[0] if len(pulls) == 1 else None
    origin = run.head_repository
    url = f"{context.server_url}/{context.repository}/actions/runs/{run.id}"
    return msgspec.structs.replace(
        context,
        pull_request=None if one is None else one.number,
        base_sha=None if one is None else one.base.sha,
        base_ref=context.default_branch,
        head_sha=run.head_sha,
        is_fork=is_fork,
        replay_allowed=not is_fork,
        run=OtherRun(
            event=run.event,
            could_write=not (is_fork or (run.actor is not None and run.actor.login == _DEPENDABOT)),
            url=url if run.id > 0 else None,
            owner=origin.full_name.partition("/")[0] if origin is not None else None,
            branch=run.head_branch,
        ),
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
