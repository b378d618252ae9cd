"""The session that runs the migrations, lent to those who look at rows or mend them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from checker.pg.connection import Connection, run
from checker.pg.session import Session


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
        self.used = False

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

    @contextmanager
    def _block(self, *, keep: bool) -> Iterator[Connection]:
        connection = self._session.connection
        self.used = True
        own = not self._session.in_transaction
        before = settings(connection, "role", "statement_timeout", "lock_timeout")
        run(connection, "BEGIN" if own else "SAVEPOINT migration_checker_inside")
        try:
            milliseconds = int(self._timeout * 1000)
            run(
                connection,
                f"SET LOCAL ROLE NONE; SET LOCAL statement_timeout = {milliseconds}; "
                "SET LOCAL lock_timeout = 0",
            )
            yield connection
            if keep and not own:
                for name, value in before.items():
                    connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", (name, value))
        except BaseException:
            self._end(connection, own=own, keep=False)
            raise
        self._end(connection, own=own, keep=keep)

    def _end(self, connection: Connection, *, own: bool, keep: bool) -> None:
        if own:
            run(connection, "COMMIT" if keep else "ROLLBACK")
            return
        if not keep:
            run(connection, "ROLLBACK TO SAVEPOINT migration_checker_inside")
        run(connection, "RELEASE SAVEPOINT migration_checker_inside")


def settings(connection: Connection, *names: str) -> dict[str, str]:
    """The values of settings, by name."""
    rows = connection.execute(
        "SELECT name, pg_catalog.current_setting(name) "
        "FROM pg_catalog.unnest(%s::pg_catalog.text[]) name",
        (list(names),),
    )
    return dict(rows.fetchall())
