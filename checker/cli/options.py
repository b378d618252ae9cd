"""The options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checker.errors import InputError

if TYPE_CHECKING:  # psycopg is slow to import, and most commands need no database
    from checker.pg.url import Target

FORMATS = ("text", "json", "markdown", "sarif", "gitlab", "junit")

path = click.argument("path", type=click.Path(path_type=Path), default=".")
form = click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True
)
output = click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file."
)
fail_on = click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "notice"]),
    help="The lowest severity that makes the exit code 1 (default: error).",
)
config = click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="The configuration file."
)
prisma = click.option(
    "--prisma-version", metavar="X.Y.Z", help="Instead of the version that the project names."
)
server_bin = click.option(
    "--server-bin",
    type=click.Path(path_type=Path, file_okay=False),
    help="The directory of PostgreSQL's programs.",
)
server_url = click.option(
    "--server-url", metavar="URL", help="Use a running server, in a database of its own."
)


def target_in(variable: str) -> Target:
    """The database whose URL an environment variable holds. Raises InputError without one."""
    from checker.pg.url import parse_url

    url = os.environ.get(variable)
    if not url:
        raise InputError(f"The environment variable {variable} holds no database URL")
    return parse_url(url, variable)
