"""The run as a GitHub Action: inputs in; comment, summary, annotations and outputs out.

The verdict and the exit code never depend on whether anything could be published.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Literal, TextIO, get_args

from msgspec.structs import replace

from checker.bounds import JSON_BYTES
from checker.commands.check import check
from checker.discover.base import BaseTree
from checker.discover.files import read_bytes
from checker.errors import CannotWorkError, InputError
from checker.github.acknowledge import acknowledge, read_consent
from checker.github.base import api_base, find_commit, is_other_code
from checker.github.client import GitHubClient
from checker.github.comment import Outcome
from checker.github.event import GitHubContext, read_event
from checker.github.publishing import post_comment, publish_report
from checker.github.review import suggest, suggestions
from checker.github.runner import (
    SUMMARY_LIMIT,
    read_boolean,
    read_input,
    stop_commands,
    write_outputs,
    write_summary,
)
from checker.github.transport import GitHubError
from checker.model import Report, Severity
from checker.pg.url import parse_url
from checker.report import annotations as annotating
from checker.report.json import to_json
from checker.report.links import Links
from checker.report.markdown import render_markdown
from checker.report.safe import log_data
from checker.report.sarif import to_sarif
from checker.report.text import render_text
from checker.workspace import Request, open_workspace

REPORT_FILE = "migration-checker-report.json"
SARIF_FILE = "migration-checker-report.sarif"

Message = tuple[Literal["notice", "warning"], str]
"""Our own messages in the run's log."""

_READ_ONLY = (
    "This pull request's token is read-only, so no comment was posted; the report is in the "
    "job summary. A workflow that follows this one can post it: see the recipe for forks."
)

_OUTRUN = (
    "The pull request has a newer commit: its run writes the comment, and this one's report is in "
    "the job summary."
)


def run_action(environ: Mapping[str, str], log: TextIO) -> int:
    """Check the workspace and publish the result. The exit code is 1 for findings, else 0.

    With the input ``publish`` nothing is checked: the report of another run is published.
    Raises InputError and CannotWorkError as ``check`` does.
    """
    context = read_event(environ, _payload(environ))
    workspace = Path(environ.get("GITHUB_WORKSPACE", "."))
    token = read_input(environ, "github-token")
    with ExitStack() as stack:
        client = stack.enter_context(_client(context, token)) if token else None
        if file := read_input(environ, "publish"):
            publish_report(workspace / file, environ, context, client, log)
            return 0
        if is_other_code(context, workspace):
            raise InputError(
                f"The workspace is not the code that this {context.event} is about "
                f"({(context.head_sha or '')[:10]}): check out that commit, or run on pull_request."
            )
        report, messages, suggests = _judge(environ, context, workspace, client)
        with stop_commands(log):
            log.write(render_text(report, color=False, width=100))
        messages += _publish(report, environ, context, client, suggests=suggests)
        for severity, said in messages:
            log.write(f"::{severity} title=Prisma Migration Checker::{log_data(said)}\n")
        # GitHub shows ten of a step and severity, the first that are printed.
        for command in annotating.annotations(report, limit=9 - len(messages)):
            log.write(command + "\n")
    return 1 if report.verdict == "fail" else 0


def publish_other(file: Path, environ: Mapping[str, str], log: TextIO) -> None:
    """Publish the report of another run: what the input ``publish`` does, from the command line.

    Raises InputError and GitHubError.
    """
    context = read_event(environ, _payload(environ))
    token = read_input(environ, "github-token") or environ.get("GITHUB_TOKEN")
    with ExitStack() as stack:
        client = stack.enter_context(_client(context, token)) if token else None
        publish_report(file, environ, context, client, log)


def _judge(
    environ: Mapping[str, str],
    context: GitHubContext,
    workspace: Path,
    client: GitHubClient | None,
) -> tuple[Report, list[Message], bool]:
    """The report under the settings and the policy of the base, and whether to suggest fixes."""
    messages: list[Message] = []
    request = _request(environ, context, workspace, client, messages)
    url = read_input(environ, "database-url")
    if url:
        request = replace(request, deployed=parse_url(url, "the input database-url"))
    opened = open_workspace(request)
    written = opened.config.fail_on
    if opened.base is not None and request.fail_on is None:
        trusted = opened.trusted
        settings = replace(opened.config, fail_on=trusted.fail_on, unverified=trusted.unverified)
        opened = replace(opened, config=settings)
    suggests = read_boolean(environ, "suggestions", default=opened.config.suggestions)
    suggests = suggests and client is not None and context.pull_request is not None
    report = check(opened, replace(request, replacements=suggests and context.can_write))
    # The checkout is GitHub's test merge, a commit that means nothing to people.
    report = replace(report, head=context.head_sha or report.head)
    if opened.base is not None:
        if written != opened.trusted.fail_on:
            note = "The fail_on of these settings takes effect once it is in the base."
            report = replace(report, notes=(*report.notes, note))
        consent = None
        try:
            if client is not None:
                consent = read_consent(client, context, report, opened.trusted)
        except GitHubError as error:
            messages.append(("warning", f"Acknowledgements could not be read: {error}"))
        report = acknowledge(report, opened.trusted, consent, opened.base.read)
    return report, messages, suggests


