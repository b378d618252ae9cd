"""The server that the tests share."""

from __future__ import annotations

from contextlib import AbstractContextManager

from checker.engines.postgresql.server.binaries import Binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.engines.postgresql.server.guarding import Bounds
from checker.engines.postgresql.server.launch import ServerSettings

# The checker's own bound of time is for one run; all tests on a slow machine take longer.
BOUNDS = Bounds(disk=8 * 2**30, seconds=24 * 3600)


def shared_server(binaries: Binaries) -> AbstractContextManager[EphemeralServer]:
    """A server that lasts as long as the tests do."""
    return EphemeralServer.start(binaries, settings=ServerSettings(bounds=BOUNDS))
