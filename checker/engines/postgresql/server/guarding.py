"""Limits the disk space and the time that strangers' SQL can take on a server.

PostgreSQL limits the files of single queries (``temp_file_limit``) and nothing else. What a run has
written is counted only once the disk has lost some of its space, as counting costs time.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import psycopg
from msgspec import Struct

from checker.pg.connection import connect, run

INTERVAL = 0.5  # seconds between two looks
# Everyone but superusers; ending their sessions also removes what their transactions wrote.
_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> current_user"
_STOP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"


class Bounds(Struct, frozen=True):
    """``disk`` in bytes, of all that is in the run directory; ``seconds`` from the start."""

    disk: int
    seconds: float


class Guard:
    """Watches one server until the end of ``guarded``. ``late`` says that the time ran out."""

    def __init__(self, path: Path, superuser: Mapping[str, str], bounds: Bounds) -> None:
        self._path = path
        self._superuser = superuser
        self._bounds = bounds
        self._ended = Event()
        self._free = shutil.disk_usage(path).free
        self.late = False

    def watch(self) -> None:
        """Until it is told to stop: ends all sessions at the end of the time, and those that are
        no superuser's while too much is written.
        """
        left = self._bounds.seconds
        while not self._ended.wait(INTERVAL):
            left -= INTERVAL
            self.late = left <= 0
            if self.late or self._full():
                with suppress(psycopg.Error), connect(self._superuser) as connection:
                    run(connection, _STOP if self.late else _END)

    def stop(self) -> None:
        self._ended.set()

    def _full(self) -> bool:
        lost = self._free - shutil.disk_usage(self._path).free
        return lost > self._bounds.disk / 4 and size_of(self._path) > self._bounds.disk


@contextmanager
def guarded(path: Path, superuser: Mapping[str, str], bounds: Bounds) -> Iterator[Guard]:
    """Keeps the server in a run directory within its bounds while the block runs."""
    guard = Guard(path, superuser, bounds)
    thread = Thread(target=guard.watch, daemon=True)
    thread.start()
    try:
        yield guard
    finally:
        guard.stop()
        thread.join()


def size_of(path: Path) -> int:
    """The bytes that the files below a directory take on the disk."""
    total = 0
    for directory, _, files in os.walk(path):
        for name in files:
            with suppress(OSError):  # gone since
                total += os.lstat(os.path.join(directory, name)).st_blocks * 512  # noqa: PTH118
    return total
