"""Watches rows go while the migrations run on awkward ones, and lets what fails go on without."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from typing import Self

import psycopg
from msgspec import Struct
from msgspec.structs import replace

from checker.model import DataFailure, Migration, Statement
from checker.pg.connection import Connection, connect_superuser
from checker.pg.database import Database
from checker.pg.session import ServerError
from checker.witness.losses.compare import LossComparison, compare, confirm
from checker.witness.losses.mending import Mending
from checker.witness.losses.snapshot import RowReader, Snapshot
from checker.witness.losses.sparing import Rows
from checker.witness.trace.run import Decision, Inside
from checker.witness.trace.state import Traced

_NAME = b"SELECT %s::pg_catalog.oid::pg_catalog.regclass::pg_catalog.text"
_QUERIES = 2  # kinds of rows that are asked for before any rows are tried
# What may come of rows that are gone: a reference to one, NULL for its value, and what code says.
_UNSAFE = "55P04"  # unsafe_new_enum_value_usage (docs, Appendix A)
_TAINTED = ("23503", "23502", "P0001", "P0002", "P0004")

Place = tuple[str, int]  # the migration's name and the statement's offset
Explain = Callable[[Place, ServerError], DataFailure]


class Found(Struct, frozen=True):
    """What a statement did to rows. ``touched`` are the tables that it worked on, ``bare`` those
    among them that had no rows, by no doing of the migrations.
    """

    compared: LossComparison
    touched: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()


class RowsWatch:
    """Hooks for ``trace``. ``failures`` are the statements that fail on rows, and on no others;
    ``set_aside`` the tables all of whose rows had to be taken out, with the migration and line for
    whose sake.
    """

    def __init__(self, database: Database, tables: Mapping[int, str], explain: Explain) -> None:
        """``tables`` are all that could have rows, by oid, as ``schema.name`` outside of public."""
        self._database = database
        self._tables = tables
        self._explain = explain
        self._stack = ExitStack()
        self._start: Snapshot | None = None
        self._last: Snapshot | None = None
        self._attempts: dict[Place, int] = {}
        self._filled: set[int] = set()  # the tables that had rows at first
        self._spared: set[int] = set()  # those of which rows were taken out
        # Failures that may come of rows that are gone, with the tables that had lost some by then.
        self._doubtful: dict[Place, tuple[DataFailure, set[str]]] = {}
        self._found: dict[Place, Found] = {}
        self.failures: dict[Place, DataFailure] = {}
        self.set_aside: dict[str, tuple[str, int]] = {}

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
            place: replace(found, compared=confirm(found.compared, whole))
            for place, found in self._found.items()
        }

    def before(self, _: Migration, __: Statement, inside: Inside) -> None:
        if self._last is None:
            self._last = self._look(inside)
        if self._start is None:
            self._start = self._last
            relations = self._start.relations.values()
            self._filled = {r.root for r in relations if not r.partitioned and r.held != "[]"}

    def after(self, migration: Migration, traced: Traced, inside: Inside) -> None:
        place = (migration.name, traced.statement.start)
        assert self._last is not None
        now = self._look(inside, self._last)
        touched = traced.worked_on & set(self._tables.values())
        bare = touched & set(self.set_aside)
        bare |= touched - self._labels(self._filled)
        bare |= self._settle(place, touched)
        compared = compare(self._last, now, self._start)
        spared = touched & self._labels(self._spared)
        certain = tuple(loss for loss in compared.losses if loss.table in spared)
        if spared and len(certain) < len(compared.losses):
            # Values may be missing elsewhere for no other reason than the rows that are gone.
            compared = replace(compared, losses=certain)
            bare |= spared
        self._found[place] = Found(compared, tuple(sorted(touched)), tuple(sorted(bare)))
        self._last = now

    def committed(self, migration: Migration, statement: Statement, inside: Inside) -> None:
        """What waited for the end of the transaction may have changed rows too."""
        place = (migration.name, statement.start)
        if self._last is None:
            return
        now = self._look(inside, self._last)
        late = compare(self._last, now, self._start)
        known = self._found.get(place, Found(LossComparison()))
        if late.losses:
            both = LossComparison(
                (*known.compared.losses, *late.losses), (*known.compared.spared, *late.spared)
            )
            self._found[place] = replace(known, compared=both)
        self._last = now

    def failed(
        self, migration: Migration, statement: Statement, error: ServerError, inside: Inside
    ) -> Decision:
        """Without the rows on which it fails the statement may succeed. They are looked for by
        the query for such rows, and else by trying; where no rows are to blame, all stay.
        """
        place = (migration.name, statement.start)
        attempt = self._attempts[place] = self._attempts.get(place, 0) + 1
        self._last = None
        if attempt == 1:
            self._note_failure(place, error)
        try:
            with inside.mending() as connection:
                mending = Mending(connection, inside, statement, self._tables)
                rows = mending.find(error, lambda e: self._explain(place, e).query, attempt)
                mending.delete(rows)
                for other in mending.errors:
                    if other.sqlstate == _UNSAFE:  # it takes no odd row, only the new value
                        self._note_failure(place, other)
                self._note(connection, rows, (migration.name, statement.line))
        except psycopg.Error:  # a trigger of the migrations', or a name that is another by now
            rows = {}
        if not rows:  # it runs no more, so that nobody learns what it works on
            self._settle(place, ())
        return "retry" if rows else "skip"

    def _note_failure(self, place: Place, error: ServerError) -> None:
        self.failures[place] = self._explain(place, error)
        if self._spared and error.sqlstate in _TAINTED:
            self._doubtful[place] = (self.failures.pop(place), self._labels(self._spared))

    def _settle(self, place: Place, touched: Collection[str]) -> set[str]:
        """The tables for whose want of rows the statement may have failed. Where it works on none
        of them, it is the rows that are there on which it fails.
        """
        if place not in self._doubtful:
            return set()
        failure, tables = self._doubtful.pop(place)
        wanting = tables.intersection(touched)
        if not wanting:
            self.failures[place] = failure
        return wanting

    def _note(self, connection: Connection, rows: Rows, line: tuple[str, int]) -> None:
        """Which tables rows were taken out of, and which have none left."""
        assert self._start is not None
        roots = {self._start.relations[t].root for t in rows if t in self._start.relations}
        self._spared |= roots
        for oid in roots & self._filled:
            (name,) = connection.execute(_NAME, (oid,)).fetchone() or ("",)
            if connection.execute(f"SELECT FROM {name} LIMIT 1".encode()).fetchone() is None:
                self.set_aside.setdefault(self._tables[oid], line)

    def _labels(self, oids: Collection[int]) -> set[str]:
        return {label for oid, label in self._tables.items() if oid in oids}

    def _look(self, inside: Inside, previous: Snapshot | None = None) -> Snapshot:
        with inside.looking() as connection:
            return self._reader.snapshot(connection, list(self._tables), previous)
