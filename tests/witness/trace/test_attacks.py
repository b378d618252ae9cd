from __future__ import annotations

from collections.abc import Sequence

import psycopg
import pytest

from checker.model import Command, Drop, Migration, Statement
from checker.pg.connection import connect, names, run
from checker.pg.database import Database
from checker.witness.trace.inside import Inside
from tests.witness.trace.test_run import Noting, database, locks, traced

__all__ = ["database"]


ATTACKS: Sequence[str] = (
    "SELECT count(*) FROM {s}.record",
    "SELECT count(*) FROM {s}.secret",
    "DELETE FROM {s}.record",
    "INSERT INTO {s}.record (what, body) VALUES ('d', '[]')",
    "SELECT {s}.seen('', 0)",
    "SELECT {s}.seen_lasting(NULL, 0)",
    "DROP SCHEMA {s} CASCADE",
    "DROP EVENT TRIGGER {s}_sql_drop",
    "ALTER EVENT TRIGGER {s}_sql_drop DISABLE",
    "ALTER FUNCTION {s}.record() RESET ALL",
    "CREATE OR REPLACE FUNCTION {s}.seen(given text, known bigint) RETURNS text LANGUAGE sql AS ''",
    "CREATE TABLE {s}.mine (id int)",
    "LOCK TABLE {s}.record",
    "SET session_replication_role = replica",
    "SET SESSION AUTHORIZATION migration_checker",
    "ALTER DATABASE {d} SET session_replication_role = replica",
    "DROP OWNED BY migration_checker",
    "REASSIGN OWNED BY migration_checker TO postgres",
)


def test_the_migrations_can_do_nothing_to_the_recording(database: Database) -> None:
    def schemas() -> set[str]:
        assert database.superuser
        with connect(database.superuser) as connection:
            return names(
                connection, "SELECT nspname FROM pg_namespace WHERE nspname ~ '^migration_checker'"
            )

    class Attacking(Noting):
        def before(self, migration: Migration, statement: Statement, inside: Inside) -> None:
            (schema,) = schemas()
            for attack in ATTACKS:
                with pytest.raises(psycopg.Error) as raised, inside.looking() as connection:
                    run(connection, attack.format(s=schema, d=database.name))
                assert raised.value.sqlstate in {"42501", "2BP01"}, attack

    (found,) = traced(database, "DROP TABLE child", hooks=Attacking())
    assert found.drops[0] == Drop("table", "child")


def test_code_of_the_migrations_is_not_called_by_the_recording(database: Database) -> None:
    found = traced(
        database,
        "CREATE FUNCTION public.jsonb_agg(jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT $1 -> 1/0';"
        "CREATE TEMP TABLE pg_locks (x int); CREATE TEMP TABLE pg_class (x int);"
        "SET search_path = pg_temp, public, pg_catalog; SET quote_all_identifiers = on;"
        "ALTER TABLE public.child ADD q int; DROP TABLE public.child;",
    )
    assert [(t.statement.text, t.error) for t in found if not t.ran] == []
    alter = next(t for t in found if t.statement.text.endswith("ADD q int"))
    assert alter.commands == (Command("ALTER TABLE", "table", "public.child"),)
    assert locks(alter) == [("child", "ACCESS EXCLUSIVE")]
