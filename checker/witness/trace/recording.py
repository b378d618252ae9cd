"""What PostgreSQL itself saw of a session: event triggers, locks and statistics, read in one query.

The superuser installs it; the migrations run as another role, which can neither read, write, alter
nor drop any of it:

* event triggers write each command, dropped object and rewrite into a table of the superuser's
  (PostgreSQL docs 38.1, 9.30). What a block has undone with its own EXCEPTION is undone there too;
  what a later ROLLBACK undoes has been fetched before. ``ENABLE ALWAYS`` keeps them awake whatever
  ``session_replication_role`` says, which only a superuser may set anyway;
* what a session locks and reads before its commit only that session can tell. It asks a function
  that is ``SECURITY DEFINER``, sees pg_catalog alone, runs no code of the migrations', and answers
  only to a token, which is sent as a parameter and so in nobody's view of the queries.
"""

from __future__ import annotations

import secrets
from typing import Any

import msgspec
from msgspec import Struct

from checker.model import Command, Drop
from checker.model.changes import quote
from checker.pg.connection import Connection, able, connect_superuser, run
from checker.pg.database import Database

SCHEMA_PREFIX = "migration_checker_"  # of the schema that holds the recording
EVENT_LIMIT = 10_000  # commands and objects of one statement that are reported
FIRST_USER_OID = 16384  # FirstNormalObjectId: below are the system's own objects
_LASTING_SINCE = 15  # before, the statistics of other transactions come late and by chance
# The parts of a table that are worth naming when they go with it; others are PostgreSQL's own.
_PARTS = frozenset({
    "table", "table column", "table constraint", "index", "trigger", "sequence", "default value",
    "policy", "rule", "statistics object",
})  # fmt: skip
_REASONS = {1: "persistence", 2: "column default", 4: "column type", 8: "access method"}

