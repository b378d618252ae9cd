"""The schema as the server has it at this moment, as a catalog like the one that is read.

PostgreSQL writes its tables, constraints, indexes and enums as SQL; that is read as a history
would be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checker.changes import Name, quote
from checker.replay.database import Connection
from checker.sql import read
from checker.sql.catalog import Catalog
from checker.sql.queries import literal
from checker.witness.snapshot import Snapshot, unseen

# Oids from 16384 on are those of users (FirstNormalObjectId, PostgreSQL source access/transam.h).
_TABLES = """
SELECT c.oid::bigint, n.nspname, c.relname, a.attnum::int, a.attname,
  pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND c.oid >= 16384 ORDER BY c.oid, a.attnum
"""
_ENUMS = """
SELECT n.nspname, t.typname, pg_catalog.array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid WHERE t.oid >= 16384 GROUP BY 1, 2
"""
_DOMAINS = """
SELECT n.nspname, t.typname, pg_catalog.format_type(t.typbasetype, t.typtypmod)
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'd' AND t.oid >= 16384
"""
_CONSTRAINTS = """
SELECT n.nspname, c.relname, k.conname, pg_catalog.pg_get_constraintdef(k.oid)
FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND c.oid >= 16384
ORDER BY k.contype <> 'p', k.oid
"""
_INDEXES = """
SELECT pg_catalog.pg_get_indexdef(i.indexrelid)
FROM pg_catalog.pg_index i
WHERE i.indisunique AND i.indrelid >= 16384 AND NOT EXISTS (
  SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid)
"""


def server_catalog(connection: Connection, start: Snapshot | None = None) -> Catalog:
    """The catalog of all tables that the server has.

    A table or column that ``start`` does not have, or has under another name, counts as new; so do
    all domains.
    """
    with unseen(connection):

        def rows(query: str) -> list[tuple[object, ...]]:
            return connection.execute(query.encode()).fetchall()

        tables, enums, domains = rows(_TABLES), rows(_ENUMS), rows(_DOMAINS)
        constraints, indexes = rows(_CONSTRAINTS), rows(_INDEXES)
    old, new = _columns(tables, start)
    catalog = Catalog()
    catalog.begin_migration()
    _apply(catalog, _enums(enums))
    _apply(catalog, old)
    catalog.begin_pull_request()
    _apply(catalog, (f"CREATE DOMAIN {_name(s, n)} AS {base}" for s, n, base in domains))
    _apply(catalog, new)
    _apply(
        catalog,
        (
            f"ALTER TABLE {_name(schema, table)} ADD CONSTRAINT {quote(str(name))} {definition}"
            for schema, table, name, definition in constraints
        ),
    )
    _apply(catalog, (str(index) for (index,) in indexes))
    return catalog


def _apply(catalog: Catalog, statements: Iterable[str]) -> None:
    script = read(";\n".join(statements), "postgresql")
    for statement in script.statements:
        for change in statement.changes:
            catalog.apply(change)


def _enums(rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    for schema, name, labels in rows:
        assert isinstance(labels, list)
        yield f"CREATE TYPE {_name(schema, name)} AS ENUM ({', '.join(map(literal, labels))})"


def _columns(
    rows: Iterable[tuple[object, ...]], start: Snapshot | None
) -> tuple[list[str], list[str]]:
    """Statements that make the tables as far as they were there at the start, and the rest."""
    old: list[str] = []
    new: list[str] = []
    seen: set[object] = set()
    for oid, schema, table, number, column, kind, required in rows:
        name = _name(schema, table)
        relation = start.relations.get(int(str(oid))) if start else None
        there = start is None or (
            relation is not None and (relation.schema, relation.name) == (schema, table)
        )
        if oid not in seen:
            (old if there else new).append(f"CREATE TABLE {name} ()")
            seen.add(oid)
        known = relation is None or any(
            (c.number, c.name) == (number, column) for c in relation.columns
        )
        definition = f"{quote(str(column))} {kind}{' NOT NULL' * bool(required)}"
        (old if there and known else new).append(f"ALTER TABLE {name} ADD COLUMN {definition}")
    return old, new


def _name(schema: object, name: object) -> str:
    return Name(str(name), str(schema)).sql
