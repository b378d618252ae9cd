"""What the tables hold at one moment, seen from inside of the migration's own transaction.

Rows that are not committed are seen by nobody else, so that the migration's own connection has to
ask. What it asks is a function that runs as a role of ours that may read all tables, for row
security, SET ROLE and settings must not decide what is seen; no superuser, as reading runs code of
the schema (``checker.pg.roles``). It obeys only who knows a token (in PostgreSQL only its hash
is kept), since it would otherwise read for the migration what that may not read. Values become text
by the output functions of their types alone, not by casts, which may be the migration's own.

The question leaves no trace: it is asked in a subtransaction that is rolled back, so that it keeps
no lock and no setting.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cached_property
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct
from psycopg import pq

from checker.model.changes import quote
from checker.pg.connection import Connection, names, run
from checker.pg.roles import passing_role, plain

LARGEST = 16 * 2**20  # bytes of a table that is still read; a migration may write without end
_FIRST_USER_OID = 16384  # FirstNormalObjectId (PostgreSQL source, access/transam.h)

Row = tuple[str | None, ...]


class ColumnSnapshot(Struct, frozen=True, array_like=True):
    """A column by its number, which survives renames. ``kind`` is the type's name in pg_type (that
    of a domain's base), ``enum`` for all enums; ``type`` is the oid of the column's own.
    """

    number: int
    name: str
    kind: str
    type: int = 0


class TableSnapshot(Struct, frozen=True, dict=True):
    """A table with its rows as text. ``root`` is the partitioned table that it belongs to, or its
    own oid; ``keys`` are the numbers of columns that are unique together, the primary key first.
    ``held`` is None where the table was too large to be read, or could not be. ``mark`` is another
    one where rows or columns may be others.
    """

    oid: int
    root: int
    schema: str
    name: str
    temporary: bool
    partitioned: bool
    columns: tuple[ColumnSnapshot, ...]
    keys: tuple[tuple[int, ...], ...]
    held: str | None
    mark: str

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
    """Tables by oid, and the labels of all enums by the oids of type and label."""

    relations: dict[int, TableSnapshot]
    labels: dict[int, dict[int, str]] = {}


class RowReader:
    """Takes snapshots of one database, over any connection to it."""

    def __init__(self, function: str, token: str) -> None:
        self.function = function
        self._token = token
        self._call = b"SELECT * FROM " + function.encode() + b"(%s, %s, %s, %s)"

    @classmethod
    @contextmanager
    def installed(cls, superuser: Connection) -> Iterator[RowReader]:
        """A reader whose function is in the database until the end of the block.

        It is in pg_catalog, where a migration that goes through all schemas does not meet it.
        """
        function = f"pg_catalog.migration_checker_{secrets.token_hex(8)}"
        token = secrets.token_hex(32)
        with passing_role(superuser, "NOLOGIN", {"TABLES": "SELECT"}) as role:
            with plain(superuser):
                run(superuser, _install(function, sha256(token.encode()).hexdigest()))
                run(superuser, f"ALTER FUNCTION {function} OWNER TO {role}")
                for owner in map(quote, sorted(names(superuser, _OWNERS))):
                    new = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT"
                    run(superuser, f"{new} SELECT ON TABLES TO {role}")
                    run(superuser, f"{new} USAGE ON SCHEMAS TO {role}")
            yield cls(function, token)

    def snapshot(
        self,
        connection: Connection,
        tables: Collection[int] | None = None,
        previous: Snapshot | None = None,
    ) -> Snapshot:
        """What these tables (by oid; without any all tables of the database) hold now.

        Tables that are as in the ``previous`` snapshot are not read again, which makes it quick.
        ``connection`` is in autocommit as far as psycopg is concerned; a transaction that is open
        there must not have failed. Raises psycopg.Error where PostgreSQL refuses; the transaction
        then goes on as if nothing had been asked.
        """
        wanted = None if tables is None else list(tables)
        with unseen(connection):
            cursor = connection.cursor(binary=False)
            labels: dict[int, dict[int, str]] = {}
            for kind, oid, label in cursor.execute(_LABELS, prepare=False):
                labels.setdefault(kind, {})[oid] = label
            # A label that has another name is in rows that nobody has written anew.
            known = previous.relations if previous and previous.labels == labels else {}
            marks = [relation.mark for relation in known.values()]
            parameters = (self._token, wanted, list(known), marks)
            found = cursor.execute(self._call, parameters, prepare=False).fetchall()
        return Snapshot({row[0]: _relation(row, known.get(row[0])) for row in found}, labels)


# What they make from now on is to be read as well.
_OWNERS = r"""
SELECT rolname FROM pg_catalog.pg_roles r WHERE NOT rolsuper AND (
  EXISTS (SELECT FROM pg_catalog.pg_database WHERE datdba = r.oid AND datname = current_database())
  OR EXISTS (SELECT FROM pg_catalog.pg_class WHERE relowner = r.oid AND relkind IN ('r', 'p')))
