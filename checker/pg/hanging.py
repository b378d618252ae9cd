"""Disconnects from a server that does not answer: the migrations' code may survive a cancel."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer

from checker.pg.connection import Connection, able, connect
from checker.pg.database import Database

LOOK_SECONDS = 60.0


@contextmanager
def look_at(database: Database, seconds: float = LOOK_SECONDS) -> Iterator[Connection]:
    """A connection as the migrations' role to a database that migrations have made, for a while.

    Raises CannotWorkError if the server refuses, or code in the database holds it up.
    """
    with (
        able("The replayed database cannot be read", "it does not answer"),
        connect(database.owner) as connection,
        hang_up_after(connection, seconds),
    ):
        yield connection


@contextmanager
def hang_up_after(connection: Connection, seconds: float) -> Iterator[None]:
    """Cuts the connection after a while, so that a caller waiting for an answer gets an error.

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
