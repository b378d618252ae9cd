"""What the tables hold at one moment, seen from inside of the migration's own transaction.

Rows that are not committed are seen by nobody else, so that the migration's own connection has to
ask. What it asks is a function of the superuser's, for row security, SET ROLE and settings must not
decide what is seen. It obeys only who knows a token (in PostgreSQL only its hash is kept), since
it would otherwise read for the migration what that may not read. Values become text by the output
functions of their types alone: a cast may be the migration's own function, which would then run as
superuser.

The question leaves no trace: it is asked in a subtransaction that is rolled back, so that it keeps
no lock and no setting.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cached_property
from hashlib import sha256

import msgspec
from msgspec import Struct
from psycopg import pq

from checker.replay.database import Connection, identifier, run

LARGEST = 16 * 2**20  # bytes of a table that is still read; a migration may write without end
_FIRST_USER_OID = 16384  # FirstNormalObjectId (PostgreSQL source, access/transam.h)

Row = tuple[str | None, ...]


class Attribute(Struct, frozen=True, array_like=True):
    """A column by its number, which survives renames. ``kind`` is the type's name in pg_type (that
    of a domain's base), ``enum`` for all enums.
    """

    number: int
    name: str
    kind: str


class Relation(Struct, frozen=True, dict=True):
    """A table with its rows as text. ``root`` is the partitioned table that it belongs to, or its
    own oid; ``keys`` are the numbers of columns that are unique together, the primary key first.
    ``held`` is None where the table was too large to be read.
    """

    oid: int
    root: int
    schema: str
    name: str
    temporary: bool
    partitioned: bool
    columns: tuple[Attribute, ...]
    keys: tuple[tuple[int, ...], ...]
    held: str | None

    @property
    def label(self) -> str:
        """The name for people: ``User`` or ``auth.User``."""
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The values of each row in the order of ``columns``; None for NULL."""
        return msgspec.json.decode(self.held or "[]", type=tuple[Row, ...])

    @cached_property
    def places(self) -> dict[int, int]:
        """Where in a row the column of a number stands."""
        return {column.number: place for place, column in enumerate(self.columns)}


class Snapshot(Struct, frozen=True, dict=True):
    """Tables by oid."""

    relations: dict[int, Relation]

    @property
    def unread(self) -> tuple[str, ...]:
        """The tables that were too large to be read, of which nothing is known then."""
        return tuple(r.label for r in self.relations.values() if r.held is None)


class RowReader:
    """Takes snapshots of one database, over any connection to it."""

    def __init__(self, schema: str, token: str) -> None:
        self._schema = schema
        self._token = token
        self._call = b"SELECT * FROM " + schema.encode() + b".read_rows(%s::text, %s::oid[])"

    @property
    def schema(self) -> str:
        """The schema that holds the function, for those who list what is in the database."""
        return self._schema

    @classmethod
    @contextmanager
    def installed(cls, superuser: Connection) -> Iterator[RowReader]:
        """A reader whose function is in the database until the end of the block."""
        schema = f"migration_checker_{secrets.token_hex(8)}"
        token = secrets.token_hex(32)
        run(superuser, _install(schema, sha256(token.encode()).hexdigest()))
        try:
            yield cls(schema, token)
        finally:
            if not superuser.closed:
                run(superuser, f"DROP SCHEMA IF EXISTS {schema} CASCADE")

    def snapshot(self, connection: Connection, tables: Collection[int] | None = None) -> Snapshot:
        """What these tables (by oid; without any all tables of the database) hold now.

        ``connection`` is in autocommit as far as psycopg is concerned; a transaction that is open
        there must not have failed. Raises psycopg.Error where PostgreSQL refuses; the transaction
        then goes on as if nothing had been asked.
        """
        with unseen(connection):
            wanted = None if tables is None else list(tables)
            cursor = connection.cursor(binary=False)
            found = cursor.execute(self._call, (self._token, wanted), prepare=False).fetchall()
        return Snapshot({row[0]: _relation(row) for row in found})


@contextmanager
def unseen(connection: Connection) -> Iterator[None]:
    """A look from the migration's own connection that leaves neither a lock nor a setting."""
    inside = connection.info.transaction_status != pq.TransactionStatus.IDLE
    run(connection, f"{'SAVEPOINT migration_checker' if inside else 'BEGIN'};{_SETTINGS}")
    try:
        yield
    finally:
        if not connection.closed:
            back = "ROLLBACK TO migration_checker;RELEASE migration_checker"
            run(connection, back if inside else "ROLLBACK")


