"""A read-only connection to a deployed database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from msgspec.structs import replace

from checker.pg.opening import Connection, open_connection, trouble_in
from checker.pg.trouble import UnreachableError
from checker.pg.url import Target, parse_url

__all__ = ["Connection", "Target", "look_into", "parse_url"]

STATEMENT_SECONDS = 30
LOCK_SECONDS = 3


@contextmanager
def look_into(target: Target) -> Iterator[Connection]:
    """A connection within one read-only transaction, which is rolled back at the end.

    All reads come from one snapshot. Everything is set inside the transaction, so that it
    also holds behind a pooler that gives each transaction another server connection. Raises
    UnreachableError if there is no connection, or the database cannot be read.
    """
    connection = open_connection(_without_settings(target))
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
            connection.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
            connection.execute("SET LOCAL search_path = pg_catalog")
            yield connection
    except psycopg.Error as error:
        raise UnreachableError(trouble_in(error, target)) from None
    finally:
        connection.close()


def _without_settings(target: Target) -> Target:
    """Poolers refuse settings in ``options``; hosts that serve many databases from one address read
    the name of theirs from it.
    """
    kept = dict(target.parameters)
    if kept.get("options", "").lstrip().startswith("-"):
        del kept["options"]
    return replace(target, parameters=kept)
