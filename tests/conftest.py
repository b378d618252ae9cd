"""One server for all tests that need one; each takes a database of its own.

SERVER_BIN names the directory of another PostgreSQL's programs to test with. Tests that start a
server are marked ``server``: by a fixture that does, or else by hand. ``-m "not server"`` runs the
others.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from checker.engines.postgresql.server.binaries import find_binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.errors import CannotWorkError
from tests.servers import shared_server

# A shell that starts this in the background has it ignore SIGINT, and so would what tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
STARTING = {"server", "cluster", "small_cluster"}  # the fixtures that start a PostgreSQL


@pytest.hookimpl(tryfirst=True)  # before pytest selects by mark
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks the tests that start a server, and leaves out the container's unless asked for."""
    for item in items:
        if isinstance(item, pytest.Function) and STARTING.intersection(item.fixturenames):
            item.add_marker("server")
    if "container" not in config.option.markexpr:
        container = [item for item in items if item.get_closest_marker("container")]
        config.hook.pytest_deselected(items=container)
        items[:] = [item for item in items if item not in container]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """In a run of tests that start no server, fails one that does; what the processes of a test
    start, nobody sees.
    """
    quick = "not server" in item.config.option.markexpr
    with pytest.MonkeyPatch.context() as patch:
        if quick and item.get_closest_marker("server") is None:
            patch.setattr(EphemeralServer, "__init__", _refuse)
        return (yield)


def _refuse(*_: object) -> None:
    pytest.fail("A test that starts a PostgreSQL server needs pytest.mark.server", pytrace=False)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What may pass is not tried again; a test of that gives its own pauses."""
    monkeypatch.setattr("checker.pg.opening.PAUSES", ())


@pytest.fixture(scope="session")
def server() -> Iterator[EphemeralServer]:
    """A running PostgreSQL; the tests that need it are skipped where there is none to start."""
    try:
        chosen = os.environ.get("SERVER_BIN")
        binaries = find_binaries(Path(chosen) if chosen else None)
    except CannotWorkError as error:
        pytest.skip(str(error))
    with shared_server(binaries) as running:
        yield running