_INSTALL = """
CREATE SCHEMA {s};
CREATE UNLOGGED TABLE {s}.record (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what "char" NOT NULL, body jsonb NOT NULL);
CREATE TABLE {s}.secret (token text NOT NULL);
CREATE FUNCTION {s}.record() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off AS $f$
BEGIN
  IF tg_event = 'sql_drop' THEN
    INSERT INTO {s}.record (what, body)
    SELECT 'd', pg_catalog.jsonb_build_array(
      objid::bigint, object_type, schema_name, object_name, object_identity, address_names,
      original)
    FROM pg_catalog.pg_event_trigger_dropped_objects()
    WHERE NOT is_temporary AND schema_name IS DISTINCT FROM 'pg_toast'
    AND (original OR normal OR object_type = ANY (ARRAY[{parts}]))
    AND NOT (object_type = 'trigger' AND object_identity LIKE '"RI\\_ConstraintTrigger\\_%')
    AND NOT (object_type = 'rule' AND object_identity LIKE '"\\_RETURN"%');
  ELSIF tg_event = 'table_rewrite' THEN
    INSERT INTO {s}.record (what, body) VALUES ('r', pg_catalog.jsonb_build_array(
      pg_catalog.pg_event_trigger_table_rewrite_oid()::bigint,
      pg_catalog.pg_event_trigger_table_rewrite_reason()));
  ELSE
    INSERT INTO {s}.record (what, body)
    SELECT 'c', pg_catalog.jsonb_build_array(command_tag, object_type, object_identity)
    FROM pg_catalog.pg_event_trigger_ddl_commands() WHERE NOT in_extension;
  END IF;
END $f$;
REVOKE ALL ON FUNCTION {s}.record() FROM PUBLIC;
"""
_TRIGGER = """
CREATE EVENT TRIGGER {s}_{event} ON {event} EXECUTE FUNCTION {s}.record();
ALTER EVENT TRIGGER {s}_{event} ENABLE ALWAYS;
"""
# Of the statistics there are those of this transaction and the lasting ones. A partitioned table
# has no size, and before PostgreSQL 13 opening it runs the functions in its key.
_SEEN = """
CREATE FUNCTION {s}.seen{lasting}(given text, known bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  locks jsonb;
  held oid[];
BEGIN
  IF NOT EXISTS (SELECT FROM {s}.secret WHERE token = given) THEN
    RAISE insufficient_privilege USING MESSAGE = 'this is not for migrations';
  END IF;
  SELECT jsonb_agg(jsonb_build_array(relation::bigint, mode)), array_agg(relation)
  INTO locks, held FROM pg_locks
  WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted AND relation >= {first};
  RETURN json_build_object(
    'locks', coalesce(locks, '[]'),
    'relations', (
      WITH counted AS MATERIALIZED (
        SELECT c.oid, c.relname, n.nspname, c.relkind, c.relfilenode,
          coalesce(i.indrelid, 0)::bigint AS indrelid,
          {stat}numscans(c.oid) AS scans, {stat}blocks_fetched(c.oid) AS blocks
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_index i ON i.indexrelid = c.oid
        WHERE c.oid >= {first} AND n.nspname <> '{s}' AND c.relpersistence <> 't'
      )
      SELECT coalesce(json_agg(json_build_array(
        oid::bigint, nspname, relname, relkind, indrelid, relfilenode::bigint,
        CASE WHEN relkind = 'p' THEN 0 ELSE coalesce(pg_relation_size(oid), 0) END
          / current_setting('block_size')::int, scans, blocks,
        {stat}tuples_updated(oid) + {stat}tuples_deleted(oid), {stat}tuples_inserted(oid))), '[]')
      FROM counted WHERE '{lasting}' <> '' OR scans > 0 OR blocks > 0 OR oid = ANY (held)
    ),
    'last', (SELECT coalesce(max(id), known) FROM {s}.record),
    'events', (
      SELECT coalesce(json_agg(json_build_array(id, what, body) ORDER BY id), '[]')
      FROM (SELECT * FROM {s}.record WHERE id > known ORDER BY id LIMIT {limit}) r
    ))::text;
END $f$;
GRANT EXECUTE ON FUNCTION {s}.seen{lasting}(text, bigint) TO PUBLIC;
"""
# A given server may have other settings. Parallel workers would count for themselves.
_SETTINGS = """
ALTER DATABASE {d} SET track_counts = on;
ALTER DATABASE {d} SET max_parallel_workers_per_gather = 0;
ALTER DATABASE {d} SET max_parallel_maintenance_workers = 0;
"""
_START = """
SELECT c.oid::bigint, n.nspname, c.relname, c.relkind::text,
  coalesce(o.oid, oi.oid, i.indrelid, CASE WHEN c.relkind IN ('r', 'p', 'm', 'f') THEN c.oid END,
    0)::bigint,
  c.relfilenode::bigint,
  CASE WHEN c.relkind = 'p' THEN 0 ELSE coalesce(pg_relation_size(c.oid), 0) END
    / current_setting('block_size')::int
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class o ON o.reltoastrelid = c.oid AND c.relkind = 't'
LEFT JOIN pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_class oi ON oi.reltoastrelid = i.indrelid AND oi.reltoastrelid <> 0
WHERE c.oid >= %s AND n.nspname <> %s AND c.relkind <> 'c' AND c.relpersistence <> 't'
"""


class WatchedRelation(Struct):
    """A relation that was there at the start, or an index made since on such a table.

    ``name`` is ``schema.name`` outside of public. ``table`` is the oid of the table, partition or
    materialized view that it is or is a part of (index, TOAST), 0 for a view or a sequence.
    ``filenode`` and ``pages`` are those that were seen last; ``new`` is an index made since.
    """

    oid: int
    name: str
    kind: str
    table: int
    filenode: int
    pages: int
    new: bool = False

    @property
    def is_toast(self) -> bool:
        return self.name.startswith("pg_toast.")

    @property
    def is_index(self) -> bool:
        return self.kind in ("i", "I") and not self.is_toast


class Counted(Struct, frozen=True, array_like=True):
    """A relation's figures: ``scans`` of a table are sequential, those of an index its own;
    ``changed`` counts rows updated and deleted. All but filenode and pages only ever grow.
    """

    oid: int
    schema: str
    name: str
    kind: str
    index_of: int
    filenode: int
    pages: int
    scans: int
    blocks: int
    changed: int
    inserted: int


class Event(Struct, frozen=True, array_like=True):
    id: int
    what: str
    body: list[Any]


