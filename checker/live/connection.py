"""A connection to a deployed database that can only look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from msgspec import Struct
from psycopg import pq

from checker.errors import CannotWorkError, InputError
from checker.replay.database import Connection, connect

STATEMENT_SECONDS = 15
LOCK_SECONDS = 2


class Target(Struct, frozen=True):
    """Where a database is. ``schema`` is the one that Prisma keeps its ledger in (``?schema=``).
    ``parameters`` are libpq's and may hold a password.
    """

    parameters: Mapping[str, str]
    schema: str = "public"

    def __repr__(self) -> str:
        """Without the parameters."""
        return f"Target({self.schema!r})"


def parse_url(url: str, source: str = "--database-url") -> Target:
    """What a URL as Prisma writes it leads to. Raises InputError, without the URL, for another."""
    wrong = InputError(f"{source} is no PostgreSQL URL; give postgresql://USER:PASSWORD@HOST/DB")
    if url.startswith(("prisma://", "prisma+postgres://")):
        raise InputError(
            f"{source} leads to Prisma's own service, which nobody else can look into: give the "
            "postgresql:// URL of the database behind it"
        )
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    try:
        parts = urlsplit(url)
        given = dict(parse_qsl(parts.query))
        options = [(key, value) for key, value in given.items() if key in known]
        parsed = psycopg.conninfo.conninfo_to_dict(
            urlunsplit(parts._replace(query=urlencode(options)))
        )
    except (ValueError, psycopg.Error):
        raise wrong from None
    if parts.scheme not in ("postgresql", "postgres"):
        raise wrong
    found = {key: str(value) for key, value in parsed.items() if key != "options"}
    return Target({"dbname": "postgres"} | found, given.get("schema") or "public")


@contextmanager
def look_into(target: Target) -> Iterator[Connection]:
    """A connection within one read-only transaction, which is rolled back at the end.

    Everything is set inside of the transaction, so that it also holds behind a pooler. Raises
    CannotWorkError where there is no connection to be had.
    """
    try:
        connection = connect(target.parameters)
    except psycopg.Error:
        raise CannotWorkError("The database cannot be reached") from None
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
            connection.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
            yield connection
    finally:
        connection.close()
