"""The servers that the histories of a run share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from checker.engines.postgresql.server.binaries import find_binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.engines.postgresql.server.given import GivenServer
from checker.pg.database import Server


class Servers:
    """Starts a server when one is needed; ``stack`` ends it.

    ``url`` names a running server to use instead of our own, ``bin_dir`` the binaries.
    """

    def __init__(self, stack: ExitStack, *, bin_dir: Path | None, url: str | None) -> None:
        self._stack = stack
        self._bin_dir = bin_dir
        self._url = url
        self._first: Server | None = None
        self._second: Server | None = None
        self._third: Server | None = None

    @property
    def several(self) -> bool:
        """Whether the second server differs from the first; False where the caller names one."""
        return self._url is None

    def first(self) -> Server:
        """A running server. Raises CannotWorkError or InputError where there is none."""
        if self._first is None:
            self._first = self._stack.enter_context(self._start())
        return self._first

    def second(self) -> Server:
        """A server for what must not meet the roles of the first. May be asked for in a thread,
        one at a time. Raises as ``first`` does.
        """
        if not self.several:
            return self.first()
        if self._second is None:
            self._second = self._stack.enter_context(self._start())
        return self._second

    def third(self) -> Server:
        """A server for one history after the other, which meets neither. Raises as ``first``."""
        if self._third is None:
            self._third = self._stack.enter_context(self._start())
        return self._third

    @contextmanager
    def _start(self) -> Iterator[Server]:
        if self._url is not None:
            with GivenServer.open(self._url) as given:
                yield given
        else:
            with EphemeralServer.start(find_binaries(self._bin_dir)) as server:
                yield server
