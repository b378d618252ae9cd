"""The one server that the histories of a run share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from checker.replay.binaries import find_binaries
from checker.replay.database import Server
from checker.replay.given import GivenServer
from checker.replay.server import EphemeralServer


class Servers:
    """Starts a server for the first history that needs one; ``stack`` ends it.

    ``url`` names a running server to use instead of one of our own, ``bin_dir`` the binaries.
    """

    def __init__(self, stack: ExitStack, *, bin_dir: Path | None, url: str | None) -> None:
        self._stack = stack
        self._bin_dir = bin_dir
        self._url = url
        self._server: Server | None = None

    def get(self) -> Server:
        """The running server. Raises CannotWorkError or InputError where there is none."""
        if self._server is None:
            self._server = self._stack.enter_context(self._start())
        return self._server

    @contextmanager
    def _start(self) -> Iterator[Server]:
        if self._url is not None:
            with GivenServer.open(self._url) as given:
                yield given
        else:
            with EphemeralServer.start(find_binaries(self._bin_dir)) as server:
                yield server