def _payload(environ: Mapping[str, str]) -> bytes:
    path = environ.get("GITHUB_EVENT_PATH")
    if not path:
        raise InputError("GITHUB_EVENT_PATH is not set: this command runs inside GitHub Actions")
    payload = read_bytes(Path(path), Path(path).parent, limit=JSON_BYTES)
    if payload is None:
        raise InputError(f"There is no event file {path}: check GITHUB_EVENT_PATH.")
    return payload


def _client(context: GitHubContext, token: str) -> GitHubClient:
    return GitHubClient(
        context.api_url, token, repository=context.repository, graphql_url=context.graphql_url
    )


def _request(
    environ: Mapping[str, str],
    context: GitHubContext,
    workspace: Path,
    client: GitHubClient | None,
    messages: list[Message],
) -> Request:
    @cache
    def other_base(root: Path) -> BaseTree | None:
        try:
            return api_base(client, context, root) if client else None
        except GitHubError as error:
            messages.append(("warning", f"The base could not be read from GitHub: {error}"))
            return None

    no_replay = None
    if not read_boolean(environ, "replay", default=True):
        no_replay = "the input replay is false"
    elif not context.replay_allowed:
        no_replay = (
            f"the code comes from a fork, and {context.event} has the rights of this repository"
        )
    config = read_input(environ, "config")
    server_bin = environ.get("MIGRATION_CHECKER_SERVER_BIN")
    base = read_input(environ, "base") or context.asked_base
    # A name that only GitHub knows is the commit that it means there.
    commit = find_commit(client, workspace, base) if base else None
    if commit is not None:
        base, context = None, replace(context, base_sha=commit, pull_request=None)
    return Request(
        path=workspace / (read_input(environ, "path") or "."),
        base=base,
        event_base=context.base_sha,
        event_head=context.head_sha,
        exact_base=context.exact_base,
        other_base=other_base,
        all_new=read_boolean(environ, "all", default=False),
        untrusted=True,
        config=workspace / config if config else None,
        fail_on=_severity(read_input(environ, "fail-on")),
        prisma_version=read_input(environ, "prisma-version"),
        no_replay=no_replay,
        server_bin=Path(server_bin) if server_bin else None,
        server_url=read_input(environ, "server-url"),
    )


def _severity(said: str | None) -> Severity | None:
    if said is None:
        return None
    for severity in get_args(Severity):
        if said == severity:
            return severity  # type: ignore[no-any-return]
    raise InputError(f"The input fail-on is {said!r}: write error, warning or notice.")


def _publish(
    report: Report,
    environ: Mapping[str, str],
    context: GitHubContext,
    client: GitHubClient | None,
    *,
    suggests: bool,
) -> list[Message]:
    """Writes what can be written; a failure does not stop the rest, and is reported."""
    links = Links(context.server_url, context.repository, report.head or "", context.run_url)
    identifier = read_input(environ, "comment-id") or read_input(environ, "path") or "."

    def summary() -> Message | None:
        if path := environ.get("GITHUB_STEP_SUMMARY"):
            page = render_markdown(report, marker=None, links=links, limit=SUMMARY_LIMIT)
            write_summary(Path(path), page)
        return None

    def outputs() -> Message | None:
        if path := environ.get("GITHUB_OUTPUT"):
            write_outputs(Path(path), _outputs(report, environ))
        return None

    def comment() -> Message | None:
        if client is None or not read_boolean(environ, "comment", default=True):
            return None
        outcome = post_comment(report, client, context, identifier, links)
        return ("notice", _READ_ONLY) if outcome is Outcome.READ_ONLY else None

    def suggestion() -> Message | None:
        return _suggest(report, context, client, identifier) if client and suggests else None

    messages: list[Message] = []
    if client is not None and _is_outrun(client, context):
        client, messages = None, [("notice", _OUTRUN)]
    for publication in (summary, outputs, comment, suggestion):
        try:
            if said := publication():
                messages.append(said)
        except CannotWorkError as error:
            messages.append(("warning", str(error)))
    return messages


def _is_outrun(client: GitHubClient, context: GitHubContext) -> bool:
    """Whether the pull request has another head by now, whose own run has the last word."""
    if context.pull_request is None or not context.can_write:
        return False
    now = client.head_of(context.pull_request)
    return now is not None and now != context.head_sha


def _suggest(
    report: Report, context: GitHubContext, client: GitHubClient, identifier: str
) -> Message | None:
    done = suggest(client, context, suggestions(report, identifier), identifier)
    if not done.refused:
        return None
    return "notice", f"GitHub does not show the lines of {done.refused:,} of the suggestions."


def _outputs(report: Report, environ: Mapping[str, str]) -> dict[str, str]:
    """The outputs of the action; the report itself is a file, for it may be long."""
    workspace = Path(environ.get("GITHUB_WORKSPACE", "."))
    _write(workspace / REPORT_FILE, to_json(report))
    _write(workspace / SARIF_FILE, to_sarif(report))
    return {
        "verdict": report.verdict,
        "errors": str(report.count("error")),
        "warnings": str(report.count("warning")),
        "acknowledged": str(sum(len(project.acknowledged) for project in report.projects)),
        "report": REPORT_FILE,
        "report-path": REPORT_FILE,
        "sarif-path": SARIF_FILE,
    }


def _write(file: Path, data: bytes) -> None:
    try:
        file.unlink(missing_ok=True)  # it may be a link that the repository holds
        with file.open("xb") as output:
            output.write(data)
    except OSError as error:
        raise CannotWorkError(f"The report {file} cannot be written: {error.strerror}") from None
