"""The commands that compare databases, histories and schemas: `drift` and `diff`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from checker.cli import options
from checker.cli.exits import like_prisma


@click.command()
@options.path
@options.server_bin
@options.server_url
@options.prisma
@options.config
@click.option("--script", is_flag=True, help="Print only the SQL that closes the gap.")
@like_prisma
def drift(
    path: Path,
    server_bin: Path | None,
    server_url: str | None,
    prisma_version: str | None,
    config: Path | None,
    script: bool,
) -> None:
    """Compare schema.prisma with the outcome of the migrations below PATH.

    Exit codes: 0 no drift, 2 drift, 1 it could not be compared.
    """
    from checker.commands.drift import drifts
    from checker.report.text import render_drift
    from checker.workspace import Request, open_workspace

    request = Request(
        path,
        untrusted="CI" in os.environ,
        server_bin=server_bin,
        server_url=server_url,
        prisma_version=prisma_version,
        config=config,
    )
    found = drifts(open_workspace(request), request)
    for schema, drifted in found.items():
        click.echo(render_drift(schema, drifted, script=script), nl=False)
    states = {each.status for each in found.values()}
    sys.exit(2 if "drift" in states else 1 if "not_verified" in states else 0)


@click.command()
@click.option("--from", "start", metavar="X", required=True, help="The side to start from.")
@click.option("--to", "end", metavar="Y", required=True, help="The side to arrive at.")
@click.option("--script", is_flag=True, help="Print the SQL that turns X into Y.")
@options.server_bin
@options.server_url
@options.prisma
@like_prisma
def diff(
    start: str,
    end: str,
    script: bool,
    server_bin: Path | None,
    server_url: str | None,
    prisma_version: str | None,
) -> None:
    """Show what differs between X and Y, as Prisma sees it.

    X and Y are a schema (a file or a folder), a folder of migrations, a postgresql:// URL or
    `empty`. Exit codes: 0 no difference, 2 a difference, 1 it could not be compared.
    """
    from checker.commands.diff import compare, version_of
    from checker.model.sentences import difference_words
    from checker.report.safe import terminal

    version = version_of(prisma_version)
    found = compare(start, end, version, server_bin=server_bin, server_url=server_url)
    if script:
        click.echo(terminal(found.script), nl=False)
    else:
        for change in found.changes:
            click.echo(terminal(difference_words(change, found.sides)))
        if not found.changes:
            click.echo("No difference.")
    sys.exit(2 if found.changes else 0)
