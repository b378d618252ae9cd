"""A database of its own for one replay: how it is reached and what it starts with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any, Protocol

import psycopg
from msgspec import Struct
from psycopg import pq, sql

from checker.errors import CannotWorkError, InputError
from checker.replay.extensions import Extension
from checker.replay.presets import PRESETS, Preset

Connection = psycopg.Connection[tuple[Any, ...]]


class SetupOptions(Struct, frozen=True):
    """What a database holds before the first migration runs.

    ``preset`` names a hosted platform whose roles and schemas are put there; ``setup`` is SQL of
    the team's own, run as superuser: the caller takes it from the base, not from the change.
    ``extensions`` are those that the history needs and only a superuser may create.
    """

    preset: Preset | None = None
    setup: str = ""
    extensions: tuple[Extension, ...] = ()


class Database(Struct, frozen=True):
    """A database that exists for one replay.

    ``owner`` and ``superuser`` are libpq parameters: the role that migrations run as, and the
    one that sees everything (None where the given server grants us none). ``server`` is how a
    report names the server, ``major`` its major version. ``stand_ins`` are the extensions of
    which the server has our stand-in instead of the real one.
    """

    name: str
    owner: Mapping[str, str]
    superuser: Mapping[str, str] | None
    server: str
    major: int
    stand_ins: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        """Without the parameters, which hold passwords."""
        return f"Database({self.name!r}, {self.server!r})"

    @property
    def dsn(self) -> str:
        """A connection string for the role that migrations run as. May hold a password."""
        return psycopg.conninfo.make_conninfo("", **self.owner)

    @property
    def superuser_dsn(self) -> str | None:
        """A connection string for the superuser. Holds a password."""
        if self.superuser is None:
            return None
        return psycopg.conninfo.make_conninfo("", **self.superuser)


class Server(Protocol):
    """A running server that gives out databases."""

    @property
    def label(self) -> str:
        """How a report names it: ``PostgreSQL 17.10 (embedded)``."""

    @property
    def major(self) -> int:
        """Its major version."""

    def database(self, setup: SetupOptions | None = ...) -> AbstractContextManager[Database]:
        """A fresh database, dropped at the end."""

    def copy(self, database: Database) -> AbstractContextManager[Database]:
        """A copy of a database to which nobody is connected, dropped at the end."""


def connect(parameters: Mapping[str, str]) -> Connection:
    """A connection in autocommit that prepares nothing and ignores notices.

    Raises psycopg.OperationalError, whose text may hold parts of a connection string.
    """
    connection = psycopg.connect(
        **{"connect_timeout": "15", "client_encoding": "UTF8", **parameters},  # type: ignore[arg-type]
        autocommit=True,
    )
    connection.prepare_threshold = None
    return connection


def connect_superuser(parameters: Mapping[str, str] | None) -> Connection:
    """A superuser's connection to a database in which strangers' SQL has run.

    Names mean what PostgreSQL itself calls so, whatever functions and operators there are in other
    schemas that would fit better (PostgreSQL docs 10.3), and whatever the owner of the database has
    set for those who connect to it. Raises CannotWorkError without parameters, and
    psycopg.OperationalError.
    """
    if parameters is None:
        raise CannotWorkError("Only a superuser of the server can watch what migrations do")
    own = " ".join(f"-c {name}={value}" for name, value in _UNMOVED.items())
    return connect({**parameters, "options": f"{parameters.get('options', '')} {own}".strip()})


# Of the settings that ALTER DATABASE can store (docs 20.1.3), those that choose what code is run
# and with whose rights, and those that could keep a session from working.
_UNMOVED = {
    "search_path": "pg_catalog,pg_temp",
    "role": "none",
    "default_transaction_read_only": "off",
    "default_transaction_isolation": r"read\ committed",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "client_min_messages": "error",
    "standard_conforming_strings": "on",
    "exit_on_error": "off",
    "local_preload_libraries": "",
}


def reopen(database: Database) -> None:
    """Lets the role that migrations run as connect again, with the server's settings, whatever a
    migration has said about later sessions. Nothing to do without a superuser.

    Raises psycopg.Error.
    """
    if database.superuser is None:
        return
    role, name = database.owner["user"], database.name
    with connect_superuser(database.superuser) as connection, connection.transaction():
        connection.execute("UPDATE pg_database SET datconnlimit = -1 WHERE datname = %s", (name,))
        connection.execute(
            "DELETE FROM pg_db_role_setting WHERE setdatabase IN "
            "(SELECT oid FROM pg_database WHERE datname = %s) OR (setdatabase = 0 AND setrole IN "
            "(SELECT oid FROM pg_roles WHERE rolname = %s))",
            (name, role),
        )
        connection.execute(
            "UPDATE pg_authid SET rolcanlogin = true, rolconnlimit = -1, rolvaliduntil = NULL "
            "WHERE rolname = %s",
            (role,),
        )
        run(
            connection,
            f"GRANT CONNECT, TEMPORARY ON DATABASE {identifier(name)} TO {identifier(role)}",
        )


def local_parameters(**parameters: str) -> dict[str, str]:
    """Parameters for a server of our own, whatever libpq's variables in the environment say."""
    neutral = {"sslmode": "disable", "gssencmode": "disable", "options": ""}
    neutral |= {"channel_binding": "disable", "target_session_attrs": "any"}
    if pq.version() >= 170000:
        neutral["sslnegotiation"] = "postgres"
    if pq.version() >= 160000:
        neutral["require_auth"] = "none,scram-sha-256"
    return neutral | parameters


def run(connection: Connection, text: str) -> None:
    """Sends SQL text, one statement or several, as one simple query."""
    connection.execute(text.encode())


def names(connection: Connection, query: str) -> set[str]:
    """The first column of a query's rows."""
    return {row[0] for row in connection.execute(query.encode())}


def prepare(parameters: Mapping[str, str], setup: SetupOptions) -> None:
    """Runs the preset and the team's own setup, then creates the extensions that the server has.

    Raises InputError with PostgreSQL's message where the setup fails.
    """
    with connect(parameters) as connection:
        if setup.preset is not None:
            run(connection, PRESETS[setup.preset].sql)
        try:
            run(connection, setup.setup)
        except psycopg.Error as error:
            message = error.diag.message_primary or str(error)
            raise InputError(
                f"The SQL given as setup fails with {error.sqlstate}: {message}; "
                "it must run on an empty database"
            ) from None
        _create_extensions(connection, setup.extensions)


_GIVE_TO_OWNER = (
    "UPDATE pg_extension SET extowner = datdba FROM pg_database "
    "WHERE datname = current_database() AND extname = %s"
)


def _create_extensions(connection: Connection, extensions: Sequence[Extension]) -> None:
    """Creates them for the database's owner, as if that one had. Where one cannot be created here,
    the migration that needs it says so.
    """
    available = names(connection, "SELECT name FROM pg_available_extensions") if extensions else ()
    schemas = names(connection, "SELECT nspname FROM pg_namespace") if extensions else ()
    for extension in extensions:
        schema = extension.schema
        if extension.name not in available or (schema is not None and schema not in schemas):
            continue
        place = f" SCHEMA {identifier(schema)}" if schema else ""
        create = f"CREATE EXTENSION IF NOT EXISTS {identifier(extension.name)}{place} CASCADE"
        with suppress(psycopg.Error):
            run(connection, create)
            connection.execute(_GIVE_TO_OWNER, (extension.name,))


def identifier(name: str) -> str:
    """A name quoted for SQL."""
    return sql.Identifier(name).as_string()
