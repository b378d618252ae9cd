"""A server that the caller names with a URL: the same interface, nothing left behind on it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from checker.engines.postgresql.server.binaries import OLDEST
from checker.engines.postgresql.server.setup import prepare
from checker.errors import CannotWorkError, InputError
from checker.pg.connection import Connection, able, connect, run
from checker.pg.database import Database, SetupOptions
from checker.pg.opening import open_connection
from checker.pg.sentinel import require_alive
from checker.pg.url import parse_url


class GivenServer:
    """A server of the caller's. Each database has a random name and is dropped at the end."""

    def __init__(self, url: str) -> None:
        """Raises InputError for an invalid URL, CannotWorkError if the server is unsuitable."""
        self._target = parse_url(url, "--server-url")
        self._parameters = dict(self._target.parameters)
        with self._connect() as connection:
            if "CockroachDB" in str(_one(connection, "SELECT version()")):
                raise CannotWorkError("The server of --server-url is CockroachDB, not PostgreSQL")
            version = str(_one(connection, "SHOW server_version")).split()[0]
            self.major = connection.info.server_version // 10000
            self._superuser = (
                _one(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
                is True
            )
            may_create = self._superuser or _one(
                connection, "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user"
            )
        if self.major < OLDEST:
            raise CannotWorkError(
                f"The server of --server-url is PostgreSQL {version}; give one of {OLDEST} or newer"
            )
        if not may_create:
            raise CannotWorkError(
                "The role of --server-url may not create databases; grant it CREATEDB"
            )
        self._role = self._make_role() if self._superuser else None
        plain = self._role or not self._superuser
        self.label = f"PostgreSQL {version} ({'given' if plain else 'given, run as superuser'})"

    @classmethod
    @contextmanager
    def open(cls, url: str) -> Iterator[GivenServer]:
        """A given server; the role made for the migrations is dropped at the end."""
        server = cls(url)
        try:
            with server._connect() as sentinel:
                if server.major >= 14:
                    run(sentinel, "SET idle_session_timeout = 0")
                yield server
                require_alive(sentinel)
        finally:
            if server._role:
                with suppress(psycopg.Error, CannotWorkError), server._connect() as connection:
                    run(connection, f"DROP ROLE {server._role['user']}")

    @contextmanager
    def database(self, setup: SetupOptions | None = None) -> Iterator[Database]:
        """A database of a random name. Raises InputError where the setup fails or asks for a
        preset, whose roles would stay on the server.
        """
        if setup and setup.preset:
            raise InputError(
                f"The preset {setup.preset} needs the checker's own server; without it, put what "
                "the migrations need into setup"
            )
        with self._made() as database:
            with self._ready():
                if self.major < 15 and self._role:
                    with connect(self._own(database.name)) as connection:
                        run(connection, f"ALTER SCHEMA public OWNER TO {self._role['user']}")
                if setup and setup != SetupOptions():
                    prepare(self._own(database.name), setup)
            yield database

    @contextmanager
    def copy(self, database: Database) -> Iterator[Database]:
        """A copy of a database to which nobody is connected, under another random name."""
        with self._made(f" TEMPLATE {database.name}") as copied:
            yield copied

    @contextmanager
    def _made(self, options: str = "") -> Iterator[Database]:
        name = f"migration_checker_{secrets.token_hex(6)}"
        try:
            with self._ready(), self._connect() as connection:
                run(connection, f"CREATE DATABASE {name}{options}")
                if self._role:
                    run(connection, f"ALTER DATABASE {name} OWNER TO {self._role['user']}")
            yield Database(
                name=name,
                owner=self._own(name) | (self._role or {}),
                superuser=self._own(name) if self._superuser else None,
                server=self.label,
                major=self.major,
            )
        finally:
            with suppress(psycopg.Error, CannotWorkError), self._connect() as connection:
                self._drop(connection, name)

    def _own(self, name: str) -> dict[str, str]:
        return self._parameters | {"dbname": name}

    @contextmanager
    def _ready(self) -> Iterator[None]:
        with able("No database could be made on the server of --server-url"):
            yield

    def _connect(self) -> Connection:
        return open_connection(self._target)

    def _drop(self, connection: Connection, name: str) -> None:
        if self.major >= 13:
            run(connection, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            return
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        run(connection, f"DROP DATABASE IF EXISTS {name}")

    def _make_role(self) -> dict[str, str] | None:
        """A role for the migrations; None where the server does not let it connect.

        It may create neither roles nor databases: those would stay on the server.
        """
        role = {
            "user": f"migration_checker_{secrets.token_hex(6)}",
            "password": secrets.token_hex(16),
        }
        with self._connect() as connection:
            run(
                connection,
                f"CREATE ROLE {role['user']} LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB "
                f"NOBYPASSRLS PASSWORD '{role['password']}';"
                f"ALTER ROLE {role['user']} SET lc_messages = 'C'",
            )
            try:
                connect(self._parameters | role).close()
            except psycopg.OperationalError:
                run(connection, f"DROP ROLE {role['user']}")
                return None
        return role


def _one(connection: Connection, query: str) -> object:
    row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None
