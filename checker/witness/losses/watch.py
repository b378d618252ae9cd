"""Watches rows go while the migrations run on awkward ones, and lets what fails go on without."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from typing import Self

import psycopg
from msgspec import Struct

from checker.model import DataFailure, Migration, Statement
from checker.pg.connection import Connection, connect_superuser, run
from checker.pg.database import Database
from checker.pg.session import ServerError
from checker.witness.losses.compare import LossComparison, compare, confirm
from checker.witness.losses.snapshot import RowReader, Snapshot
from checker.witness.losses.sparing import take_out
from checker.witness.trace.recording import qualified
from checker.witness.trace.run import Decision, Inside
from checker.witness.trace.state import Traced

_NAMES = """
SELECT c.oid::bigint, c.relname, pg_catalog.format('%%I.%%I', n.nspname, c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY (%s::oid[])
"""
# The rows that fail are taken out, twice at most as there may be two kinds; then all rows of the
# tables that the statement names, then those of all tables.
_SPARED, _NAMED, _EVERY = 2, 3, 4

Place = tuple[str, int]  # the migration's name and the statement's offset
Explain = Callable[[Place, ServerError], DataFailure]


class Found(Struct, frozen=True):
    """What a statement did to rows; ``on_rows`` says that there still were some."""

    compared: LossComparison
    on_rows: bool


class RowsWatch:
    """Hooks for ``trace``. ``failures`` are the statements that fail on rows, and on no others."""

    def __init__(self, database: Database, tables: Collection[int], explain: Explain) -> None:
        self._database = database
        self._tables = tables
        self._explain = explain
        self._stack = ExitStack()
        self._start: Snapshot | None = None
        self._last: Snapshot | None = None
        self._attempts: dict[Place, int] = {}
        self._emptied: set[str | None] = set()  # the names that these tables had at first
        self._compared: dict[Place, LossComparison] = {}
        self.failures: dict[Place, DataFailure] = {}
        self._bare: set[Place] = set()

    def __enter__(self) -> Self:
        superuser = self._stack.enter_context(connect_superuser(self._database.superuser))
        self._reader = self._stack.enter_context(RowReader.installed(superuser))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def found(self) -> Mapping[Place, Found]:
        """What was seen of each statement."""
        whole = compare(self._start, self._last) if self._start and self._last else LossComparison()
        return {
            place: Found(confirm(compared, whole), place not in self._bare)
            for place, compared in self._compared.items()
        }

    def before(self, _: Migration, __: Statement, inside: Inside) -> None:
        if self._last is None:
            self._last = self._look(inside)
            self._start = self._start or self._last

    def after(self, migration: Migration, traced: Traced, inside: Inside) -> None:
        place = (migration.name, traced.statement.start)
        assert self._last is not None
        now = self._look(inside)
        self._compared[place] = compare(self._last, now, self._start)
        self._last = now
        if self._emptied & {lock.table for lock in traced.locks}:
            self._bare.add(place)

    def failed(
        self, migration: Migration, statement: Statement, error: ServerError, inside: Inside
    ) -> Decision:
        """Without some of the rows the statement may succeed."""
        place = (migration.name, statement.start)
        told = self._explain(place, error)
        self.failures.setdefault(place, told)
        attempt = self._attempts.get(place, 0) + 1
        self._last = None
        if attempt <= _SPARED:
            if told.query is not None and self._spare(told.query, inside):
                self._attempts[place] = attempt
                return "retry"
            attempt = _NAMED
        self._attempts[place] = attempt
        if attempt > _EVERY:  # it is not the rows
            del self.failures[place]
            return "skip"
        return "retry" if self._empty(statement if attempt == _NAMED else None, inside) else "skip"

    def _spare(self, query: str, inside: Inside) -> bool:
        try:
            with inside.mending() as connection:
                done = take_out(connection, query)
                self._note_empty(connection)
        except psycopg.Error:  # a trigger of the migrations', or a name that is another by now
            return False
        return done

    def _empty(self, statement: Statement | None, inside: Inside) -> bool:
        """Takes the rows out of the tables that a statement names, or out of all."""
        try:
            with inside.mending() as connection:
                tables = connection.execute(_NAMES.encode(), (list(self._tables),)).fetchall()
                chosen = {
                    oid: name
                    for oid, word, name in tables
                    if statement is None or word.lower() in statement.text.lower()
                }
                if chosen:
                    run(connection, f"TRUNCATE {', '.join(chosen.values())} CASCADE")
                self._note_empty(connection)
        except psycopg.Error:  # a trigger of the migrations', or events that are still pending
            return False
        return True

    def _note_empty(self, connection: Connection) -> None:
        tables = connection.execute(_NAMES.encode(), (list(self._tables),)).fetchall()
        empty = [oid for oid, _, name in tables if _is_empty(connection, name)]
        assert self._start is not None
        known = self._start.relations
        self._emptied |= {qualified(known[o].schema, known[o].name) for o in empty if o in known}

    def _look(self, inside: Inside) -> Snapshot:
        with inside.looking() as connection:
            return self._reader.snapshot(connection, self._tables)


def _is_empty(connection: Connection, table: str) -> bool:
    return connection.execute(f"SELECT FROM {table} LIMIT 1".encode()).fetchone() is None
