"""The report of another run as a comment: of a fork's, whose own token may only read.

That run's artefact is a stranger's word. It is read as data of the report's form, its rules have
to be ours, and everything that can be known otherwise is taken from there: the pull request and
its head from GitHub, the verdict from the findings, the settings from the base.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import TextIO

from msgspec import Struct
from msgspec.structs import replace

from checker import __version__
from checker.bounds import JSON_BYTES
from checker.config import FILE_NAME, Config, parse_bytes
from checker.discover.files import read_bytes
from checker.errors import InputError
from checker.github.acknowledge import acknowledge, read_consent
from checker.github.client import GitHubClient
from checker.github.comment import Outcome, marker, publish
from checker.github.event import GitHubContext
from checker.github.runner import read_input
from checker.github.transport import GitHubError
from checker.model import Finding, ProjectReport, Report, Tool
from checker.report.json import from_json
from checker.report.links import Links
from checker.report.markdown import COMMENT_LIMIT, render_markdown
from checker.report.safe import log_data
from checker.rules import find_rule
from checker.verdict.report import verdict_of

_SHORT = 10_000
"""Bytes of a comment that is posted where GitHub refuses one of the usual length."""

_TOOL = "prisma-migration-checker"
_OF_REPLAY = "replay"
_NOTE = (
    "From the report of the pull request's own run, which is read-only here: its code could have "
    "changed what it says."
)


class _User(Struct):
    login: str


class _Side(Struct):
    sha: str
    ref: str


class _Pull(Struct):
    number: int
    state: str
    head: _Side
    base: _Side
    user: _User | None = None


def publish_report(
    file: Path,
    environ: Mapping[str, str],
    context: GitHubContext,
    client: GitHubClient | None,
    log: TextIO,
) -> None:
    """Posts a report that another run wrote, in the workflow that follows that run.

    Raises InputError for a file that is no report of ours or of another commit, for another event
    and without a token, and GitHubError.
    """
    run = context.run
    if context.event != "workflow_run" or run is None:
        raise InputError("A report is published by a workflow that runs on `workflow_run`.")
    if client is None:
        raise InputError("The token is missing: without it no report can be published.")
    report = read_report(file)
    if run.could_write:
        _tell(log, "That run could write its own comment: nothing to publish.")
        return
    if report.head != context.head_sha:
        raise InputError("The report is for a different commit than the run that it comes from.")
    pull = _find_pull(client, context)
    if pull is None:
        _tell(log, "No single open pull request has this commit as its head: nothing is published.")
        return
    context = replace(
        context,
        pull_request=pull.number,
        base_sha=pull.base.sha,
        author=None if pull.user is None else pull.user.login,
    )
    report = _settled(report, client, context, pull.base.sha)
    identifier = read_input(environ, "comment-id") or read_input(environ, "path") or "."
    links = Links(context.server_url, context.repository, context.head_sha or "", run.url)
    outcome = post_comment(report, client, context, identifier, links)
    if outcome is not Outcome.SILENT:
        _tell(log, f"The report is a comment on pull request {pull.number}.")


def post_comment(
    report: Report, client: GitHubClient, context: GitHubContext, identifier: str, links: Links
) -> Outcome:
    """Brings the comment of ``identifier`` to the report; a short one where GitHub takes no longer.

    Raises GitHubError.
    """
    mark = marker(identifier)

    def post(limit: int) -> Outcome:
        body = render_markdown(report, marker=mark, links=links, limit=limit)
        return publish(client, context, body, marker=mark, clear=is_silent(report))

    try:
        return post(COMMENT_LIMIT)
    except GitHubError as error:
        if error.status != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise
    return post(_SHORT)


def is_silent(report: Report) -> bool:
    """Whether a pull request needs no comment: no Prisma file has changed, and all is well."""
    return report.verdict == "pass" and not any(
        project.changed or project.findings for project in report.projects
    )


def read_report(file: Path) -> Report:
    """A stranger's report; every part of it is either checked or only shown.

    Raises InputError.
    """
    data = read_bytes(file, file.parent, limit=JSON_BYTES)
    if data is None:
        raise InputError(f"There is no report {file}")
    report = from_json(data)
    for project in report.projects:
        named = {each.rule for each in _findings(project)}
        named |= {each.rule for each in project.ignored}
        for rule in (named | {each.rule for each in project.cleared}) - {_OF_REPLAY}:
            find_rule(rule)
    return replace(
        report,
        tool=Tool(_TOOL, __version__),
        base=None,
        notes=(_NOTE,),
        projects=tuple(
            replace(project, findings=_findings(project), acknowledged=(), notes=())
            for project in report.projects
        ),
    )


def _findings(project: ProjectReport) -> tuple[Finding, ...]:
    """All findings, also those that the other run says somebody has accepted."""
    return (*project.findings, *(each.finding for each in project.acknowledged))


def _settled(report: Report, client: GitHubClient, context: GitHubContext, base: str) -> Report:
    """With the threshold and the policy of the base, and the verdict that follows."""
    data = client.content(FILE_NAME, base)
    config = Config() if data is None else parse_bytes(data, f"{FILE_NAME} of the base")
    report = replace(
        report,
        fail_on=config.fail_on,
        unverified=config.unverified,
        verdict=verdict_of(report.projects, config.fail_on, config.unverified),
    )
    consent = read_consent(client, context, report, config)
    return acknowledge(report, config, consent, lambda path: client.content(path, base))


def _find_pull(client: GitHubClient, context: GitHubContext) -> _Pull | None:
    """The one open pull request whose head is what the other run has checked.

    GitHub names it in the event only where it is none of a fork.
    """
    run, sha = context.run, context.head_sha or ""
    found: list[_Pull] = []
    if run is not None and run.owner and run.branch:
        head = {"state": "open", "head": f"{run.owner}:{run.branch}", "per_page": "100"}
        found = client.get(list[_Pull], "pulls", params=head)
    found = found or client.get(list[_Pull], "commits", sha, "pulls")
    fitting = [pull for pull in found if pull.state == "open" and pull.head.sha == sha]
    return fitting[0] if len(fitting) == 1 else None


def _tell(log: TextIO, said: str) -> None:
    log.write(f"::notice title=Prisma Migration Checker::{log_data(said)}\n")
