"""The session that runs the migrations, lent to those who look at rows or mend them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from checker.model import Statement
from checker.pg.connection import Connection, run
from checker.pg.session import ServerError, Session

_TRIAL = "migration_checker_trial"


class Inside:
    """The session of the migrations, lent to the hooks. It sees what is not committed yet.

    Both ways give a connection as the role that migrations run as, whatever SET ROLE they left
    behind. That role is no superuser: code of the migrations that a query calls (a cast, a
    trigger) can do no more than the migrations themselves. Either raises psycopg.Error where its
    block does, after undoing what was done in it.
    """

    def __init__(self, session: Session, timeout: float) -> None:
        self._session = session
        self._timeout = timeout
        self._role = "none"
        self.used = False

    @property
    def in_transaction(self) -> bool:
        """Whether what is done can still be undone."""
        return self._session.in_transaction

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """To look: everything is undone at the end, so that no lock and no setting stays."""
        with self._block(keep=False) as connection:
            run(connection, "SET LOCAL search_path = pg_catalog, pg_temp")
            run(connection, "SET LOCAL row_security = off")
            yield connection

    @contextmanager
    def mending(self) -> Iterator[Connection]:
        """To change rows so that a statement may succeed after all."""
        with self._block(keep=True) as connection:
            yield connection

    def trial(self, statement: Statement) -> ServerError | None:
        """How a statement fails on the rows as they are, amid mending; it leaves no trace."""
        connection = self._session.connection
        run(connection, f"SAVEPOINT {_TRIAL}")
        self._return_role(connection)
        outcome = self._session.send(statement.text)
        if outcome.lost:
            raise psycopg.OperationalError
        run(connection, f"ROLLBACK TO SAVEPOINT {_TRIAL}; RELEASE SAVEPOINT {_TRIAL}")
        return outcome.error

    @contextmanager
    def _block(self, *, keep: bool) -> Iterator[Connection]:
        connection = self._session.connection
        self.used = True
        own = not self._session.in_transaction
        ((self._role,),) = connection.execute(b"SHOW role").fetchall()
        run(connection, "BEGIN" if own else "SAVEPOINT migration_checker_inside")
        try:
            milliseconds = int(self._timeout * 1000)
            run(
                connection,
                f"SET LOCAL ROLE NONE; SET LOCAL statement_timeout = {milliseconds}",
            )
            yield connection
            if keep and not own:
                self._return_role(connection)
        except BaseException:
            self._end(connection, own=own, keep=False)
            raise
        self._end(connection, own=own, keep=keep)

    def _return_role(self, connection: Connection) -> None:
        connection.execute(
            b"SELECT pg_catalog.set_config('role', %s, true), "
            b"pg_catalog.set_config('statement_timeout', '0', true)",
            (self._role,),
        )

    def _end(self, connection: Connection, *, own: bool, keep: bool) -> None:
        if own:
            run(connection, "COMMIT" if keep else "ROLLBACK")
            return
        if not keep:
            run(connection, "ROLLBACK TO SAVEPOINT migration_checker_inside")
        run(connection, "RELEASE SAVEPOINT migration_checker_inside")
