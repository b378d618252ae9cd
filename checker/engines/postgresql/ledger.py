"""Prisma's own bookkeeping, on the connection that runs the scripts.

A script can break it, so it is done as Prisma does it (prisma-engines, sql_migration_persistence
and the schema connector of PostgreSQL): one connection with ``search_path`` set when it is made,
the table named without a schema.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from psycopg import sql

from checker.model import Migration
from checker.pg.connection import Connection, connect
from checker.pg.session import Answer, Session

# The search_path is a parameter of Prisma's connection: RESET goes back to it.
_OPTIONS = '-c search_path="public"'
_CREATE = """
CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum VARCHAR(64) NOT NULL,
    finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL,
    logs TEXT,
    rolled_back_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
)"""
_INSERT = (
    'INSERT INTO "_prisma_migrations" ("started_at", "id", "checksum", "migration_name") '
    "VALUES (now(), {}, {}, {})"
)
_UPDATE = (
    'UPDATE "_prisma_migrations" SET "applied_steps_count" = "applied_steps_count" + 1 '
    'WHERE "id" = {row}; '
    'UPDATE "_prisma_migrations" SET "finished_at" = now() WHERE "id" = {row}'
)
_PLAIN = re.compile(r"[\w.-]*", re.ASCII)


def open_as_prisma(parameters: Mapping[str, str]) -> Connection:
    """The connection for a whole history, with Prisma's lock taken and the ledger made.

    Raises psycopg.Error.
    """
    options = f"{parameters.get('options', '')} {_OPTIONS}".strip()
    connection = connect({**parameters, "options": options})
    connection.execute("SELECT pg_advisory_lock(72707369)")
    connection.execute(_CREATE)
    return connection


def record(session: Session, *, ended: str | None, begun: tuple[Migration, str] | None) -> Answer:
    """Records that the script of row ``ended`` has run, and begins a migration with its own row.

    Prisma sends these statements one by one; here they are one message, which halves the round
    trips of a replay. They stay in Prisma's order, so the same one fails.
    """
    statements = []
    if ended is not None:
        statements.append(_UPDATE.format(row=_quoted(session, ended)))
    if begun is not None:
        migration, row = begun
        values = (row, migration.checksum or "", migration.name)
        statements.append(_INSERT.format(*(_quoted(session, value) for value in values)))
    return session.send("; ".join(statements))


def _quoted(session: Session, value: str) -> str:
    """A string for SQL. Nearly all need no escaping, and asking psycopg costs more than they do."""
    if _PLAIN.fullmatch(value):
        return f"'{value}'"
    return sql.Literal(value).as_string(session.connection)
