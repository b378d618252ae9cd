"""Reads the sizes of a deployed database's tables. No row is read, nothing is changed."""

from __future__ import annotations

from datetime import UTC, datetime

from checker.engines.postgresql.server.binaries import OLDEST
from checker.errors import CannotWorkError
from checker.live.connection import Connection, look_into, parse_url
from checker.model.changes import DEFAULT_SCHEMA
from checker.model.sizes import PAGE, Size, Sizes
from checker.pg.names import OWN_SCHEMA

# Partitions count for themselves and for their partitioned table. Where the table was never
# analysed, reltuples is -1 (0 before 14), and the counter of live rows is better (docs 27.2).
_SIZES = f"""
SELECT n.nspname, c.relname, r.nspname, r.relname,
  CASE WHEN c.reltuples > 0 THEN c.reltuples::bigint ELSE coalesce(s.n_live_tup, 0) END,
  pg_relation_size(c.oid), pg_indexes_size(c.oid),
  coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
LEFT JOIN LATERAL (
  SELECT rn.nspname, rc.relname FROM pg_class rc JOIN pg_namespace rn ON rn.oid = rc.relnamespace
  WHERE c.relispartition AND rc.oid = pg_partition_root(c.oid)) r ON true
WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
  AND {OWN_SCHEMA}
"""  # noqa: S608


def read_sizes(url: str, option: str = "--database-url") -> Sizes:
    """The sizes of all tables of the database that a URL names.

    Raises InputError for an invalid URL, and CannotWorkError if the server does not answer; both
    name only the ``option`` that the URL came from.
    """
    with look_into(parse_url(url, option)) as connection:
        return _read(connection, option)


def _read(connection: Connection, option: str) -> Sizes:
    (version,) = connection.execute("SELECT pg_catalog.version()").fetchone() or ("",)
    if "CockroachDB" in version:
        raise CannotWorkError(f"The database of {option} is CockroachDB, not PostgreSQL")
    number = connection.info.server_version
    if number // 10000 < OLDEST:
        raise CannotWorkError(f"The database of {option} is older than PostgreSQL {OLDEST}")
    tables: dict[str, Size] = {}
    for schema, name, root_schema, root, rows, own, indexes, toast in connection.execute(_SIZES):
        size = Size(max(rows, 0), own // PAGE, own, indexes, toast)
        tables[_name(schema, name)] = size
        if root is not None:
            whole = _name(root_schema, root)
            tables[whole] = _sum(tables.get(whole, Size(0, 0, 0)), size)
    server = f"PostgreSQL {number // 10000}.{number % 10000}"
    return Sizes(datetime.now(UTC).date(), server, tables)


def _name(schema: str, name: str) -> str:
    return name if schema == DEFAULT_SCHEMA else f"{schema}.{name}"


def _sum(one: Size, other: Size) -> Size:
    return Size(
        one.rows + other.rows,
        one.pages + other.pages,
        one.table_bytes + other.table_bytes,
        one.index_bytes + other.index_bytes,
        one.toast_bytes + other.toast_bytes,
    )
