"""What Prisma's commands do to a database, as measured, for tests without Node.

One connection, one simple query a script (the model up to 7.3), the ledger kept on the same
connection. The recorded answers of the real engine are held against it in tests/corpus.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from pathlib import Path

import psycopg

from checker.discover.history import read_scripts
from checker.discover.layouts import Scripts
from checker.discover.lock import read_lock_provider
from checker.engines.postgresql.ledger import _CREATE
from checker.model import PrismaVersion, Project
from checker.pg.connection import connect

ENGINE_7 = PrismaVersion(7, 10)


class Refused(Exception):  # noqa: N818 - it is what Prisma does
    """Prisma's error: its code, or the server's SQLSTATE."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Engine:
    """The commands on one database, for the migrations of one directory."""

    def __init__(
        self, parameters: Mapping[str, str], directory: Path, prisma: PrismaVersion = ENGINE_7
    ) -> None:
        self._parameters = {**parameters, "options": '-c search_path="public"'}
        self._directory = directory
        self._prisma = prisma

    def scripts(self) -> Scripts:
        project = Project("schema.prisma", self._directory.name, "postgresql", self._prisma)
        return read_scripts(self._directory.parent, project, self._directory.parent)

    def deploy(self) -> list[str]:
        """The names that were applied. Raises Refused."""
        if read_lock_provider(self._directory, self._directory) not in (None, "postgresql"):
            raise Refused("P3019")
        done = []
        with connect(self._parameters) as connection:
            _initialise(connection)
            rows = connection.execute(
                "SELECT migration_name, finished_at FROM _prisma_migrations "
                "WHERE rolled_back_at IS NULL"
            ).fetchall()
            if any(finished is None for _, finished in rows):
                raise Refused("P3009")
            applied = {name for name, _ in rows}
            for name, script in self.scripts().items():
                if name not in applied:
                    _apply(connection, name, script)
                    done.append(name)
        return done

    def resolve_applied(self, name: str) -> None:
        """``migrate resolve --applied``. Raises Refused."""
        script = self.scripts().get(name)
        if script is None:
            raise Refused("P3017")
        with connect(self._parameters) as connection:
            known = connection.execute("SELECT to_regclass('_prisma_migrations')").fetchone()
            if known == (None,):
                connection.execute(_CREATE.encode())
            rows = connection.execute(
                "SELECT id, finished_at FROM _prisma_migrations "
                "WHERE migration_name = %s AND rolled_back_at IS NULL",
                [name],
            ).fetchall()
            if any(finished is not None for _, finished in rows):
                raise Refused("P3008")
            connection.execute(
                "UPDATE _prisma_migrations SET rolled_back_at = now() WHERE id = ANY (%s)",
                [[row for row, _ in rows]],
            )
            connection.execute(
                "INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, logs) "
                "VALUES (%s, %s, now(), %s, '')",
                [str(uuid.uuid4()), checksum(script), name],
            )

    def resolve_rolled_back(self, name: str) -> None:
        """``migrate resolve --rolled-back``. Raises Refused."""
        with connect(self._parameters) as connection:
            rows = connection.execute(
                "SELECT id, finished_at, rolled_back_at FROM _prisma_migrations "
                "WHERE migration_name = %s",
                [name],
            ).fetchall()
            failed = [row for row, finished, back in rows if finished is None and back is None]
            if not failed:
                raise Refused("P3012" if rows else "P3011")
            connection.execute(
                "UPDATE _prisma_migrations SET rolled_back_at = now() WHERE id = ANY (%s)", [failed]
            )


def checksum(script: bytes) -> str:
    """As Prisma stores it: of the text that it read."""
    return hashlib.sha256(script.decode("utf-8", "replace").encode()).hexdigest()


def _initialise(connection: psycopg.Connection) -> None:
    if connection.execute("SELECT to_regclass('_prisma_migrations')").fetchone() == (None,):
        tables = connection.execute(
            "SELECT FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        if tables.fetchone() is not None:
            raise Refused("P3005")
        connection.execute(_CREATE.encode())


def _apply(connection: psycopg.Connection, name: str, script: bytes | None) -> None:
    if script is None:
        raise Refused("P3015")
    row = str(uuid.uuid4())
    connection.execute(
        "INSERT INTO _prisma_migrations (id, checksum, started_at, migration_name) "
        "VALUES (%s, %s, clock_timestamp(), %s)",
        [row, checksum(script), name],
    )
    try:
        connection.execute(script.decode("utf-8", "replace").encode())
    except psycopg.Error as error:
        with connect_again(connection) as other:
            other.execute(
                "UPDATE _prisma_migrations SET logs = %s WHERE id = %s", [str(error), row]
            )
        raise Refused(error.sqlstate or "") from None
    try:
        connection.execute(
            "UPDATE _prisma_migrations SET applied_steps_count = applied_steps_count + 1, "
            "finished_at = clock_timestamp() WHERE id = %s",
            [row],
        )
    except psycopg.errors.UndefinedTable:
        raise Refused("P1014") from None


def connect_again(connection: psycopg.Connection) -> psycopg.Connection:
    """Another connection to the same database: a script may have left a transaction open."""
    info = connection.info
    parameters = info.get_parameters() | {"password": info.password}
    return connect({key: value for key, value in parameters.items() if value})
