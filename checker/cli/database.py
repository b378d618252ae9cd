"""The commands that look at a deployed database."""

from __future__ import annotations

from pathlib import Path

import click

from checker.cli.stopping import guarded
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
    """Write how large the tables of a deployed database are to a file that can be committed.

    Only counts are read, in a transaction that cannot write.
    """
    from checker.live.sizes import read_sizes
    from checker.sizes import STATS_FILE

    if unwanted:  # it may be the URL, and is not repeated
        raise InputError("stats takes no argument: give the URL as --database-url or DATABASE_URL")
    if not database_url:
        raise InputError("stats needs --database-url, or DATABASE_URL in the environment")
    sizes = read_sizes(database_url)
    place = output or Path(STATS_FILE)
    place.write_bytes(sizes.dump())
    click.echo(f"{place}: {len(sizes.tables):,} tables")
