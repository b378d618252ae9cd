"""What a database holds before its history, and how it is opened again after that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import psycopg

from checker.engines.postgresql.server.presets import PRESETS
from checker.errors import InputError
from checker.model.changes import quote
from checker.pg.connection import Connection, connect, connect_superuser, message_of, names, run
from checker.pg.database import Database, Extension, SetupOptions


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
            message = message_of(error, str(error))
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
    """Creates extensions as if the database's owner had. If one cannot be created here, the
    migration that needs it reports it.
    """
    available = names(connection, "SELECT name FROM pg_available_extensions") if extensions else ()
    schemas = names(connection, "SELECT nspname FROM pg_namespace") if extensions else ()
    for extension in extensions:
        schema = extension.schema
        if extension.name not in available or (schema is not None and schema not in schemas):
            continue
        place = f" SCHEMA {quote(schema)}" if schema else ""
        create = f"CREATE EXTENSION IF NOT EXISTS {quote(extension.name)}{place} CASCADE"
        with suppress(psycopg.Error):
            run(connection, create)
            connection.execute(_GIVE_TO_OWNER, (extension.name,))


def reopen(database: Database) -> None:
    """Lets the role that migrations run as connect again, with the server's settings, whatever a
    migration has set for later sessions. Does nothing without a superuser.

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
            f"GRANT CONNECT, TEMPORARY ON DATABASE {quote(name)} TO {quote(role)}",
        )
