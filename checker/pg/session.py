"""Sends scripts over the simple protocol, as Prisma does, and says how far they got."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import psycopg
from msgspec import Struct
from msgspec.structs import replace
from psycopg import pq

from checker.pg.connection import Connection

GRACE_SECONDS = 5.0
MESSAGE_LIMIT = 10_000  # characters of what a migration may say
ENDED = "the session was told to end; a run that fills its share of the disk is"
_TERMINATED = "57P01"
_DONE = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK, pq.ExecStatus.EMPTY_QUERY)
_COPY = (pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH)


class ServerError(Struct, frozen=True):
    """What PostgreSQL said (docs 54.8, Error Fields). ``position`` counts characters from 1;
    ``raised_by`` is the function in PostgreSQL's source, the same in every language. ``schema`` to
    ``constraint`` name what it is about, where PostgreSQL tells.
    """

    sqlstate: str | None
    message: str
    detail: str | None = None
    hint: str | None = None
    position: int | None = None
    internal_query: str | None = None
    raised_by: str | None = None
    schema: str | None = None
    table: str | None = None
    column: str | None = None
    type: str | None = None
    constraint: str | None = None


class Answer(Struct, frozen=True):
    """How far one simple query got. ``tags`` are the command tags of the statements that
    succeeded, in order; ``lost`` says that the connection is gone. ``shown`` are the values that
    statements after the script gave, None for one that gives none.
    """

    tags: tuple[str, ...]
    error: ServerError | None = None
    lost: bool = False
    shown: tuple[str | None, ...] = ()

    @property
    def failed(self) -> bool:
        return self.lost or self.error is not None


class Session:
    """One connection, over which a whole history is sent. ``timeout`` is in seconds for each text
    that is sent: the server does not tell when the statements in it begin and end. It is kept
    here because a script may set ``statement_timeout`` as it likes; ``terminate`` ends the
    session from outside where a statement survives being cancelled.
    """

    def __init__(self, connection: Connection, timeout: float, terminate: Callable[[], None]):
        self.connection = connection
        self._timeout = timeout
        self._terminate = terminate
        self._deadline = 0.0
        self._stops = 0  # how often what was sent has been told to end

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction has been left open."""
        return self.connection.info.transaction_status != pq.TransactionStatus.IDLE

    def send(self, script: str, before: Sequence[str] = (), after: Sequence[str] = ()) -> Answer:
        """Sends a script, which may hold several statements, as one simple query.

        Rows are thrown away one by one, so that no query can fill our memory. Statements of our
        own may go ``before`` and ``after`` it in the same message, so that the session is idle at
        neither moment; PostgreSQL reads all of it before it runs any (docs 55.2.2.1).
        """
        if "\0" in script:  # it would end the text as far as libpq is concerned
            return Answer((), ServerError(None, "the script contains a NUL character"))
        pgconn = self.connection.pgconn
        tags: list[str] = []
        values: list[str | None] = []
        value: str | None = None
        error: ServerError | None = None
        ahead = "".join(f"{statement};\n" for statement in before)
        behind = "".join(f"\n;{statement}" for statement in after)
        try:
            self._deadline, self._stops = time.monotonic() + self._timeout, 0
            pgconn.send_query(f"{ahead}{script}{behind}".encode())
            pgconn.set_single_row_mode()
            while (result := self._result(pgconn)) is not None:
                if result.status == pq.ExecStatus.SINGLE_TUPLE and after:
                    value = _value(result)
                elif result.status in _DONE and error is None:
                    tags.append((result.command_status or b"").decode())
                    values.append(value)
                    value = None
                elif result.status == pq.ExecStatus.FATAL_ERROR:
                    told = _error(result, _encoding(self.connection), len(ahead))
                    error = error or self._told(told)
                elif result.status in _COPY:
                    error = error or ServerError(
                        None, "COPY exchanges data with the client, but Prisma Migrate sends none"
                    )
                    self._end_copy(pgconn, result)
        except psycopg.OperationalError:
            if self._stops:
                error = self._told(ServerError(None, ""))
            return Answer(tuple(tags), error, lost=True)
        lost = pgconn.status != pq.ConnStatus.OK
        if error or lost or not after:
            return Answer(tuple(tags[len(before) :]), error, lost=lost)
        own = len(tags) - len(after)
        return Answer(tuple(tags[len(before) : own]), shown=tuple(values[own:]))

    def _told(self, error: ServerError) -> ServerError:
        """The error, in our words if we ended the statement ourselves."""
        if not self._stops:
            return replace(error, message=ENDED) if error.sqlstate == _TERMINATED else error
        message = f"it ran longer than {self._timeout:g} seconds and was ended"
        return ServerError("57014", message)

    def _result(self, pgconn: pq.abc.PGconn) -> pq.abc.PGresult | None:
        """The next result, or None at the end; ends a statement that takes too long."""
        while True:
            # Looked at before each row too: there may be no end of rows.
            left = self._deadline - time.monotonic()
            if left <= 0:
                self._stop()
                continue
            writing = pgconn.flush()
            busy = pgconn.is_busy()
            while pgconn.notifies():  # libpq would keep them all
                pass
            if not writing and not busy:
                return pgconn.get_result()
            self._wait(pgconn, left, writing=bool(writing))

    def _wait(self, pgconn: pq.abc.PGconn, seconds: float, *, writing: bool) -> None:
        """Waits until the server has said something, or can be told more."""
        watched = [pgconn.socket]
        readable, _, _ = select.select(watched, watched if writing else [], [], seconds)
        if readable:
            pgconn.consume_input()

    def _stop(self) -> None:
        """Cancels; then, as a block may catch that, ends the session; then gives up."""
        self._stops += 1
        self._deadline = time.monotonic() + GRACE_SECONDS
        if self._stops == 1:
            with suppress(psycopg.Error):
                self.connection.cancel_safe(timeout=GRACE_SECONDS)
        elif self._stops == 2:
            self._terminate()
        else:
            self.connection.close()
            raise psycopg.OperationalError("the server does not answer")

    def _end_copy(self, pgconn: pq.abc.PGconn, result: pq.abc.PGresult) -> None:
        """Sends nothing, or throws away what comes, within the time for what was sent."""
        if result.status == pq.ExecStatus.COPY_IN:
            while pgconn.put_copy_end(b"no data") == 0:
                self._await_copy(pgconn, writing=True)
            return
        while (length := pgconn.get_copy_data(1)[0]) >= 0:
            # Looked at before each row too: there may be no end of rows.
            if length == 0 or time.monotonic() > self._deadline:
                self._await_copy(pgconn, writing=bool(pgconn.flush()))

    def _await_copy(self, pgconn: pq.abc.PGconn, *, writing: bool) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            self._stop()
        else:
            self._wait(pgconn, left, writing=writing)


