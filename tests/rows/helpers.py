"""A schema filled, and what the server says of the rows."""

from __future__ import annotations

from typing import Any

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import Fill
from checker.pg.connection import Connection, connect, run
from checker.pg.database import Database
from checker.rows import Style, fill

_TABLES = """
SELECT c.oid, c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg_t%' ORDER BY n.nspname, c.relname"""
_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), contype::text
FROM pg_constraint WHERE conrelid >= 16384 AND contype IN ('c', 'f', 'p', 'u', 'x')
  AND conparentid = 0 AND coninhcount = 0 ORDER BY 1, 2"""


def tables(connection: Connection) -> list[tuple[int, str]]:
    return connection.execute(_TABLES).fetchall()


def fill_all(connection: Connection, *, style: Style, rows: int = 60) -> dict[str, Fill]:
    filled = fill(connection, [oid for oid, _ in tables(connection)], rows=rows, style=style)
    return {f.table: f for f in filled}


def verify(connection: Connection) -> None:
    """Makes the server check every constraint anew, with triggers on; raises what it says."""
    assert connection.execute("SHOW session_replication_role").fetchone() == ("origin",)
    for number, (table, name, definition, kind) in enumerate(
        connection.execute(_CONSTRAINTS).fetchall()
    ):
        text = definition.replace(" NOT VALID", "").replace(" NO INHERIT", "")
        if kind == "p":  # of which there can be one only
            text = text.replace("PRIMARY KEY", "UNIQUE", 1)
        again = f'ALTER TABLE {table} ADD CONSTRAINT "again_{number}" {text}'
        with connection.transaction(force_rollback=True):
            connection.execute(again.encode())
        assert name
    for oid, table in tables(connection):
        run(connection, f"REINDEX TABLE {table}")
        for (column,) in connection.execute(
            "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = %s AND attnotnull "
            "AND attnum > 0 AND NOT attisdropped",
            (oid,),
        ).fetchall():
            # A row of NULLs is none itself, though it IS NULL.
            found = one(connection, f"SELECT count(*) FROM {table} WHERE num_nulls({column}) = 1")
            assert found == 0, f"{table}.{column}"


def one(connection: Connection, query: str) -> Any:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def content(connection: Connection) -> dict[str, list[str]]:
    """All rows of all tables as text."""
    return {
        table: sorted(
            row
            for (row,) in connection.execute(f"SELECT t::text FROM {table} t".encode()).fetchall()
        )
        for _, table in tables(connection)
    }


class Filled:
    """A database with a schema, its tables filled, every constraint checked by the server."""

    def __init__(self, database: Database, fills: dict[str, Fill], connection: Connection) -> None:
        self.database = database
        self.fills = fills
        self.connection = connection

    def rows(self, table: str) -> int:
        assert self.fills[table].problem is None, self.fills[table]
        return self.fills[table].rows

    def problem(self, table: str) -> str:
        found = self.fills[table]
        assert (found.rows, found.problem is None) == (0, False), found
        return found.problem or ""

    def ask(self, query: str) -> Any:
        return one(self.connection, query)


def texts(filled: Filled, table: str, column: str) -> list[str | None]:
    query = f'SELECT "{column}"::text FROM "{table}" t ORDER BY ctid'
    return [row[0] for row in filled.connection.execute(query.encode()).fetchall()]


__all__ = ["EphemeralServer", "Filled", "connect", "content", "fill_all", "one", "tables", "texts",
           "verify"]  # fmt: skip
