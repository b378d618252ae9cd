"""Which rows to take out of the tables so that a statement that fails on some can go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from checker.model import Statement
from checker.pg.connection import Connection, run
from checker.pg.session import ServerError
from checker.witness.losses.sparing import TRIALS, Deletable, Rows, smallest
from checker.witness.trace.inside import Inside

# Kinds of rows that are asked for by their query before rows are tried.
QUERIES = 2
# "cannot run inside a transaction block", and COMMIT in a DO block or procedure.
REFUSES = ("25001", "2D000")
_SECONDS = 15.0  # for the trials of one statement
_POINT = "migration_checker_without"
_NAMES = b"""
SELECT c.relname, pg_catalog.format('%%I.%%I', n.nspname, c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY (%s::pg_catalog.oid[])
"""


class Mending:
    """Looks for the rows on which a statement fails. All of it raises psycopg.Error.

    ``errors`` are those that it met on the way.
    """

    def __init__(
        self,
        connection: Connection,
        inside: Inside,
        statement: Statement,
        tables: Collection[int],
    ) -> None:
        """``tables`` are the oids of all that may have rows."""
        self._connection = connection
        self._inside = inside
        self._statement = statement
        self._rows = Deletable(connection)
        self.errors: list[ServerError] = []
        self._names = connection.execute(_NAMES, (list(tables),)).fetchall()

    def find(
        self, error: ServerError, query_of: Callable[[ServerError], str | None], attempt: int
    ) -> Rows:
        """The fewest rows that can be found without which the statement succeeds; none where rows
        are not to blame, or to delete some would leave work behind in the transaction.

        What refuses a transaction cannot be tried here: its rows are those of the query, then all
        of the tables that it names.
        """
        if self._rows.deferred:
            return {}
        now = self._inside.trial(self._statement)
        if now is None:  # what failed is the end of its transaction
            return {}
        if now.sqlstate in REFUSES:
            query = query_of(error)
            rows = self._rows.offending(query) if query and attempt <= QUERIES else {}
            return self._rows.referring(rows or self._rows.all_of(self._named()))
        return self._asked(now, query_of) or self._tried()

    def delete(self, rows: Rows) -> None:
        """Takes rows out, for good."""
        self._rows.delete(rows)

    def _asked(self, error: ServerError, query_of: Callable[[ServerError], str | None]) -> Rows:
        doomed: Rows = {}
        for _ in range(QUERIES):
            query = query_of(error)
            more = self._offending(query, doomed) if query else {}
            if not more:
                return {}
            every = {t: doomed.get(t, set()) | more.get(t, set()) for t in {*doomed, *more}}
            doomed = self._rows.referring(every)
            left = self._without(doomed)
            if left is None:
                return doomed
            error = left
        return {}

    def _tried(self) -> Rows:
        for tables in (self._named(), [sql for _, sql in self._names]):
            rows = self._rows.all_of(tables)
            began = time.monotonic()
            if rows and self._works(rows):
                took = time.monotonic() - began
                trials = min(TRIALS, int(_SECONDS / max(took, 0.001)))
                return self._rows.referring(smallest(rows, self._works, trials))
        return {}

    def _works(self, rows: Rows) -> bool:
        return self._without(self._rows.referring(rows)) is None

    def _without(self, rows: Rows) -> ServerError | None:
        """How the statement fails when rows are gone."""
        run(self._connection, f"SAVEPOINT {_POINT}")
        self._rows.delete(rows)
        error = self._inside.trial(self._statement)
        self._return()
        if error is not None:
            self.errors.append(error)
        return error

    def _offending(self, query: str, gone: Rows) -> Rows:
        run(self._connection, f"SAVEPOINT {_POINT}")
        self._rows.delete(gone)
        found = self._rows.offending(query)
        self._return()
        return found

    def _return(self) -> None:
        run(self._connection, f"ROLLBACK TO SAVEPOINT {_POINT}; RELEASE SAVEPOINT {_POINT}")

    def _named(self) -> list[str]:
        """The tables whose name occurs in the statement, in whatever case."""
        text = self._statement.text.lower()
        return [sql for name, sql in self._names if name.lower() in text]
