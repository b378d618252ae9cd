"""Runs new migrations statement by statement and asks PostgreSQL what each of them did.

A statement runs in the transaction that its Prisma version would give it, within a savepoint, so
that one that fails on rows can be tried again or left out. What refuses a transaction block runs
on its own, watched from other sessions (``trace.watch``). Settings that would blind or end the
watching are held apart (``trace.apart``).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Literal, Protocol

import psycopg
from msgspec import Struct
from msgspec.structs import replace

from checker.errors import ServerFaultError
from checker.model import Migration, Prevention, PreventionCause, Statement
from checker.model.changes import SetParameter
from checker.pg.connection import FAULTS, Connection, connect, connect_superuser, message_of, run
from checker.pg.database import Database
from checker.pg.hanging import hang_up_after
from checker.pg.sentinel import require_alive
from checker.pg.session import Answer, ServerError, Session
from checker.prisma.sending.transactions import ENDS, Transaction, control_of
from checker.witness.trace.apart import Apart, sure
from checker.witness.trace.ending import UNABLE, able_to, prevention_of
from checker.witness.trace.inside import Inside
from checker.witness.trace.recording import Recorded, Recorder, install
from checker.witness.trace.state import State, Traced
from checker.witness.trace.watch import watch

__all__ = ["Decision", "Hooks", "Inside", "Trace", "trace"]

Decision = Literal["retry", "skip", "stop"]
Plan = Sequence[tuple[Migration, tuple[Transaction, ...]]]
ATTEMPTS = 5
# "cannot run inside a transaction block", and COMMIT in a DO block or procedure.
_REFUSES = ("25001", "2D000")
_LOCKED = "55P03"
_POINT = "migration_checker_before"
_INVALID = """
SELECT c.oid::bigint, format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid
"""


class Trace(Struct, frozen=True):
    """What each statement did that was reached, and what ended the watching before its end."""

    statements: tuple[Traced, ...]
    prevention: Prevention | None = None


class Hooks(Protocol):
    """What a caller does around each statement that may change anything. ``inside`` is the
    session that runs the migrations, in the middle of their transaction.
    """

    def before(self, migration: Migration, statement: Statement, inside: Inside) -> None: ...

    def after(self, migration: Migration, traced: Traced, inside: Inside) -> None:
        """The statement has run, and is not committed yet unless it refuses a transaction."""

    def failed(
        self, migration: Migration, statement: Statement, error: ServerError, inside: Inside
    ) -> Decision:
        """The statement has failed and left no trace: ``retry`` after mending the rows, ``skip``
        it and go on with the next, or ``stop``. ``inside.trial`` tries it without a trace.
        """

    def committed(self, migration: Migration, statement: Statement, inside: Inside) -> None:
        """A transaction has ended with this statement, and what waited for its end has run."""
        _ = migration, statement, inside


def trace(
    database: Database,
    migrations: Plan,
    hooks: Hooks | None = None,
    *,
    timeout: float = 120.0,
    seconds: float = 600.0,
) -> Trace:
    """Runs migrations in a database that holds all earlier ones, and says what each statement did.

    ``timeout`` is in seconds for each statement, ``seconds`` for all that is done, as code of the
    migrations may not end where it is asked for. The trace ends with the last statement, with the
    first that failed and was not to be skipped (without hooks none is), or where the migrations
    make it impossible to go on, which is a prevention. Raises CannotWorkError where nothing can be
    watched on the server, and ServerFaultError where it or its disk fails.
    """
    ends = time.monotonic() + seconds
    recorder = able_to(lambda: install(database))
    with (
        able_to(lambda: connect_superuser(database.superuser)) as sentinel,
        able_to(lambda: _open(database)) as connection,
        hang_up_after(connection, seconds),
    ):
        runner = _Runner(database, recorder, connection, hooks, timeout)
        found: list[Traced] = []
        try:
            found.extend(runner.run(migrations))
        except psycopg.Error as error:
            if error.sqlstate in FAULTS:
                raise ServerFaultError(UNABLE.format(message_of(error))) from None
            told = ServerError(error.sqlstate, message_of(error))
            runner.prevented("lost" if connection.broken else "unseen", told)
        require_alive(sentinel)
        prevention = runner.prevention
        if prevention and prevention.cause == "lost" and time.monotonic() >= ends:
            theirs = runner.spent * 2 >= seconds
            prevention = replace(prevention, cause="time" if theirs else "slow", seconds=seconds)
        return Trace(tuple(found), prevention)


def _open(database: Database) -> Connection:
    """A session with the settings of Prisma's."""
    options = f'{database.owner.get("options", "")} -c search_path="public"'.strip()
    return connect({**database.owner, "options": options})


