"""Reads the table ``_prisma_migrations`` as Prisma does, and says what stops Prisma from using it.

Source: prisma-engines, sql_migration_persistence.rs: the table is made in the first schema of the
connection, all its columns are read by name, in the order of ``started_at``.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import LiteralString

from checker.live.facts import LEDGER, Ledger, LedgerRow, LiveDatabase, LockHolder
from checker.model.changes import quote
from checker.model.words import plural
from checker.pg.opening import Connection

_DETAIL = re.compile(r"DETAIL: |DbError \{|detail: Some")
_MOST_ROWS = 20_000
_TEXT = frozenset({"varchar", "text", "bpchar"})
_MOMENT = frozenset({"timestamptz", "timestamp"})
_NUMBER = frozenset({"int4", "int8", "int2"})
_COLUMNS = {
    "id": _TEXT,
    "checksum": _TEXT,
    "finished_at": _MOMENT,
    "migration_name": _TEXT,
    "logs": _TEXT,
    "rolled_back_at": _MOMENT,
    "started_at": _MOMENT,
    "applied_steps_count": _NUMBER,
}
_NEVER_NULL = ("id", "checksum", "migration_name", "started_at", "applied_steps_count")

_TABLES: LiteralString = """
    SELECT n.nspname, c.oid, c.relkind::text,
           has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
           row_security_active(c.oid),
           EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND n.nspname !~ '^pg_(temp|toast)' ORDER BY n.nspname"""
_ATTRIBUTES: LiteralString = """
    SELECT a.attname, t.typname, a.attnotnull,
           a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> ''
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
_ROWS = """
    SELECT id::text, migration_name::text, checksum::text, {moments},
           applied_steps_count, left(logs, 20000)
    FROM {table} ORDER BY started_at ASC LIMIT {limit}"""
# Times that Python cannot represent, such as infinity, are clamped to its range.
_MOMENT_OF = (
    "CASE WHEN {0} IS NOT NULL THEN "
    "least(greatest({0}::timestamptz, '0001-01-02 UTC'), '9999-12-30 UTC') END"
)


def read_ledger(connection: Connection, schema: str) -> Ledger:
    """The ledger of a schema, within a transaction that can only read. Raises psycopg.Error."""
    ledgers = {row[0]: row[1:] for row in connection.execute(_TABLES, [LEDGER])}
    elsewhere = tuple(name for name in ledgers if name != schema)
    if schema not in ledgers:
        known = connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", [schema])
        missing = known.fetchone() is not None
        return Ledger(schema, "missing" if missing else "no_schema", elsewhere=elsewhere)
    oid, kind, readable, hidden, keyed = ledgers[schema]
    if not readable:
        problem = f"this user may not read {LEDGER}: grant it USAGE on the schema and SELECT on it"
        return Ledger(schema, "forbidden", problems=(problem,), elsewhere=elsewhere)
    if hidden:
        problem = f"row level security hides rows of {LEDGER} from this user: give it BYPASSRLS"
        return Ledger(schema, "forbidden", problems=(problem,), elsewhere=elsewhere)
    if problems := _problems(connection, oid, kind):
        return Ledger(schema, "damaged", problems=problems, elsewhere=elsewhere)
    rows = _rows(connection, schema)
    if any(row.id is None or row.name is None or row.checksum is None for row in rows):
        problem = "a row has no id, migration_name or checksum"
        return Ledger(schema, "damaged", rows, (problem,), elsewhere=elsewhere)
    return Ledger(
        schema,
        "read" if rows else "empty",
        rows,
        oddities=_oddities(rows, keyed=keyed),
        elsewhere=elsewhere,
    )


def _problems(connection: Connection, oid: int, kind: str) -> tuple[str, ...]:
    """Why Prisma cannot read or write the table."""
    if kind not in ("r", "p"):
        return (f"{LEDGER} is a view, not a table",)
    columns = {row[0]: row[1:] for row in connection.execute(_ATTRIBUTES, [oid])}
    problems = [f"the column {name} is missing" for name in _COLUMNS if name not in columns]
    problems += [
        f"the column {name} has the type {columns[name][0]}"
        for name, types in _COLUMNS.items()
        if name in columns and columns[name][0] not in types
    ]
    problems += [
        f"the column {name} is required and not Prisma's"
        for name, (_, required, filled) in columns.items()
        if name not in _COLUMNS and required and not filled
    ]
    return tuple(problems)


