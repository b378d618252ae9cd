"""Leaving a server that does not answer: code of the migrations may survive being cancelled."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer

from checker.replay.database import Connection


@contextmanager
def hang_up_after(connection: Connection, seconds: float) -> Iterator[None]:
    """Cuts the connection after so long, so that whoever waits for an answer is told of its loss.

    The server may go on for a while: it notices when it next has something to say, or when the
    database is dropped.
    """
    with socket.socket(fileno=os.dup(connection.pgconn.socket)) as line:

        def cut() -> None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

        timer = Timer(max(seconds, 0), cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