class Recorded(Struct, frozen=True):
    """What is so at one moment, and the events since the last one, of which ``last`` is the id."""

    locks: list[tuple[int, str]]
    relations: list[Counted]
    last: int
    events: list[Event]


class Recorder:
    """The recording in one database. Made by ``install``. ``relations`` are those that there were
    then, by oid; ``lasting`` says that PostgreSQL tells at once what a finished transaction did.
    """

    def __init__(
        self, schema: str, token: str, relations: dict[int, WatchedRelation], *, lasting: bool
    ) -> None:
        self._schema = schema
        self._token = token
        self._known = 0
        self.relations = relations
        self.lasting = lasting

    def seen(self, connection: Connection, *, lasting: bool = False) -> Recorded:
        """What the connection's session has locked, read and recorded until now.

        ``lasting`` counts what all committed transactions did and lists every relation: for a
        session without a transaction. Raises psycopg.Error.
        """
        if lasting and self.lasting:
            connection.execute("SELECT pg_catalog.pg_stat_force_next_flush()")
        function = f"{self._schema}.seen{'_lasting' if lasting else ''}"
        row = connection.execute(
            f"SELECT {function}(%s, %s)", (self._token, self._known)
        ).fetchone()
        seen = msgspec.json.decode(row[0] if row else "", type=Recorded)
        self._known = max(self._known, seen.last)
        return seen


def install(database: Database) -> Recorder:
    """Installs the recording in a database that is thrown away afterwards.

    Raises CannotWorkError where there is no superuser to do it or PostgreSQL refuses.
    """
    schema = f"{SCHEMA_PREFIX}{secrets.token_hex(6)}"
    token = secrets.token_hex(16)
    with (
        able("The trace could not be set up"),
        connect_superuser(database.superuser) as connection,
    ):
        run(connection, _script(schema) + _SETTINGS.format(d=quote(database.name)))
        connection.execute(f"INSERT INTO {schema}.secret VALUES (%s)", (token,))  # noqa: S608
        relations = _relations(connection, schema)
    return Recorder(schema, token, relations, lasting=database.major >= _LASTING_SINCE)


def _relations(connection: Connection, schema: str) -> dict[int, WatchedRelation]:
    rows = connection.execute(_START, (FIRST_USER_OID, schema)).fetchall()
    return {row[0]: WatchedRelation(row[0], qualified(row[1], row[2]), *row[3:]) for row in rows}


def _script(schema: str) -> str:
    parts = ", ".join(f"'{part}'" for part in sorted(_PARTS))
    script = "SET client_min_messages = warning;" + _INSTALL.format(s=schema, parts=parts)
    for lasting, stat in (("", "pg_stat_get_xact_"), ("_lasting", "pg_stat_get_")):
        script += _SEEN.format(
            s=schema, lasting=lasting, stat=stat, first=FIRST_USER_OID, limit=EVENT_LIMIT
        )
    for event in ("ddl_command_end", "sql_drop", "table_rewrite"):
        script += _TRIGGER.format(s=schema, event=event)
    return script + f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC;"


def qualified(schema: str | None, name: str) -> str:
    """How a relation is named in what is reported."""
    return name if schema in (None, "public") else f"{schema}.{name}"


def command_of(event: Event) -> Command:
    """The command of an event ``c``."""
    tag, kind, identity = event.body
    return Command(tag, kind or "", identity or "")


def drop_of(event: Event, names: dict[int, WatchedRelation]) -> Drop:
    """The dropped object of an event ``d``; its table has the name that it had at the start."""
    oid, kind, schema, name, identity, address, original = event.body
    table = None
    relation = names.get(oid)
    if kind in ("table column", "default value", "table constraint", "trigger", "policy", "rule"):
        owner = relation.name if relation and kind == "table column" else None
        table = owner or qualified(address[0], address[-2])
    elif kind == "index" and relation and relation.table in names:
        table = names[relation.table].name
    if name is None:
        name = address[-1] if address and table else identity
    elif not table:
        name = relation.name if relation else qualified(schema, name)
    return Drop(kind, name, table, cascaded=not original)


def reason_of(event: Event) -> tuple[int, str]:
    """The table of an event ``r`` and why it was rewritten (docs 9.30.3), in words."""
    oid, bits = event.body
    return oid, ", ".join(words for bit, words in _REASONS.items() if bits & bit)
