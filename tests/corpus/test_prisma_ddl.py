"""What a schema means, beside what Prisma's engine makes of it.

Prisma's script for a schema is run in one database: reading that database must tell what we say
that the schema means, and our script must make the same catalog.
``python -m tests.corpus.test_prisma_ddl`` prints the figures.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

import psycopg
import pytest

from checker.engines.engine import ReplayOptions
from checker.engines.postgresql.replay import replay_into
from checker.engines.postgresql.server.binaries import find_binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import PrismaVersion
from checker.pg.connection import connect
from checker.prisma.database.model import DatabaseSchema
from checker.prisma.database.of_schema import database_of
from checker.prisma.database.read import read_catalog
from checker.prisma.diff.diff import diff
from checker.prisma.diff.script import migration
from checker.prisma.schema.reading import InvalidSchema, read_schema
from checker.sql.catalog.catalog import Catalog
from tests.engines.postgresql.helpers import load, parses, project
from tests.projects import SHARED
from tests.sql.catalog.observed import observed

CASES = SHARED / "prisma/cases"
# What schemas name without making it: of an extension each.
TAKEN_FOR_GRANTED = """
    CREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';
    CREATE TYPE vector AS (x text)"""
_INDEXES = "SELECT schemaname || '.' || indexname, indexdef FROM pg_indexes"
Connection = psycopg.Connection[Any]

pytestmark = pytest.mark.skipif(
    not CASES.is_dir(), reason="Prisma's cases are not on this machine (../shared)"
)


class Case(NamedTuple):
    """A schema, the engine's script for it, and the version that the engine stands for."""

    id: str
    schema: str
    script: str
    engine: int


class Outcome(NamedTuple):
    """What is wrong: with what we say the schema means, and with our script; empty where right."""

    id: str
    meaning: str
    script: str


def lines(name: str) -> Iterator[dict[str, Any]]:
    for line in (CASES / name).read_text().splitlines():
        yield json.loads(line)


@cache
def cases() -> tuple[Case, ...]:
    found = [
        Case(row["id"], row["after"], row["script"], 7)
        for row in lines("oracle_ddl.jsonl")
        if row["ok"]
    ]
    for row in lines("single_migration_postgres_with_oracle.jsonl"):
        for engine in (6, 7):
            script = row.get(f"oracle{engine}_sql")
            if script is not None:
                found.append(Case(f"{row['id']} ({engine})", row["schema"], script, engine))
    return tuple(found)


@contextmanager
def made(connection: Connection, script: str) -> Iterator[Connection]:
    """The connection while the script's work is there."""
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL search_path = public")
        connection.execute(script.encode())
        yield connection


def compared(connection: Connection, case: Case) -> Outcome:
    try:
        schema = read_schema({"schema.prisma": case.schema})
    except InvalidSchema as error:
        return Outcome(case.id, str(error), "not tried")
    meant = database_of(schema, PrismaVersion(case.engine, 9))
    wrong = ours_fails = ""
    with made(connection, case.script):
        partial = "partialIndexes" in schema.preview_features
        there = read_catalog(
            connection, schemas=meant.schemas, multi=meant.multi, partial_indexes=partial
        )
        wrong = "; ".join(map(str, diff(there, meant)))
        theirs = facts(connection)
    try:
        with made(connection, migration(DatabaseSchema(schemas=()), meant)):
            differing = differences(theirs, facts(connection))
            ours_fails = "; ".join(differing)
    except psycopg.Error as error:
        ours_fails = str(error)
    return Outcome(case.id, wrong, ours_fails)


def facts(connection: Connection) -> dict[tuple[str, ...], Any]:
    connection.execute("SET LOCAL search_path = ''")
    found = observed(connection, Catalog())
    for name, text in connection.execute(_INDEXES):  # with their operator classes
        found[("indexdef", name)] = text
    return found


def differences(theirs: Mapping[Any, Any], ours: Mapping[Any, Any]) -> list[str]:
    return [
        f"{' '.join(key)}: theirs {theirs.get(key)!r}, ours {ours.get(key)!r}"
        for key in sorted(theirs.keys() | ours.keys())
        if theirs.get(key) != ours.get(key)
    ]


def outcomes(server: EphemeralServer) -> list[Outcome]:
    with server.database() as database:
        assert database.superuser is not None  # some schemas want an extension
        with connect(database.superuser) as connection:
            connection.execute(TAKEN_FOR_GRANTED)
            return [compared(connection, case) for case in cases()]


# Prisma's engine itself sees a drift right after its own script: PostgreSQL writes these defaults
# in other words than ``dbgenerated("…")`` has them.
DRIFTS_BY_ITSELF = {
    "migrations/defaults.rs::default_dbgenerated_should_work#0",
    "migrations/unsupported_types.rs::adding_and_removing_properties_on_unsupported_should_work#2",
}
# Measured with an empty stand-in for an extension whose tables the schema names.
OTHER_EXTENSION = {"oss-apps__split-pro"}


def test_our_meaning_is_prismas(server: EphemeralServer) -> None:
    found = outcomes(server)
    assert {o.id: o.meaning for o in found if o.meaning}.keys() == DRIFTS_BY_ITSELF
    assert {o.id: o.script for o in found if o.script} == {}


def histories() -> list[Any]:
    path = CASES / "corpus_drift.json"
    rows = json.loads(path.read_text()) if path.exists() else []
    return [row for row in rows if row["ok"] and row["history"] not in OTHER_EXTENSION]


@pytest.mark.parametrize("row", histories(), ids=lambda row: row["history"])
def test_the_closing_script_of_a_history(server: EphemeralServer, row: dict[str, Any]) -> None:
    directory = SHARED / "corpus" / row["history"] / "prisma"
    schema = read_schema({p.name: p.read_text() for p in directory.rglob("*.prisma")})
    version = PrismaVersion(int(row["engine"]), 9)
    meant = database_of(schema, version)
    with server.database() as database:
        options = ReplayOptions(parses=parses)
        past = load(directory / "migrations")
        assert replay_into(database, past, project(version), options).status == "passed"
        with connect(database.owner) as connection:
            there = read_catalog(connection, schemas=meant.schemas, multi=meant.multi)
    assert migration(there, meant) == row["script"]


def main() -> None:
    with EphemeralServer.start(find_binaries(None)) as server:
        found = outcomes(server)
    for outcome in found:
        if outcome.meaning:
            print(f"MEANING {outcome.id}: {outcome.meaning[:600]}")
        if outcome.script:
            print(f"SCRIPT {outcome.id}: {outcome.script[:600]}")
    right = sum(not o.meaning for o in found)
    alike = sum(not o.script for o in found)
    print(f"{len(found)} schemas: {right} mean the same, {alike} scripts make the same catalog")


if __name__ == "__main__":
    main()