def _rows(connection: Connection, schema: str) -> tuple[LedgerRow, ...]:
    table = f"{quote(schema)}.{LEDGER}"
    moments = ", ".join(
        _MOMENT_OF.format(column) for column in ("started_at", "finished_at", "rolled_back_at")
    )
    query = _ROWS.format(moments=moments, table=table, limit=_MOST_ROWS)
    return tuple(
        LedgerRow(
            row, name, checksum, started, finished, rolled_back, steps or 0, _without_values(logs)
        )
        for row, name, checksum, started, finished, rolled_back, steps, logs in connection.execute(
            query.encode()
        )
    )


def _without_values(logs: str | None) -> str | None:
    """The error without its details, in which PostgreSQL repeats values of rows."""
    return logs and _DETAIL.split(logs, maxsplit=1)[0].rstrip()


def _oddities(rows: tuple[LedgerRow, ...], *, keyed: bool) -> tuple[str, ...]:
    """Things that Prisma tolerates but never makes."""
    oddities = [] if keyed else [f"{LEDGER} has no primary key"]
    ids = Counter(row.id for row in rows)
    if twice := sum(count > 1 for count in ids.values()):
        occur = "occurs" if twice == 1 else "occur"
        oddities.append(f"{plural(twice, 'id')} {occur} more than once")
    applied = Counter(row.name for row in rows if row.state == "applied")
    oddities += [f"{name} is recorded as applied {n} times" for name, n in applied.items() if n > 1]
    if len(rows) == _MOST_ROWS:
        oddities.append(f"{LEDGER} has more than {_MOST_ROWS:,} rows; the others were not read")
    return tuple(oddities)


_TABLES_OF: LiteralString = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY (%s) AND c.relkind = 'r' ORDER BY c.relname"""


def read_tables(connection: Connection, schemas: tuple[str, ...]) -> tuple[str, ...]:
    """The ordinary tables of the schemas; for Prisma a database with only views, enums and
    functions is empty (measured).
    """
    return tuple(row[0] for row in connection.execute(_TABLES_OF, [list(schemas)]))


_DATABASE: LiteralString = """
    SELECT current_database()::text, current_user::text, version(), pg_is_in_recovery(),
           current_setting('default_transaction_read_only') = 'on', pg_backend_pid(),
           coalesce((SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace
                     WHERE nspname = %s), has_database_privilege(current_database(), 'CREATE'))"""


def read_database(connection: Connection, schema: str, *, pooled: bool) -> LiveDatabase:
    """The database reached. A pooler gives out its own process numbers."""
    ((name, user, version, standby, read_only, pid, may_create),) = connection.execute(
        _DATABASE, [schema]
    ).fetchall()
    server = "CockroachDB" if "CockroachDB" in version else " ".join(version.split()[:2])
    return LiveDatabase(
        name,
        schema,
        server,
        user,
        standby=standby,
        read_only=read_only,
        may_create=may_create,
        pooled=pooled or connection.info.backend_pid != pid,
    )


# A lock on one number shows it in two halves and objsubid 1 (PostgreSQL docs 53.13).
_LOCK: LiteralString = """
    SELECT l.pid, nullif(a.application_name, ''), a.usename::text, a.state,
           extract(epoch FROM clock_timestamp() - a.state_change)::float
    FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.mode = 'ExclusiveLock'
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (l.classid::bigint << 32) | l.objid::bigint = %s LIMIT 1"""


def read_lock(connection: Connection, key: int) -> LockHolder | None:
    """Who holds an advisory lock in this database, if anybody does."""
    row = connection.execute(_LOCK, [key]).fetchone()
    return None if row is None else LockHolder(*row)
