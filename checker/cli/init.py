"""The commands that set the checker up in a repository, and run it as a GitHub Action."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from checker.cli import options
from checker.cli.exits import guarded


@click.command()
@options.path
@click.option(
    "--action",
    metavar="OWNER/REPO@REF",
    help="Your organisation's name of the action, best pinned by commit.",
)
@click.option(
    "--service-postgres",
    metavar="VERSION",
    help="Replay on this PostgreSQL in a service container: a version or an image.",
)
@click.option(
    "--forks",
    is_flag=True,
    help="Also comment on pull requests from forks; writes a second workflow.",
)
@guarded
def init(path: Path, action: str | None, service_postgres: str | None, *, forks: bool) -> None:
    """Write a workflow and a configuration for the repository of PATH.

    Keeps files that already exist.
    """
    from checker.commands.init import ACTION, Wanted, initialise
    from checker.report.safe import terminal

    wanted = Wanted(action or ACTION, service_postgres, forks)
    done = initialise(path, wanted)
    for project in done.projects:
        click.echo(terminal(f"found {project.schema} with {project.migrations}"))
    for file in done.files:
        click.echo(
            f"wrote {file.path}" if file.written else f"kept  {file.path}, which already exists"
        )
    if action is None and any(file.written for file in done.files):
        click.echo(f"Replace {ACTION} with the action's own name, or pass it as --action.")
    if any(file.written for file in done.files):
        click.echo("Commit the files: from then on every pull request gets a report.")


@click.command(hidden=True)
@guarded
def action() -> None:
    """Run as a GitHub Action: inputs, comment, summary, annotations and outputs."""
    from checker.github.action import run_action

    sys.exit(run_action(os.environ, sys.stdout))
