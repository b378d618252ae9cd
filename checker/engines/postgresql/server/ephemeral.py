"""An ephemeral PostgreSQL: started for this run, reached through a socket only, gone afterwards.

What keeps it apart from the machine, and the migrations apart from it:

* its files lie in a directory of this run (``rundirs``), it has no environment and inherits no
  file descriptor, it opens no port, and where the checker is root it runs as another user;
* migrations run as the role ``postgres``, an ordinary owner of the database. As superuser,
  ``COPY … FROM PROGRAM`` would be a shell (PostgreSQL docs, COPY). Before PostgreSQL 16 a role
  with CREATEROLE could grant itself the predefined roles that allow the same (release notes of
  16, "Restrict the privileges of CREATEROLE"): there, only a superuser may grant those;
* the superuser's password is random, so that no SQL that could reach the socket becomes one;
* a guard ends what writes or runs without end (``guarding``).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import psycopg

from checker.engines.postgresql.server.binaries import Binaries
from checker.engines.postgresql.server.cluster import read_cluster, restore_cluster
from checker.engines.postgresql.server.guarding import guarded
from checker.engines.postgresql.server.launch import (
    Launched,
    ServerSettings,
    disk_is_full,
    launch,
    make_directory,
)
from checker.engines.postgresql.server.presets import MIGRATION_ROLE
from checker.engines.postgresql.server.setup import prepare
from checker.errors import CannotWorkError, ServerFaultError
from checker.model.changes import quote
from checker.pg.connection import Connection, able, connect, names, run
from checker.pg.database import Database, SetupOptions
from checker.pg.sentinel import require_alive

# A session that was told to end may take a moment.
_LEAVE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"


class EphemeralServer:
    """A running server of our own. Made by ``start``; its databases may be open side by side."""

    def __init__(self, launched: Launched, label: str) -> None:
        self._parameters = launched.parameters
        self._stand_ins = launched.stand_ins
        self._databases: set[str] = set()
        self.label = label
        with connect(self._parameters) as connection:
            self.major = connection.info.server_version // 10000
            _make_roles(connection, self.major)
            self._roles = names(connection, "SELECT rolname FROM pg_roles")

    @classmethod
    @contextmanager
    def start(
        cls, binaries: Binaries, *, settings: ServerSettings | None = None
    ) -> Iterator[EphemeralServer]:
        """Starts a server; at the end, however it comes, it is stopped and its files removed.

        Raises CannotWorkError where it cannot be started, and ServerFaultError at the end where it
        has not lived through all that was done with it.
        """
        directory, user = make_directory()
        settings = settings or ServerSettings()
        try:
            launched = launch(binaries, directory, user, settings)
            with guarded(directory.path, launched.parameters, settings.bounds) as guard:
                try:
                    server = cls(launched, f"PostgreSQL {binaries.version} ({binaries.label})")
                    with connect(launched.parameters) as sentinel:
                        yield server
                        require_alive(sentinel)
                except (psycopg.Error, CannotWorkError, ServerFaultError) as error:
                    if not guard.late:
                        raise
                    minutes = settings.bounds.seconds / 60
                    raise CannotWorkError(
                        f"The replay was ended after {minutes:g} minutes; look for a migration "
                        "that does not end"
                    ) from error
        except (CannotWorkError, ServerFaultError) as error:
            if disk_is_full(directory):
                raise CannotWorkError(
                    "PostgreSQL ran out of disk space; free some, or set TMPDIR to another disk"
                ) from error
            raise
        finally:
            directory.close()

    @contextmanager
    def database(self, setup: SetupOptions | None = None) -> Iterator[Database]:
        """A fresh database owned by the migrations' role; dropped at the end, together with all
        databases that the migrations made. The roles are then restored. Raises InputError where the
        setup fails.
        """
        with self._made() as database:
            superuser = database.superuser or {}
            with _ready():
                if self.major < 15:  # from 15 on the schema belongs to the database's owner
                    with connect(superuser) as connection:
                        run(connection, f"ALTER SCHEMA public OWNER TO {MIGRATION_ROLE}")
                if setup and setup != SetupOptions():
                    prepare(superuser, setup)
                    self._lend_roles(superuser)
            yield database

    @contextmanager
    def copy(self, database: Database) -> Iterator[Database]:
        """A copy of a database, under the same conditions. Ends all sessions connected to the
        original.
        """
        with _ready(), connect(self._parameters) as connection:
            connection.execute(_LEAVE, (database.name,))
        with self._made(f"TEMPLATE {quote(database.name)}") as copied:
            yield copied

    @contextmanager
    def _made(self, options: str = "") -> Iterator[Database]:
        name = f"replay_{secrets.token_hex(4)}"
        superuser = self._parameters | {"dbname": name}
        owner = {key: value for key, value in superuser.items() if key != "password"}
        with connect(self._parameters) as connection:
            state = read_cluster(connection)
        self._databases.add(name)
        try:
            with _ready(), connect(self._parameters) as connection:
                run(connection, f"CREATE DATABASE {name} OWNER {MIGRATION_ROLE} {options}")
            yield Database(
                name=name,
                owner=owner | {"user": MIGRATION_ROLE},
                superuser=superuser,
                server=self.label,
                major=self.major,
                stand_ins=self._stand_ins,
            )
        finally:
            self._databases.discard(name)
            with suppress(psycopg.Error), connect(self._parameters) as connection:
                restore_cluster(connection, state, frozenset(self._databases))

    def _lend_roles(self, superuser: Mapping[str, str]) -> None:
        """Makes the migrations' role a member of those that the setup has made, so that it may
        give them tables: a production superuser could.
        """
        with connect(superuser) as connection:
            made = names(connection, "SELECT rolname FROM pg_roles WHERE NOT rolsuper")
            for name in made - self._roles:
                role = quote(name)
                run(connection, f"GRANT {role} TO {MIGRATION_ROLE} WITH ADMIN OPTION")
                run(connection, f"GRANT CREATE ON SCHEMA public TO {role}")


@contextmanager
def _ready() -> Iterator[None]:
    with able("No database could be made ready"):
        yield


def _make_roles(connection: Connection, major: int) -> None:
    run(
        connection,
        f"CREATE ROLE {MIGRATION_ROLE} LOGIN CREATEDB CREATEROLE "
        "NOSUPERUSER NOBYPASSRLS NOREPLICATION",
    )
    if major < 16:
        run(connection, "UPDATE pg_authid SET rolsuper = true WHERE rolname ~ '^pg_'")
        run(connection, "UPDATE pg_authid SET rolsuper = false WHERE rolname = 'pg_database_owner'")
