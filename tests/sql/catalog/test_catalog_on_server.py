"""The folded catalog is the server's after a replay: on real histories, and on made ones."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.engines.engine import ReplayOptions
from checker.engines.postgresql.replay import replay_into
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import PrismaVersion, Statement
from checker.model.changes import ControlTransaction
from checker.pg.connection import Connection, connect
from checker.sql import read
from checker.sql.catalog.catalog import Catalog
from tests.engines.postgresql.helpers import SHARED, load, parses, project
from tests.engines.postgresql.test_real_histories import postgresql_histories
from tests.sql.catalog.observed import differences, fold


@pytest.mark.parametrize(("name", "prisma"), list(postgresql_histories()))
def test_real_history(server: EphemeralServer, name: str, prisma: PrismaVersion) -> None:
    """From a migration on that this server cannot run, the statements that it can run are."""
    history = load(SHARED / "corpus" / name / "prisma" / "migrations")
    catalog = Catalog()
    with server.database() as database:
        replay = replay_into(database, history, project(prisma), ReplayOptions(parses=parses))
        with connect(database.owner) as connection:
            for number, migration in enumerate(history.migrations):
                statements = read(migration.sql or "", "postgresql").statements
                if number >= replay.applied:
                    connection.execute("RESET ALL")
                    statements = tuple(s for s in statements if runs(connection, s))
                fold(catalog, statements)
            assert differences(connection, catalog) == []


def runs(connection: Connection, statement: Statement) -> bool:
    """Whether a statement runs by itself; those that begin and end transactions are left out."""
    if isinstance(statement.changes[0], ControlTransaction):
        return False
    try:
        connection.execute(statement.text.encode())
    except psycopg.Error:
        return False
    return True


def made_histories() -> list[str]:
    text = Path(__file__).with_name("made_histories.sql").read_text()
    return text.split("--------\n")[1:]


@pytest.mark.parametrize("sql", made_histories())
def test_made_history(server: EphemeralServer, sql: str) -> None:
    catalog = Catalog()
    with server.database() as database, connect(database.owner) as connection:
        connection.execute(sql.encode())
        fold(catalog, read(sql, "postgresql").statements)
        assert differences(connection, catalog) == []


TABLES = st.sampled_from(["t", "u", '"T 3"', "s.t"])
COLUMNS = st.sampled_from(["a", "b", "c", '"D d"'])
NAMES = st.sampled_from(["u", "i", "j", '"T 3"', "t_b_key", "t_pkey", "t_a_seq"])
TYPES = st.sampled_from(
    [
        "int",
        "text",
        "e",
        "e[]",
        "s.e",
        "d",
        "serial",
        "varchar(9)",
        "int GENERATED ALWAYS AS IDENTITY",
    ]
)
ROOTS = st.sampled_from(
    [
        "CREATE TABLE {table} (a int PRIMARY KEY, b int UNIQUE, c {type})",
        "CREATE TABLE {table} ({column} {type} NOT NULL, {column2} int, CHECK ({column2} > 1))",
        "CREATE TABLE {table} (LIKE {table2} INCLUDING ALL)",
        "CREATE TABLE {table} (LIKE {table2} INCLUDING DEFAULTS)",
        "CREATE TABLE {table} (a int) INHERITS ({table2})",
        "CREATE TABLE {table} AS TABLE {table2}",
        "CREATE VIEW {table} AS SELECT * FROM {table2}",
        "CREATE MATERIALIZED VIEW {table} AS SELECT * FROM {table2}",
        "DROP TABLE {table}",
        "DROP TABLE {table} CASCADE",
        "DROP VIEW {table} CASCADE",
        "ALTER TABLE {table} RENAME TO {name}",
        "ALTER TABLE {table} RENAME {column} TO {column2}",
        "ALTER TABLE {table} SET SCHEMA {schema}",
        "ALTER TABLE {table} ADD {column} {type}",
        "ALTER TABLE {table} ADD {column} {type} UNIQUE REFERENCES {table2}",
        "ALTER TABLE {table} DROP {column}",
        "ALTER TABLE {table} DROP {column} CASCADE",
        "ALTER TABLE {table} ALTER {column} TYPE text",
        "ALTER TABLE {table} ALTER {column} SET NOT NULL",
        "ALTER TABLE {table} ALTER {column} DROP NOT NULL",
        "ALTER TABLE {table} ALTER {column} SET DEFAULT NULL",
        "ALTER TABLE {table} ALTER {column} SET DEFAULT 3",
        "ALTER TABLE {table} ALTER {column} DROP DEFAULT",
        "ALTER TABLE {table} ALTER {column} DROP IDENTITY",
        "ALTER TABLE {table} ADD PRIMARY KEY ({column})",
        "ALTER TABLE {table} ADD UNIQUE ({column}, {column2})",
        "ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE ({column})",
        "ALTER TABLE {table} ADD CHECK ({column} IS NOT NULL) NOT VALID",
        "ALTER TABLE {table} ADD FOREIGN KEY ({column}) REFERENCES {table2} ({column2})",
        "ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name2}",
        "ALTER TABLE {table} DROP CONSTRAINT {name}",
        "ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE",
        "ALTER TABLE {table} RENAME CONSTRAINT {name} TO {name2}",
        "CREATE INDEX ON {table} ({column}, {column2})",
        "CREATE UNIQUE INDEX {name} ON {table} ({column}) INCLUDE ({column2})",
        "CREATE UNIQUE INDEX {name} ON {table} ({column})",
        "CREATE INDEX {name} ON {table} (({column} || 'x')) WHERE {column2} IS NOT NULL",
        "DROP INDEX {name}",
        "ALTER INDEX {name} RENAME TO {name2}",
        "CREATE TYPE {enum} AS ENUM ('x', 'y')",
        "ALTER TYPE {enum} ADD VALUE 'z' BEFORE 'y'",
        "ALTER TYPE {enum} RENAME VALUE 'x' TO 'X'",
        "ALTER TYPE {enum} RENAME TO f",
        "ALTER TYPE f RENAME TO e",
        "ALTER TYPE {enum} SET SCHEMA {schema}",
        "DROP TYPE {enum} CASCADE",
        "CREATE DOMAIN d AS int CHECK (value > 0)",
        "DROP DOMAIN d CASCADE",
        "DROP SCHEMA s CASCADE",
        "CREATE SCHEMA s",
        "ALTER SEQUENCE t_a_seq RENAME TO {name}",
        "SET search_path = s, public",
        "RESET search_path",
    ]
)
STATEMENTS = st.builds(
    lambda sql, **words: sql.format(**words),
    ROOTS,
    table=TABLES,
    table2=TABLES,
    column=COLUMNS,
    column2=COLUMNS,
    name=NAMES,
    name2=NAMES,
    type=TYPES,
    enum=st.sampled_from(["e", "s.e"]),
    schema=st.sampled_from(["s", "public"]),
)
SEED = (
    "CREATE SCHEMA s; CREATE TYPE e AS ENUM ('x', 'y'); CREATE TYPE s.e AS ENUM ('x');"
    "CREATE DOMAIN d AS int; CREATE TABLE t (a serial PRIMARY KEY, b text UNIQUE, c e);"
    "CREATE TABLE u (a int REFERENCES t, b text, CHECK (a > 1));"
    "CREATE TABLE s.t (a serial, c s.e);"
)


@settings(max_examples=20, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STATEMENTS, max_size=30))
def test_any_history(server: EphemeralServer, statements: list[str]) -> None:
    """What the server refuses is not applied, as no migration with it would be."""
    catalog = Catalog()
    with server.database() as database, connect(database.owner) as connection:
        connection.execute(SEED.encode())
        fold(catalog, read(SEED, "postgresql").statements)
        ran = []
        for sql in statements:
            (statement,) = read(sql, "postgresql").statements
            if runs(connection, statement):
                ran.append(sql)
                for change in statement.changes:
                    catalog.apply(change)
        assert differences(connection, catalog) == [], ran
