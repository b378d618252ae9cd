"""The run as a GitHub Action: inputs in; comment, summary, annotations and outputs out.

The verdict and the exit code never depend on whether anything could be published.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO, get_args

from msgspec.structs import replace

from checker.discover.base import BaseTree
from checker.errors import CannotWorkError, InputError
from checker.github.base import api_base
from checker.github.client import GitHubClient
from checker.github.comment import Outcome, marker, publish
from checker.github.event import GitHubContext, read_event
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
from checker.pipeline import check
from checker.report import annotations as annotating
from checker.report.json import to_json
from checker.report.links import Links
from checker.report.markdown import render_markdown
from checker.report.safe import log_data
from checker.report.text import render_text
from checker.workspace import Request

REPORT_FILE = "migration-checker-report.json"


def run_action(environ: Mapping[str, str], log: TextIO) -> int:
    """Check the workspace and publish the result. The exit code is 1 for findings, else 0.

    Raises InputError and CannotWorkError as ``pipeline.check`` does.
    """
    context = read_event(environ, _payload(environ))
    workspace = Path(environ.get("GITHUB_WORKSPACE", "."))
    token = read_input(environ, "github-token")
    with ExitStack() as stack:
        client = stack.enter_context(_client(context, token)) if token else None
        report = check(_request(environ, context, workspace, client))
        # The checkout is GitHub's test merge, a commit that nobody knows.
        report = replace(report, head=context.head_sha or report.head)
        with stop_commands(log):
            log.write(render_text(report, color=False, width=100))
        for command in annotating.annotations(report):
            log.write(command + "\n")
        _publish(report, environ, context, client, log)
    return 1 if report.verdict == "fail" else 0


def _payload(environ: Mapping[str, str]) -> dict[str, object]:
    path = environ.get("GITHUB_EVENT_PATH")
    if not path:
        raise InputError("GITHUB_EVENT_PATH is not set: this command runs inside GitHub Actions")
    try:
        payload = json.loads(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"The event file {path} cannot be read: {error}") from None
    if not isinstance(payload, dict):
        raise InputError(f"The event file {path} holds no event")
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
) -> Request:
    def other_base(root: Path) -> BaseTree | None:
        try:
            return api_base(client, context, root) if client else None
        except GitHubError:
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
    return Request(
        path=workspace / (read_input(environ, "path") or "."),
        base=read_input(environ, "base"),
        event_base=context.base_sha,
        event_head=context.head_sha,
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
    log: TextIO,
) -> None:
    links = Links(context.server_url, context.repository, report.head or "", context.run_url)

    def summary() -> None:
        if path := environ.get("GITHUB_STEP_SUMMARY"):
            page = render_markdown(report, marker=None, links=links, limit=SUMMARY_LIMIT)
            write_summary(Path(path), page)

    def outputs() -> None:
        if path := environ.get("GITHUB_OUTPUT"):
            write_outputs(Path(path), _outputs(report, environ))

    def comment() -> None:
        if client is not None and read_boolean(environ, "comment", default=True):
            _comment(report, environ, context, client, links, log)

    for publication in (summary, outputs, comment):  # what fails does not keep the others back
        try:
            publication()
        except CannotWorkError as error:
            log.write(f"::warning title=Prisma Migration Checker::{log_data(str(error))}\n")


def _outputs(report: Report, environ: Mapping[str, str]) -> dict[str, str]:
    """The outputs of the action; the report itself is a file, for it may be long."""
    file = Path(environ.get("GITHUB_WORKSPACE", ".")) / REPORT_FILE
    try:
        file.unlink(missing_ok=True)  # it may be a link that the repository holds
        with file.open("xb") as output:
            output.write(to_json(report))
    except OSError as error:
        raise CannotWorkError(f"The report {file} cannot be written: {error.strerror}") from None
    return {
        "verdict": report.verdict,
        "errors": str(report.count("error")),
        "warnings": str(report.count("warning")),
        "report": REPORT_FILE,
    }


def _comment(
    report: Report,
    environ: Mapping[str, str],
    context: GitHubContext,
    client: GitHubClient,
    links: Links,
    log: TextIO,
) -> None:
    mark = marker(read_input(environ, "comment-id") or read_input(environ, "path") or ".")
    body = render_markdown(report, marker=mark, links=links)
    clear = report.verdict == "pass" and not any(
        project.changed or project.findings for project in report.projects
    )
    outcome = publish(client, context, body, marker=mark, clear=clear)
    if outcome is Outcome.READ_ONLY:
        log.write(
            "::notice title=Prisma Migration Checker::This pull request's token may only read, so "
            "that no comment was posted; the report is in the job summary.\n"
        )
