"""The commands that read a deployed database."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from checker.cli import options
from checker.cli.exits import EXIT_CANNOT_WORK, EXIT_FINDINGS, guarded
from checker.errors import InputError


@click.command()
@click.argument("unwanted", nargs=-1, metavar="")
@click.option("--database-url", metavar="URL", envvar="DATABASE_URL", help="Default: DATABASE_URL.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Default: .migration-checker-stats.json",
)
@guarded
def stats(unwanted: tuple[str, ...], database_url: str | None, output: Path | None) -> None:
    """Write the sizes of a deployed database's tables to a file that you can commit.

    Reads only counts and sizes, in a read-only transaction.
    """
    from checker.live.sizes import read_sizes
    from checker.model.sizes import STATS_FILE

    if unwanted:  # it may be the URL, and is not repeated
        raise InputError("stats takes no argument: use --database-url or DATABASE_URL")
    if not database_url:
        raise InputError("stats needs --database-url, or DATABASE_URL in the environment")
    sizes = read_sizes(database_url)
    place = output or Path(STATS_FILE)
    place.write_bytes(sizes.dump())
    click.echo(f"{place}: {len(sizes.tables):,} tables")


@click.command()
@options.path
@click.option("--database-url", metavar="URL", help="As for Prisma; better in the environment.")
@click.option(
    "--database-url-env",
    "variable",
    metavar="NAME",
    default="DATABASE_URL",
    show_default=True,
    help="The environment variable that holds the URL.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
)
@options.output
@click.option("--no-replay", is_flag=True, help="Start no server; compare with the schema only.")
@options.server_bin
@options.server_url
@options.prisma
@options.config
@guarded
def status(
    path: Path,
    database_url: str | None,
    variable: str,
    form: str,
    output: Path | None,
    no_replay: bool,
    server_bin: Path | None,
    server_url: str | None,
    prisma_version: str | None,
    config: Path | None,
) -> None:
    """Compare a deployed database with the project below PATH; the database is only read.

    Exit codes: 0 in step, 1 not in step, 2 bad usage or input, 3 it could not be read.
    """
    from checker.commands.status import find_status
    from checker.pg.url import parse_url
    from checker.report.status import make_status, render_status
    from checker.workspace import Request, open_workspace

    if "://" in str(path):  # it may hold a password, and is not repeated
        raise InputError(f"status takes a path: pass the URL as --database-url or in {variable}")
    url = database_url or os.environ.get(variable)
    if not url:
        raise InputError(f"status needs --database-url, or {variable} in the environment")
    request = Request(
        path,
        untrusted="CI" in os.environ,
        no_replay="--no-replay was given" if no_replay else None,
        server_bin=server_bin,
        server_url=server_url,
        prisma_version=prisma_version,
        config=config,
    )
    target = parse_url(url, "--database-url" if database_url else variable)
    found = find_status(open_workspace(request), request, target)
    report = make_status(found.facts, found.causes)
    text = render_status(report, form)
    if output is not None:
        output.write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)
    if report.verdict == "unknown":
        sys.exit(EXIT_CANNOT_WORK)
    sys.exit(0 if report.verdict == "in_step" else EXIT_FINDINGS)


@click.command()
@options.path
@click.option("--database-url", metavar="URL", help="Make it from this database.")
@click.option("--name", default="0_init", show_default=True, help="The name of the migration.")
@options.prisma
@options.config
@guarded
def baseline(
    path: Path,
    database_url: str | None,
    name: str,
    prisma_version: str | None,
    config: Path | None,
) -> None:
    """Write the first migration of a project that used `db push`.

    Makes it from schema.prisma, or from a database, which is only read. Overwrites nothing.
    """
    from checker.commands.baseline import make_baseline
    from checker.live.words import DATABASE_AND_SCHEMA
    from checker.model.sentences import difference_words
    from checker.pg.url import parse_url
    from checker.report.safe import terminal
    from checker.workspace import Request, open_workspace

    if "://" in str(path):  # it may hold a password, and is not repeated
        raise InputError("baseline takes a path: pass the URL as --database-url")
    request = Request(
        path, untrusted="CI" in os.environ, prisma_version=prisma_version, config=config
    )
    target = parse_url(database_url) if database_url else None
    made = make_baseline(open_workspace(request), name, target)
    lines = [f"wrote {file.as_posix()}" for file in made.files]
    if made.baseline.unmodelled:
        lines += ["", "In the database but not in the migration (add what you want to keep):"]
        lines += [f"  - {each}" for each in made.baseline.unmodelled]
    if made.baseline.differences:
        lines += ["", "The next migration has to close the differences to schema.prisma:"]
        lines += [
            f"  - {difference_words(each, DATABASE_AND_SCHEMA)}"
            for each in made.baseline.differences
        ]
    lines += ["", "For every database that already has these tables, run once:", ""]
    lines += [f"  {made.command}", "", "Any other database gets them from `prisma migrate deploy`."]
    click.echo(terminal("\n".join(lines)))