class _Runner:
    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        connection: Connection,
        hooks: Hooks | None,
        timeout: float,
    ) -> None:
        assert database.superuser is not None
        self._superuser: Mapping[str, str] = database.superuser
        self._recorder = recorder
        self._connection = connection
        self._process = connection.info.backend_pid
        self._session = Session(connection, timeout, self._terminate)
        self._hooks = hooks
        self._apart = Apart(self._session, database.major)
        self._inside = Inside(self._session, timeout)
        self._state = State(recorder.relations)
        self._last: Recorded | None = (
            None  # what was so after the last statement, if that still holds
        )
        self._stopped = False
        self._at: tuple[Migration, Statement] | None = None
        self.prevention: Prevention | None = None
        self.spent = 0.0  # seconds in which statements of the migrations ran

    def run(self, migrations: Plan) -> Iterator[Traced]:
        for migration, transactions in migrations:
            new = True
            for transaction in transactions:
                yield from self._transaction(migration, transaction, new=new)
                new = False
                if self._stopped:
                    return

    def prevented(
        self,
        cause: PreventionCause,
        error: ServerError | None = None,
        setting: str | None = None,
    ) -> None:
        """The statement that is being run makes it impossible to go on."""
        self._stopped = True
        if self._at is not None and self.prevention is None:
            self.prevention = prevention_of(self._at[0].name, self._at[1], cause, error, setting)

    def _transaction(
        self, migration: Migration, transaction: Transaction, *, new: bool
    ) -> Iterator[Traced]:
        pending: Traced | None = None
        for statement in transaction.statements:
            if pending:
                yield pending
            # The rest of a message has been read before its first statement runs.
            if (new or transaction.separately) and (setting := self._apart.misread):
                self.prevented("misread", setting=setting)
                return
            new = False
            self._at = (migration, statement)
            if control_of(statement) != "BEGIN":
                self._begin()
            if control_of(statement) or _only_sets(statement):
                pending = self._plain(migration, statement)
            else:
                pending = self._statement(migration, transaction, statement)
            if self._stopped:
                break
        if self._session.in_transaction and transaction.end and not self._stopped:
            ended = self._apart.end()
            if ended.lost:
                self.prevented("lost", error=ended.error)
            elif ended.error and pending:  # a deferred constraint
                pending = replace(pending, error=ended.error, ran=False)
                self._decide(migration, pending.statement, ended.error)
                self._state.undone(self._recorder.seen(self._connection, lasting=True))
            elif pending:
                self._committed(migration, pending.statement)
        if pending:
            yield pending

    def _begin(self) -> None:
        if not self._session.in_transaction:
            sure(self._apart.begin())
            self._state.committed()
            self._last = None

    def _committed(self, migration: Migration, statement: Statement) -> None:
        if self._hooks:
            self._hooks.committed(migration, statement, self._inside)

    def _plain(self, migration: Migration, statement: Statement) -> Traced:
        """One that only steers the session: it must come before any query of ours, or outside of
        any savepoint.
        """
        control = control_of(statement)
        begins = not self._session.in_transaction
        ends = control.startswith(ENDS) and not control.startswith("ROLLBACK TO")
        send = self._apart.begin if begins else self._apart.end if ends else self._apart.patiently
        outcome = send(statement.text)
        self._last = None
        if outcome.lost:
            self.prevented("lost", error=outcome.error)
        elif outcome.failed and self._session.in_transaction:
            self.prevented("failed", outcome.error)
        elif outcome.error:  # COMMIT, where a deferred constraint fails
            self._decide(migration, statement, outcome.error)
            self._state.undone(self._recorder.seen(self._connection, lasting=True))
        elif control.startswith("ROLLBACK"):
            self._state.undone(self._recorder.seen(self._connection, lasting=True))
        elif ends:
            self._committed(migration, statement)
        return Traced(migration.name, statement, error=outcome.error, ran=not outcome.failed)

    def _statement(
        self, migration: Migration, transaction: Transaction, statement: Statement
    ) -> Traced:
        first: ServerError | None = None
        alone = transaction.alone
        for _ in range(ATTEMPTS):
            if self._hooks:
                self._inside.used = False
                self._hooks.before(migration, statement, self._inside)
                self._forget_if_used()
            traced, outcome = self._attempt(migration, statement, alone=alone)
            if not outcome.failed:
                traced = replace(traced, error=first)
                if self._hooks:
                    self._inside.used = False
                    self._hooks.after(migration, traced, self._inside)
                    self._forget_if_used()
                return traced
            error = outcome.error or ServerError(None, "the server ended the connection")
            first = first or error
            if outcome.lost:
                self.prevented("lost", error=error)
                break
            if error.sqlstate in FAULTS:
                raise ServerFaultError(UNABLE.format(error.message))
            if self._decide(migration, statement, error) != "retry":
                break
            if not self._session.in_transaction:
                self._clear()
                self._begin()
        return Traced(migration.name, statement, error=first, ran=False)

    def _attempt(
        self, migration: Migration, statement: Statement, *, alone: bool
    ) -> tuple[Traced, Answer]:
        before = self._last or self._recorder.seen(self._connection)
        run(self._connection, f"SAVEPOINT {_POINT}")
        began = time.monotonic()
        outcome = self._apart.send(statement.text)
        self.spent += time.monotonic() - began
        if self._apart.timed_out(outcome) and not outcome.lost:
            run(self._connection, f"ROLLBACK TO SAVEPOINT {_POINT}")
            outcome = self._apart.patiently(statement.text)
        self._last = None
        if not outcome.failed:
            after = self._last = self._recorder.seen(self._connection)
            run(self._connection, f"RELEASE SAVEPOINT {_POINT}")
            return self._state.traced(migration.name, statement, before, after), outcome
        nothing = Traced(migration.name, statement, error=outcome.error, ran=False)
        if outcome.lost:
            return nothing, outcome
        if alone and outcome.error and outcome.error.sqlstate in _REFUSES:
            run(self._connection, "ROLLBACK")
            return self._outside(migration, statement)
        run(self._connection, f"ROLLBACK TO SAVEPOINT {_POINT}; RELEASE SAVEPOINT {_POINT}")
        return nothing, outcome

    def _outside(self, migration: Migration, statement: Statement) -> tuple[Traced, Answer]:
        before = self._recorder.seen(self._connection, lasting=True)
        outcome, locks = watch(
            self._superuser,
            self._process,
            self._state.relations,
            lambda: self._apart.outside(statement.text),
        )
        if outcome.error and outcome.error.sqlstate == _LOCKED:  # it does not wait for the watcher
            outcome, locks = self._apart.outside(statement.text), frozenset()
        if outcome.failed:
            return Traced(migration.name, statement, error=outcome.error, ran=False), outcome
        after = self._recorder.seen(self._connection, lasting=True)
        traced = self._state.traced(
            migration.name, statement, before, after, watched=locks,
            counted=self._recorder.lasting,
        )  # fmt: skip
        return traced, outcome

    def _forget_if_used(self) -> None:
        if self._inside.used:
            self._last = None

    def _decide(self, migration: Migration, statement: Statement, error: ServerError) -> Decision:
        decision: Decision = "stop"
        if self._hooks:
            decision = self._hooks.failed(migration, statement, error, self._inside)
        self._last = None
        if decision == "retry":  # files that the mending has replaced are no work of the statement
            self._state.undone(self._recorder.seen(self._connection))
        self._stopped = self._stopped or decision == "stop"
        return decision

    def _clear(self) -> None:
        """Drops the invalid indexes that CONCURRENTLY leaves behind where it fails."""
        with suppress(psycopg.Error), connect_superuser(self._superuser) as superuser:
            for oid, index in superuser.execute(_INVALID).fetchall():
                if oid not in self._state.relations:
                    run(superuser, f"DROP INDEX {index}")

    def _terminate(self) -> None:
        with suppress(psycopg.Error), connect_superuser(self._superuser) as superuser:
            superuser.execute("SELECT pg_terminate_backend(%s)", (self._process,))


def _only_sets(statement: Statement) -> bool:
    return bool(statement.changes) and all(isinstance(c, SetParameter) for c in statement.changes)