_SETTINGS = """
SET LOCAL search_path = pg_catalog; SET LOCAL client_encoding = 'UTF8';
SET LOCAL statement_timeout = '10s'; SET LOCAL lock_timeout = '5s'"""


def _relation(row: tuple[object, ...]) -> Relation:
    oid, root, schema, name, temporary, partitioned, columns, keys, held = row
    return msgspec.convert(
        {
            "oid": oid,
            "root": root,
            "schema": schema,
            "name": name,
            "temporary": temporary,
            "partitioned": partitioned,
            "columns": msgspec.json.decode(str(columns)),
            "keys": msgspec.json.decode(str(keys)),
            "held": held,
        },
        Relation,
    )


def _install(schema: str, digest: str) -> str:
    return (
        _FUNCTION.replace("@schema@", identifier(schema))
        .replace("@digest@", digest)
        .replace("@first@", str(_FIRST_USER_OID))
        .replace("@largest@", str(LARGEST))
    )


# Output functions alone (format %s, not ::text): see above. A generated column is made from others.
# num_nulls, because ROW(NULL) IS NULL is true. A domain is resolved to its base, through others.
_FUNCTION = """
BEGIN;
SET LOCAL standard_conforming_strings = on;
CREATE SCHEMA @schema@;
CREATE FUNCTION @schema@.read_rows(
  token text, wanted oid[],
  OUT relation bigint, OUT root bigint, OUT schema text, OUT name text,
  OUT temporary bool, OUT partitioned bool, OUT columns text, OUT keys text, OUT held text
) RETURNS SETOF record LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET "TimeZone" = 'UTC' SET "DateStyle" = 'ISO, YMD' SET "IntervalStyle" = 'postgres'
SET extra_float_digits = 1 SET bytea_output = 'hex' SET lc_monetary = 'C' SET xmlbinary = 'base64'
SET standard_conforming_strings = on SET quote_all_identifiers = off SET row_security = off
SET jit = off
AS $function$
DECLARE
  found record;
BEGIN
  IF encode(sha256(convert_to(token, 'UTF8')), 'hex') IS DISTINCT FROM '@digest@' THEN
    RAISE insufficient_privilege USING MESSAGE = 'permission denied';
  END IF;
  FOR found IN
    SELECT c.oid, c.relkind, c.relpersistence, n.nspname, c.relname,
      coalesce(pg_partition_root(c.oid)::oid, c.oid) AS root,
      attributes.described, attributes.expressions, indexes.keys
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (
      SELECT json_agg(json_build_array(a.attnum, a.attname,
          CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN (
            WITH RECURSIVE base AS (
              SELECT t.typbasetype AS type
              UNION ALL
              SELECT d.typbasetype FROM base JOIN pg_type d ON d.oid = base.type
              WHERE d.typtype = 'd')
            SELECT CASE b.typtype WHEN 'e' THEN 'enum' ELSE b.typname END
            FROM base JOIN pg_type b ON b.oid = base.type WHERE b.typtype <> 'd')
          ELSE t.typname END) ORDER BY a.attnum) AS described,
        string_agg(format('CASE num_nulls(%1$I) WHEN 0 THEN format(''%%s'', %1$I) END', a.attname),
          ',' ORDER BY a.attnum) AS expressions
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    ) attributes
    CROSS JOIN LATERAL (
      SELECT json_agg(string_to_array(i.indkey::text, ' ')::int[] ORDER BY NOT i.indisprimary,
        i.indexrelid) AS keys
      FROM pg_index i
      WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid
        AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = i.indnatts
    ) indexes
    WHERE c.relkind IN ('r', 'p') AND c.oid >= @first@
      AND (wanted IS NULL OR c.oid = ANY (wanted))
  LOOP
    relation := found.oid;
    root := found.root;
    schema := found.nspname;
    name := found.relname;
    temporary := found.relpersistence = 't';
    partitioned := found.relkind = 'p';
    columns := coalesce(found.described, '[]');
    keys := coalesce(found.keys, '[]');
    held := NULL;
    IF partitioned OR pg_relation_size(found.oid) = 0 THEN
      held := '[]';
    ELSIF pg_table_size(found.oid) <= @largest@ THEN
      EXECUTE format('SELECT json_agg(ARRAY[%s]::text[] ORDER BY ctid) FROM ONLY %I.%I',
        found.expressions, found.nspname, found.relname) INTO held;
      held := coalesce(held, '[]');
    END IF;
    RETURN NEXT;
  END LOOP;
END
$function$;
GRANT USAGE ON SCHEMA @schema@ TO PUBLIC;
COMMIT
"""
