"""Applies one migration after the other over one connection, with Prisma's bookkeeping."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import cached_property

import psycopg
from msgspec import Struct

from checker.engines.postgresql.failures import (
    bookkeeping_failure,
    is_committed,
    left_open,
    script_failure,
    unreadable,
)
from checker.engines.postgresql.lacking import defines, find_lacking, hint_for
from checker.engines.postgresql.ledger import record
from checker.errors import CannotWorkError
from checker.model import Failure, History, Migration
from checker.pg.connection import Connection, connect, names
from checker.pg.database import Database
from checker.pg.session import Answer, ServerError, Session
from checker.prisma.sending.splitting import Piece

RECOVERY_SECONDS = 10.0


class Lack(Struct, frozen=True):
    """What the server lacks, in words, and where it was needed. ``line`` counts from 1."""

    what: str
    migration: str
    line: int | None


class Applier:
    """Applies the migrations of one history in order. ``parses`` is as in ``ReplayOptions``."""

    def __init__(
        self,
        database: Database,
        connection: Connection,
        history: History,
        *,
        timeout: float,
        parses: Callable[[str], bool] | None,
    ) -> None:
        self._database = database
        self._history = history
        self._parses = parses
        self._process = connection.info.backend_pid
        self._session = Session(connection, timeout, self._terminate)
        self._open_since: Migration | None = None
        self._unrecorded: tuple[Migration, str] | None = None  # the last that ran, with its row

    def apply(
        self, migration: Migration, pieces: tuple[Piece, ...] | None
    ) -> Failure | Lack | None:
        """Runs one migration: whole, or piece by piece. None if it succeeded.

        Raises CannotWorkError if the server is gone or out of resources.
        """
        if migration.sql is None:
            return self.finish() or unreadable(migration)
        begun = (migration, str(uuid.uuid4()))
        problem = self._record(begun) or self._send(migration, migration.sql, pieces)
        if problem:
            return problem
        self._unrecorded = begun
        if not self._session.in_transaction:
            self._open_since = None
        elif self._open_since is None:
            self._open_since = migration
        return None

    def finish(self) -> Failure | None:
        """Records the last migration that ran. A failure may be the fault of that one."""
        return self._record(None) if self._unrecorded else None

    def _record(self, begun: tuple[Migration, str] | None) -> Failure | None:
        last, self._unrecorded = self._unrecorded, None
        outcome = record(self._session, ended=last[1] if last else None, begun=begun)
        if not outcome.failed:
            return None
        # Two statements belong to the migration that has run, the third to the next.
        culprit = last if last is not None and len(outcome.tags) < 2 else begun or last
        assert culprit is not None
        return bookkeeping_failure(culprit[0], self._error(culprit[0], outcome))

    def lost(self) -> Failure | None:
        """What the end of the connection throws away: a transaction that is still open, which is
        the fault of the migration that began it.
        """
        return None if self._open_since is None else left_open(self._open_since)

    def _send(
        self, migration: Migration, sql: str, pieces: tuple[Piece, ...] | None
    ) -> Failure | Lack | None:
        tags: list[str] = []
        for piece in (Piece(0, len(sql)),) if pieces is None else pieces:
            sent = sql[piece.start : piece.end]
            outcome = self._session.send(sent)
            tags += outcome.tags
            if outcome.failed:
                error = self._error(migration, outcome)
                failure = script_failure(
                    migration,
                    error,
                    done=len(tags),
                    offset=piece.start,
                    committed=is_committed(tags, separately=pieces is not None),
                    hint=hint_for(error),
                )
                what = self._lacking(error, sent)
                return Lack(what, migration.name, failure.line) if what else failure
        return None

    def _error(self, migration: Migration, outcome: Answer) -> ServerError:
        """The server's error, or what to call the loss of the connection."""
        error = outcome.error
        # Insufficient resources; but temp_file_limit (53400) is a limit for the migration.
        if error and (error.sqlstate or "").startswith("53") and error.sqlstate != "53400":
            raise CannotWorkError(
                f"The server ran out of resources in {migration.name}: {error.message}"
            )
        if outcome.lost:
            self._wait_for_server(migration)
        return error or ServerError(None, "the server ended the connection in this statement")

    def _lacking(self, error: ServerError, sent: str) -> str | None:
        return find_lacking(
            error,
            sent,
            major=self._database.major,
            available=lambda: self._available,
            parses=self._parses,
            defined=lambda name: defines((m.sql or "" for m in self._history.migrations), name),
        )

    @cached_property
    def _available(self) -> Collection[str]:
        with connect(self._database.owner) as connection:
            return names(connection, "SELECT name FROM pg_available_extensions")

    def _terminate(self) -> None:
        with suppress(psycopg.Error), connect(self._database.owner) as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", (self._process,))

    def _wait_for_server(self, migration: Migration) -> None:
        """Returns if the server still lives, or again; a crash restarts it."""
        deadline = time.monotonic() + RECOVERY_SECONDS
        while True:
            try:
                connect(self._database.owner).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise CannotWorkError(
                        f"The PostgreSQL server stopped while replaying {migration.name}"
                    ) from None
                time.sleep(0.1)
            else:
                return
