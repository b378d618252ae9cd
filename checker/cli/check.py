"""The commands that check migrations, and the one that renders a report again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from checker.bounds import JSON_BYTES
from checker.cli import options
from checker.cli.exits import exit_by_verdict, guarded
from checker.cli.output import deliver, show_progress
from checker.errors import InputError
from checker.model import Severity


@click.command()
@options.path
@click.option("--base", metavar="REF", help="The commit or branch to compare with.")
@click.option("--all", "all_new", is_flag=True, help="Check each migration as new, by itself.")
@click.option(
    "--last",
    type=click.IntRange(min=1),
    metavar="N",
    help="Check the newest N migrations as one pull request.",
)
@options.form
@options.output
@options.fail_on
@click.option("--no-replay", is_flag=True, help="Only read; start no server.")
@options.server_bin
@options.server_url
@options.prisma
@options.config
@click.option(
    "--database-url-env",
    "variable",
    metavar="NAME",
    help="Also compare the database whose URL is in this environment variable.",
)
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@guarded
def check(
    path: Path,
    base: str | None,
    all_new: bool,
    last: int | None,
    form: str,
    output: Path | None,
    fail_on: Severity | None,
    no_replay: bool,
    server_bin: Path | None,
    server_url: str | None,
    prisma_version: str | None,
    config: Path | None,
    variable: str | None,
    quiet: bool,
) -> None:
    """Check the new migrations below PATH, and replay the whole history."""
    from checker.commands.check import check as run_check
    from checker.workspace import Request, open_workspace

    if server_bin and server_url:
        raise InputError("--server-bin and --server-url exclude each other: give only one.")
    if all_new and last:
        raise InputError("--all and --last exclude each other: give only one.")
    target = options.target_in(variable) if variable else None
    with show_progress(quiet=quiet) as progress:
        request = Request(
            path=path,
            base=base,
            all_new=all_new,
            last=last,
            untrusted="CI" in os.environ,
            fail_on=fail_on,
            no_replay="--no-replay was given" if no_replay else None,
            server_bin=server_bin,
            server_url=server_url,
            prisma_version=prisma_version,
            config=config,
            deployed=target,
            progress=progress,
        )
        report = run_check(open_workspace(request), request)
    deliver(report, form, output)
    exit_by_verdict(report)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=False))
@options.form
@options.output
@options.fail_on
@options.prisma
@options.config
@guarded
def lint(
    files: tuple[Path, ...],
    form: str,
    output: Path | None,
    fail_on: Severity | None,
    prisma_version: str | None,
    config: Path | None,
) -> None:
    """Check migration FILES without a server, on the schema of the migrations before them."""
    from checker.commands.lint import lint as run_lint

    report = run_lint(files, fail_on=fail_on, prisma_version=prisma_version, config_file=config)
    deliver(report, form, output)
    exit_by_verdict(report)


@click.command()
@click.argument("report", type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(options.FORMATS), default="markdown", show_default=True
)
@options.output
@click.option(
    "--publish",
    is_flag=True,
    help="Comment on the pull request instead, in a workflow that runs on workflow_run.",
)
@guarded
def render(report: Path, form: str, output: Path | None, publish: bool) -> None:
    """Render a REPORT that `check --format json` wrote."""
    from checker.report.json import from_json

    if publish:
        from checker.github.action import publish_other

        publish_other(report, os.environ, sys.stdout)
        return
    try:
        with report.open("rb") as file:
            data = file.read(JSON_BYTES + 1)
    except OSError as error:
        raise InputError(f"{report} cannot be read: {error.strerror}") from None
    deliver(from_json(data), form, output)
