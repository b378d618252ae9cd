"""Every table of every real history can be filled, in both styles, and all constraints hold.

``python -m tests.corpus.test_rows`` prints a table: tables filled and not, and the time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from checker.discover.history import read_history
from checker.discover.projects import find_projects
from checker.engines.postgresql.replay import replay_into
from checker.engines.postgresql.server.binaries import find_binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import Fill, Project
from checker.pg.connection import Connection, connect
from checker.pg.database import Database
from checker.rows import Style
from tests.projects import SHARED
from tests.rows.helpers import content, fill_all, verify

CORPUS = SHARED / "corpus"
STYLES: tuple[Style, ...] = ("awkward", "tame")

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the real histories are not on this machine (../shared)"
)


def project_of(name: str) -> Project:
    (project,) = find_projects(CORPUS / name, within=CORPUS / name)
    return project


def histories() -> list[str]:
    names = sorted(p.name for p in CORPUS.iterdir() if p.is_dir()) if CORPUS.is_dir() else []
    return [name for name in names if project_of(name).provider == "postgresql"]


@contextmanager
def replayed(server: EphemeralServer, name: str) -> Iterator[Database]:
    """A database with a history, as far as it runs on this server."""
    project = project_of(name)
    with server.database() as database:
        replay_into(database, read_history(CORPUS / name, project, None), project)
        yield database


@contextmanager
def copied(server: EphemeralServer, database: Database) -> Iterator[Connection]:
    """A copy to fill: the rows are made over another login, which sees what is committed."""
    with server.copy(database) as copy, connect(copy.superuser or {}) as connection:
        yield connection


def lacking(fills: dict[str, Fill]) -> dict[str, str]:
    return {name: f.problem for name, f in fills.items() if f.problem is not None}


@pytest.mark.parametrize("name", histories())
def test_all_tables(name: str, server: EphemeralServer) -> None:
    with replayed(server, name) as database:
        made = []
        for style in STYLES[:1] + STYLES:  # the first twice
            with copied(server, database) as connection:
                fills = fill_all(connection, style=style)
                assert fills
                assert lacking(fills) == {}
                made.append(content(connection))
                if len(made) > 1:
                    verify(connection)
        assert made[0] == made[1] != made[2]


def main() -> None:
    """Prints how each history is filled."""
    total = dict.fromkeys(STYLES, (0, 0, 0.0))
    with ExitStack() as stack:
        server = stack.enter_context(EphemeralServer.start(find_binaries(None)))
        print("| history | style | tables | filled | rows | seconds | not filled |")
        print("|---|---|---|---|---|---|---|")
        for name in histories():
            with replayed(server, name) as database:
                for style in STYLES:
                    with copied(server, database) as connection:
                        began = time.perf_counter()
                        fills = fill_all(connection, style=style)
                        seconds = time.perf_counter() - began
                    gaps = lacking(fills)
                    rows = sum(f.rows for f in fills.values())
                    print(
                        f"| {name} | {style} | {len(fills)} | {len(fills) - len(gaps)} | {rows} "
                        f"| {seconds:.2f} | {gaps or ''} |"
                    )
                    tables, filled, time_ = total[style]
                    total[style] = (
                        tables + len(fills), filled + len(fills) - len(gaps), time_ + seconds,
                    )  # fmt: skip
    for each, (tables, filled, seconds) in total.items():
        print(f"{each}: {filled} of {tables} tables filled in {seconds:.1f} s")


if __name__ == "__main__":
    main()