"""
_LABELS = b"SELECT enumtypid::bigint, oid::bigint, enumlabel FROM pg_catalog.pg_enum"


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


def _relation(row: tuple[Any, ...], known: TableSnapshot | None) -> TableSnapshot:
    """What a row of the answer says; ``known`` is the table's state where it is unchanged."""
    oid, root, schema, name, temporary, partitioned, columns, keys, held, mark = row
    if known is not None and known.mark == mark:
        held = known.held
    attributes = msgspec.json.decode(columns, type=tuple[ColumnSnapshot, ...])
    unique = msgspec.json.decode(keys, type=tuple[tuple[int, ...], ...])
    return TableSnapshot(
        oid, root, schema, name, temporary, partitioned, attributes, unique, held, mark
    )


def _install(function: str, digest: str) -> str:
    return (
        _FUNCTION.replace("@function@", function)
        .replace("@digest@", digest)
        .replace("@first@", str(_FIRST_USER_OID))
        .replace("@largest@", str(LARGEST))
    )


# Output functions alone (format %s, not ::text): see above. A generated column is made from others.
# num_nulls, because ROW(NULL) IS NULL is true. A domain is resolved to its base, through others.
# A row that is written anew stands elsewhere, or bears another transaction or command.
_FUNCTION = """
SET LOCAL standard_conforming_strings = on;
CREATE FUNCTION @function@(
  token text, wanted oid[], known oid[], marks text[],
  OUT relation bigint, OUT root bigint, OUT schema text, OUT name text,
  OUT temporary bool, OUT partitioned bool, OUT columns text, OUT keys text, OUT held text,
  OUT mark text
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
    SELECT c.oid, c.relkind, c.relpersistence, c.relfilenode, n.nspname, c.relname,
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
          ELSE t.typname END, t.oid::bigint) ORDER BY a.attnum) AS described,
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
      AND (wanted IS NULL OR c.oid = ANY (wanted) OR pg_partition_root(c.oid)::oid = ANY (wanted))
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
    mark := '';
    IF partitioned OR pg_relation_size(found.oid) = 0 THEN
      held := '[]';
    ELSIF pg_table_size(found.oid) <= @largest@ THEN
      BEGIN
        EXECUTE format('SELECT md5(string_agg(format(''%%s %%s %%s'', ctid, xmin, cmin), '','' '
          'ORDER BY ctid)) FROM ONLY %I.%I', found.nspname, found.relname) INTO mark;
        mark := md5(concat_ws(' ', found.oid, found.relfilenode, columns, mark));
        IF marks[array_position(known, found.oid)] IS DISTINCT FROM mark THEN
          EXECUTE format('SELECT json_agg(ARRAY[%s]::text[] ORDER BY ctid) FROM ONLY %I.%I',
            found.expressions, found.nspname, found.relname) INTO held;
          held := coalesce(held, '[]');
        END IF;
      EXCEPTION WHEN OTHERS THEN
        held := NULL;
        mark := '';
      END;
    END IF;
    RETURN NEXT;
  END LOOP;
END
$function$
"""
