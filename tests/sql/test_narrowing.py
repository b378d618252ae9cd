"""Which changes of type lose values: every claim is measured on the server.

For each pair of types PostgreSQL converts sample values, at the edges of the old type, as ALTER
COLUMN … TYPE does. Where ``narrowing`` says that nothing is lost, every value must survive the way
there and back; where it says that something is, at least one must not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model.changes import AddColumn, Type
from checker.pg.connection import connect
from checker.sql import read
from checker.sql.narrowing import narrowing

SAMPLES = {
    "smallint": ["0", "32767", "-32768"],
    "integer": ["0", "2147483647", "-2147483648", "16777217"],
    "bigint": ["0", "9223372036854775807", "-9223372036854775808"],
    "numeric": ["0", "1.005", "123456789012345678901234567890.123456789", "99999"],
    "numeric(4,0)": ["0", "9999", "-9999"],
    "numeric(10,2)": ["0", "12345678.99", "-0.01"],
    "numeric(32,16)": ["0", "1234567890123456.1234567890123456"],
    "real": ["0", "3.4e38", "0.1", "16777216", "1.5"],
    "double precision": ["0", "1.7976931348623157e308", "0.1", "0.12345678901234566"],
    "text": ["", "a", "x" * 500, "12", "not anything"],
    "character varying": ["", "x" * 500, "not anything"],
    "character varying(3)": ["", "abc"],
    "character varying(20)": ["", "x" * 20],
    "character(1)": ["a"],
    "character(20)": ["a", "x" * 20],
    "boolean": ["true", "false"],
    "date": ["2026-11-22", "0044-03-15", "9999-12-31"],
    "timestamp(3) without time zone": ["2026-11-22 17:00:00.123", "1999-12-31 23:59:59.999"],
    "timestamp(6) without time zone": ["2026-11-22 17:00:00.123456"],
    "timestamp(3) with time zone": ["2026-11-22 17:00:00.123+00"],
    "timestamp(6) with time zone": ["2026-11-22 17:00:00.123456+00"],
    "time(3) without time zone": ["17:00:00.123"],
    "time(6) without time zone": ["17:00:00.123456"],
    "time(6) with time zone": ["17:00:00.123456+05", "17:00:00.123456+05:30:15"],
    "uuid": ["6f1c2c36-6f6e-4f6e-8f6e-0123456789ab"],
    "json": ['{"a": 1}', '{"a": "a rather long value"}'],
    "jsonb": ['{"a": 1}', '{"a": "a rather long value"}'],
    "inet": ["10.0.0.1/8", "2001:db8:85a3:1111:2222:8a2e:3333:7334/64"],
    "cidr": ["10.0.0.0/8", "2001:db8:85a3:1111:2222:8a2e:3333:7334/128"],
    "bit(8)": ["10101010"],
    "bit varying": ["1", "1" * 40],
    "bit varying(8)": ["", "1", "10101010"],
    "integer[]": ["{1,2147483647}"],
    "bigint[]": ["{1,9223372036854775807}"],
    "text[]": ["{a,b}"],
}


def parsed(name: str) -> Type:
    (statement,) = read(f"ALTER TABLE t ADD COLUMN c {name};", "postgresql").statements
    (change,) = statement.changes
    assert isinstance(change, AddColumn)
    return change.column.type


@pytest.fixture(scope="module")
def connection(server: EphemeralServer) -> Iterator[psycopg.Connection[Any]]:
    with server.database() as database, connect(database.owner) as opened:
        opened.execute(
            """
            CREATE FUNCTION survives(held text, old text, new text) RETURNS boolean AS $$
            DECLARE same boolean;
            BEGIN
              EXECUTE format('CREATE TEMP TABLE probe (c %s, kept %s)', old, old);
              EXECUTE format('INSERT INTO probe VALUES (%L, %L)', held, held);
              BEGIN
                EXECUTE format('ALTER TABLE probe ALTER c TYPE %s', new);
              EXCEPTION WHEN datatype_mismatch THEN
                EXECUTE format('ALTER TABLE probe ALTER c TYPE %s USING c::%s', new, new);
              END;
              IF new LIKE 'character(%' THEN  -- only its text leaves the padding off
                EXECUTE format('ALTER TABLE probe ALTER c TYPE %s USING c::text::%s', old, old);
              ELSE
                EXECUTE format('ALTER TABLE probe ALTER c TYPE %s USING c::%s', old, old);
              END IF;
              SELECT c::text IS NOT DISTINCT FROM kept::text FROM probe INTO same;
              DROP TABLE probe;
              RETURN same;
            EXCEPTION WHEN cannot_coerce THEN
              RETURN NULL;
            WHEN OTHERS THEN
              RETURN false;
            END $$ LANGUAGE plpgsql"""
        )
        yield opened


@pytest.mark.parametrize("old", SAMPLES)
def test_narrowing_is_what_the_server_does(old: str, connection: psycopg.Connection[Any]) -> None:
    wrong = []
    for new in SAMPLES:
        found = narrowing(parsed(old), parsed(new))
        query = "SELECT survives(v, %s, %s) FROM unnest(%s::text[]) AS v"
        results = [row[0] for row in connection.execute(query, (old, new, SAMPLES[old]))]
        if None in results or (found is not None and found.effect == "unknown"):
            continue  # no such conversion, or none that is claimed to be known
        if (found is None) != all(results):
            wrong.append((new, found, results))
    assert wrong == []


def test_pre_check_finds_the_values(connection: psycopg.Connection[Any]) -> None:
    connection.execute("CREATE TABLE held (id bigint, name text, price numeric, seen timestamp)")
    connection.execute("INSERT INTO held VALUES (3000000000, 'abcdef', 1.005, '2026-11-22 17:00')")
    connection.execute("INSERT INTO held VALUES (1, 'abc', 1.5, '2026-11-22')")
    for column, old, new in [
        ("id", "bigint", "integer"),
        ("name", "text", "varchar(5)"),
        ("price", "numeric", "numeric(10,2)"),
        ("seen", "timestamp", "date"),
    ]:
        found = narrowing(parsed(old), parsed(new))
        assert found is not None
        query = found.query("held", column)
        assert query is not None
        assert connection.execute(query.encode()).fetchone() == (1,)
