"""One server for all tests that need one; each takes a database of its own.

SERVER_BIN names the directory of another PostgreSQL's programs to test with.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from checker.engines.postgresql.server.binaries import find_binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.errors import CannotWorkError
from tests.servers import shared_server


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