def _encoding(connection: Connection) -> str:
    """Of the texts that the server sends. A script may ask for one that Python does not know; what
    PostgreSQL itself says is then ASCII.
    """
    try:
        return connection.info.encoding
    except psycopg.NotSupportedError:
        return "ascii"


def _value(result: pq.abc.PGresult) -> str | None:
    """The first value of a row."""
    value = result.get_value(0, 0) if result.nfields else None
    return None if value is None else value[:MESSAGE_LIMIT].decode("utf-8", "replace")


def _error(result: pq.abc.PGresult, encoding: str, ahead: int = 0) -> ServerError:
    def field(code: pq.DiagnosticField) -> str | None:
        value = result.error_field(code)
        return None if value is None else value[: 4 * MESSAGE_LIMIT].decode(encoding, "replace")

    position = field(pq.DiagnosticField.STATEMENT_POSITION)
    return ServerError(
        sqlstate=field(pq.DiagnosticField.SQLSTATE),
        message=(field(pq.DiagnosticField.MESSAGE_PRIMARY) or result.get_error_message().strip())[
            :MESSAGE_LIMIT
        ],
        detail=field(pq.DiagnosticField.MESSAGE_DETAIL),
        hint=field(pq.DiagnosticField.MESSAGE_HINT),
        position=int(position) - ahead if position and position.isdigit() else None,
        internal_query=field(pq.DiagnosticField.INTERNAL_QUERY),
        raised_by=field(pq.DiagnosticField.SOURCE_FUNCTION),
        schema=field(pq.DiagnosticField.SCHEMA_NAME),
        table=field(pq.DiagnosticField.TABLE_NAME),
        column=field(pq.DiagnosticField.COLUMN_NAME),
        type=field(pq.DiagnosticField.DATATYPE_NAME),
        constraint=field(pq.DiagnosticField.CONSTRAINT_NAME),
    )
