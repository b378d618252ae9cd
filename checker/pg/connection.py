"""Connections to PostgreSQL, and SQL sent over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import pq

from checker.errors import CannotWorkError, ServerFaultError

Connection = psycopg.Connection[tuple[Any, ...]]
LOST = "the connection was lost"
FAULTS = ("53100", "58030")
"""A disk that is full or broken (docs, Appendix A), whoever filled it."""


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

    Names mean PostgreSQL's own objects, whatever functions and operators in other schemas would
    match better (PostgreSQL docs 10.3), and whatever the owner of the database has
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


def local_parameters(**parameters: str) -> dict[str, str]:
    """Parameters for a server of our own, independent of libpq's environment variables."""
    neutral = {"sslmode": "disable", "gssencmode": "disable", "options": ""}
    neutral |= {"channel_binding": "disable", "target_session_attrs": "any"}
    if pq.version() >= 170000:
        neutral["sslnegotiation"] = "postgres"
    if pq.version() >= 160000:
        neutral["require_auth"] = "none,scram-sha-256"
    return neutral | parameters


def parameters_of(connection: Connection) -> dict[str, str]:
    """All parameters of a connection but its password, for another one to the same server.

    Those that equal a default are among them: libpq takes its defaults from the environment (docs
    34.15), which may speak of another server.
    """
    return {
        option.keyword.decode(): option.val.decode()
        for option in connection.pgconn.info
        if option.val is not None and option.keyword != b"password"
    }


def run(connection: Connection, text: str) -> None:
    """Sends SQL text, one statement or several, as one simple query."""
    connection.execute(text.encode())


def names(connection: Connection, query: str) -> set[str]:
    """The first column of a query's rows."""
    return {row[0] for row in connection.execute(query.encode())}


def message_of(error: psycopg.Error, otherwise: str = LOST) -> str:
    """PostgreSQL's error in one line; ``otherwise`` if it did not answer."""
    return error.diag.message_primary or otherwise


@contextmanager
def able(failing: str, otherwise: str = LOST) -> Iterator[None]:
    """Raises CannotWorkError, which begins with ``failing``, if PostgreSQL refuses what is done
    inside or does not answer, and ServerFaultError if its disk does.
    """
    try:
        yield
    except psycopg.Error as error:
        if error.sqlstate in FAULTS:
            raise ServerFaultError(f"{failing}: {message_of(error, otherwise)}") from None
        raise CannotWorkError(f"{failing}: {message_of(error, otherwise)}") from None
