"""Which changes of type and which defaults are free: every claim is measured on the server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model.changes import AddColumn, AlterColumnType
from checker.pg.connection import connect
from checker.sql import read
from checker.sql.catalog.catalog import Catalog
from checker.sql.rewriting import type_change_cost, volatile_call

BEFORE = """
CREATE EXTENSION citext;
CREATE EXTENSION pgcrypto;
CREATE TYPE mood AS ENUM ('a');
CREATE TYPE other AS ENUM ('a');
CREATE DOMAIN loose AS varchar(20);
CREATE DOMAIN strict AS varchar(20) CHECK (VALUE <> 'x');
CREATE DOMAIN stricter AS strict;
CREATE FUNCTION plain() RETURNS text AS $$ BEGIN RETURN 'IMMUTABLE'; END $$ LANGUAGE plpgsql;
CREATE FUNCTION fixed() RETURNS text IMMUTABLE AS $$ SELECT 'x' $$ LANGUAGE sql;
"""
TYPES = [
    "smallint", "integer", "bigint", "oid", "real", "double precision", "money",
    "numeric", "numeric(10,2)", "numeric(12,2)", "numeric(12,4)", "numeric(10)", "numeric(12)",
    "text", "varchar", "varchar(10)", "varchar(20)", "citext", "char", "char(10)", "char(20)",
    "bpchar", "loose", "strict", "stricter", "mood", "other", "xml",
    "timestamp", "timestamp(3)", "timestamp(6)", "timestamptz", "timestamptz(3)", "timestamptz(6)",
    "date", "time", "time(3)", "time(6)", "timetz", "timetz(3)",
    "interval", "interval(3)", "interval(6)", "interval year to month", "interval day",
    "inet", "cidr", "uuid", "json", "jsonb", "boolean", "bytea",
    "bit(8)", "bit(16)", "varbit", "varbit(8)", "varbit(16)",
    "integer[]", "text[]", "varchar[]", "varchar(10)[]", "varchar(20)[]", "timestamp(3)[]",
    "timestamp[]", "numeric(10,2)[]", "numeric[]", "mood[]",
]  # fmt: skip
FREE = 90  # pairs of different types; fewer would mean that the measuring broke


def catalog(before: str) -> Catalog:
    made = Catalog()
    for statement in read(before, "postgresql").statements:
        for change in statement.changes:
            made.apply(change)
    return made


def type_change(sql: str) -> AlterColumnType:
    (statement,) = read(sql, "postgresql").statements
    (change,) = statement.changes
    assert isinstance(change, AlterColumnType)
    return change


@pytest.fixture(scope="module")
def connection(server: EphemeralServer) -> Iterator[psycopg.Connection[Any]]:
    with server.database() as database, connect(database.owner) as opened:
        opened.execute(BEFORE.encode())
        opened.execute(
            """
            CREATE FUNCTION rewrites(old text, command text) RETURNS boolean AS $$
            DECLARE before oid; rewritten boolean;
            BEGIN
              EXECUTE format('CREATE TABLE probe (id int, c %s)', old);
              before := pg_relation_filenode('probe');
              BEGIN
                EXECUTE command;
                rewritten := before <> pg_relation_filenode('probe');
              EXCEPTION WHEN datatype_mismatch OR cannot_coerce THEN
                rewritten := NULL;
              END;
              DROP TABLE probe;
              RETURN rewritten;
            END $$ LANGUAGE plpgsql"""
        )
        opened.execute("SET timezone = 'UTC'")
        yield opened


def rewrites(connection: psycopg.Connection[Any], old: str, command: str) -> bool | None:
    row = connection.execute("SELECT rewrites(%s, %s)", (old, command)).fetchone()
    assert row is not None
    return None if row[0] is None else bool(row[0])


def test_free_type_changes_are_those_of_the_server(connection: psycopg.Connection[Any]) -> None:
    wrong, free = [], 0
    for old in TYPES:
        before = catalog(f"{BEFORE}; CREATE TABLE probe (id int, c {old})")
        for new in TYPES:
            command = f"ALTER TABLE probe ALTER c TYPE {new}"
            measured = rewrites(connection, old, command)
            if measured is None:
                continue
            cost = type_change_cost(type_change(command), before)
            free += not measured and old != new
            if (cost is not None) != measured:
                wrong.append((old, new, measured))
    assert wrong == [], "\n".join(map(str, wrong))
    assert free >= FREE


@pytest.mark.parametrize(
    ("old", "new", "using"),
    [
        ("varchar(10)", "varchar(20)", "c::varchar(20)"),
        ("varchar(10)", "varchar(20)", "c"),
        ("varchar(10)", "varchar(20)", "CAST(c AS varchar(20))"),
        ("varchar(10)", "varchar(20)", "c::text"),
        ("varchar(10)", "varchar(20)", "c::text::varchar(20)"),
        ("varchar(10)", "text", "c::varchar(20)::text"),
        ("varchar(10)", "text", "c::citext"),
        ("varchar(10)", "text", "upper(c)"),
        ("varchar(10)", "text", "c || ''"),
        ("varchar(10)", "text", "id::text"),
        ("text", "mood", "c::mood"),
        ("mood", "mood", "c::text::mood"),
        ("mood", "other", "c::text::other"),
        ("timestamp", "timestamptz", "c AT TIME ZONE 'UTC'"),
        ("timestamp(3)", "timestamptz", "c::timestamptz"),
        ("strict", "text", "c::text"),
        ("loose", "text", "c::loose"),
        ("integer", "bigint", "c::bigint"),
    ],
)
def test_using(old: str, new: str, using: str, connection: psycopg.Connection[Any]) -> None:
    command = f"ALTER TABLE probe ALTER c TYPE {new} USING {using}"
    cost = type_change_cost(
        type_change(command), catalog(f"{BEFORE}; CREATE TABLE probe (id int, c {old})")
    )
    assert (cost is not None) == rewrites(connection, old, command)


def test_another_time_zone_costs_a_rewrite(connection: psycopg.Connection[Any]) -> None:
    command = "ALTER TABLE probe ALTER c TYPE timestamptz"
    before = catalog("CREATE TABLE probe (id int, c timestamp)")
    connection.execute("SET timezone = 'Europe/Zurich'")
    try:
        assert rewrites(connection, "timestamp", command)
    finally:
        connection.execute("SET timezone = 'UTC'")
    assert type_change_cost(type_change(command), before, utc=False) is not None


@pytest.mark.parametrize(
    ("old", "index", "new"),
    [
        ("varchar(10)", "(c)", "varchar(20)"),
        ("varchar(10)", "(c)", "text"),
        ("text", "(c)", "varchar"),
        ("text", "(c)", "citext"),
        ("citext", "(c, id)", "text"),
        ("text", "(c)", 'text COLLATE "C"'),
        ("text", "(id)", "citext"),
        ("text", "(lower(c))", "varchar"),
        ("text", "(id, lower(c))", "varchar"),
        ("text", "(c) WHERE id > 1", "varchar"),
        ("varchar(10)", "(c) INCLUDE (id)", "varchar(20)"),
        ("timestamp", "(c)", "timestamptz"),
        ("timestamp(3)", "(c)", "timestamp(6)"),
        ("cidr", "(c)", "inet"),
        ("numeric(10,2)", "(c)", "numeric"),
        ("bit(8)", "(c)", "varbit"),
        ("text", "(c)", "loose"),
        ("loose", "(c)", "text"),
    ],
)
def test_rebuilt_indexes(
    old: str, index: str, new: str, connection: psycopg.Connection[Any]
) -> None:
    table = f"CREATE TABLE probe (id int, c {old}); CREATE INDEX ix ON probe {index}"
    if new == "loose":
        new = "text"  # the length of a domain is one of the value
    command = f"ALTER TABLE probe ALTER c TYPE {new}"
    connection.execute(table.encode())
    try:
        file = "SELECT pg_relation_filenode('ix'), pg_relation_filenode('probe')"
        before = connection.execute(file.encode()).fetchone()
        connection.execute(command.encode())
        after = connection.execute(file.encode()).fetchone()
    finally:
        connection.execute("DROP TABLE probe")
    assert before is not None
    assert after is not None
    assert before[1] == after[1]
    cost = type_change_cost(type_change(command), catalog(f"{BEFORE}; {table}"))
    assert (cost is not None) == (before[0] != after[0])
    assert cost is None or (cost.work, cost.names) == ("index", ("ix",))


@pytest.mark.parametrize(
    "default",
    [
        "now()", "CURRENT_TIMESTAMP", "LOCALTIMESTAMP", "statement_timestamp()",
        "clock_timestamp()", "timeofday()", "random()", "gen_random_uuid()", "'random()'",
        "md5(random()::text)",
        "'it''s random()'", "encode(gen_random_bytes(4), 'hex')", "now() + interval '1 day'",
        "ARRAY[]::int[]", "(now() AT TIME ZONE 'utc')", "1 + 1", "plain()", "fixed()", "lower('A')",
        "to_char(now(), 'YYYY')", "current_setting('server_version')", "CURRENT_USER",
        "nextval('counter')", "gen_salt('md5')",
    ],
)  # fmt: skip
def test_volatile_defaults(default: str, connection: psycopg.Connection[Any]) -> None:
    command = f"ALTER TABLE probe ADD COLUMN d text DEFAULT ({default})::text"
    connection.execute("CREATE SEQUENCE IF NOT EXISTS counter")
    (statement,) = read(command, "postgresql").statements
    (change,) = statement.changes
    assert isinstance(change, AddColumn)
    assert change.column.default is not None
    declared = {"plain": True, "fixed": False}.get
    found = volatile_call(change.column.default, declared)
    assert (found is not None) == rewrites(connection, "int", command)


@pytest.mark.parametrize(
    ("default", "volatile"),
    [
        ("generate_ulid()", True),
        ('"extensions"."uuid_generate_v4"()', True),
        ("my.nanoid(10)", True),
        ("uuid_generate_v5(uuid_ns_url(), 'x')", False),
        ("uuid_nil()", False),
        ("whatever()", True),
        ("app.format('x')", True),
        ("COALESCE(CAST('1' AS varchar(3)), ltrim(' x'))", False),
    ],
)
def test_functions_of_others(default: str, volatile: bool) -> None:
    assert (volatile_call(default, lambda _: None) is not None) == volatile
