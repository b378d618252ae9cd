from __future__ import annotations

from collections.abc import Iterator

import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import Command, Drop, Migration, Statement, TableLock
from checker.pg.connection import connect, run
from checker.pg.database import Database
from checker.pg.session import ServerError
from checker.prisma.sending.transactions import find_transactions
from checker.sql import read
from checker.witness.trace.inside import Inside
from checker.witness.trace.recording import EVENT_LIMIT
from checker.witness.trace.run import Decision, Hooks, trace
from checker.witness.trace.state import Traced, observation

BASE = """
CREATE TABLE parent (id int PRIMARY KEY, v text);
CREATE TABLE child (id int PRIMARY KEY, pid int CONSTRAINT fk REFERENCES parent, a text);
CREATE INDEX child_a ON child (a);
CREATE VIEW seen AS SELECT v FROM parent;
CREATE SCHEMA other;
CREATE TABLE other.far (id int, v text);
INSERT INTO parent SELECT g, g FROM generate_series(1, 50) g;
INSERT INTO child SELECT g, g, NULL FROM generate_series(1, 50) g;
INSERT INTO other.far SELECT g, 'x' FROM generate_series(1, 50) g;
"""


@pytest.fixture
def database(server: EphemeralServer) -> Iterator[Database]:
    with server.database() as made:
        with connect(made.owner) as connection:
            run(connection, BASE)
        yield made


def traced(
    database: Database,
    *scripts: str,
    hooks: Hooks | None = None,
    separately: bool = False,
    timeout: float = 60,
) -> list[Traced]:
    migrations = []
    for number, sql in enumerate(scripts):
        script = read(sql, "postgresql")
        assert script.problem is None, sql
        found = find_transactions(script.statements, separately=separately)
        migrations.append((Migration(f"m{number}", f"m{number}/migration.sql", sql), found))
    return list(trace(database, migrations, hooks, timeout=timeout).statements)


def locks(found: Traced) -> list[tuple[str, str]]:
    """The locks newly taken on tables."""
    return [(lock.table, lock.mode) for lock in observation(found).locks if not lock.held]


class Noting(Hooks):
    """Hooks that note what they were told and answer failures from a list."""

    def __init__(self, *answers: Decision, mend: str = "", look: str = "SELECT 1") -> None:
        self.told: list[str] = []
        self.looked: list[object] = []
        self._answers = list(answers)
        self._mend = mend
        self._look = look

    def before(self, migration: Migration, statement: Statement, inside: Inside) -> None:
        self.told.append(f"before {statement.kind}")
        self._see(inside)

    def after(self, migration: Migration, found: Traced, inside: Inside) -> None:
        self.told.append(f"after {found.statement.kind}")
        self._see(inside)

    def failed(
        self, migration: Migration, statement: Statement, error: ServerError, inside: Inside
    ) -> Decision:
        self.told.append(f"failed {error.sqlstate}")
        if self._mend:
            with inside.mending() as connection:
                run(connection, self._mend)
        return self._answers.pop(0)

    def _see(self, inside: Inside) -> None:
        with inside.looking() as connection:
            row = connection.execute(self._look.encode()).fetchone()
            self.looked.append(row[0] if row else None)


def test_commands_inside_of_blocks_and_functions_are_seen(database: Database) -> None:
    found = traced(
        database,
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS "
        "$$ BEGIN EXECUTE 'CREATE INDEX ix ON parent (v)'; END $$;"
        "DO $$ BEGIN PERFORM f(); ALTER TABLE child ADD b int; END $$;",
    )
    assert found[0].commands == (Command("CREATE FUNCTION", "function", "public.f()"),)
    assert found[1].commands == (
        Command("CREATE INDEX", "index", "public.ix"),
        Command("ALTER TABLE", "table", "public.child"),
    )
    assert locks(found[1]) == [("child", "ACCESS EXCLUSIVE"), ("parent", "SHARE")]
    assert found[1].indexes == {"parent": ("ix",)}
    assert found[1].scans == ("parent",)


def test_what_a_block_undoes_itself_did_not_happen(database: Database) -> None:
    (found,) = traced(
        database,
        "DO $$ BEGIN DROP TABLE child; RAISE 'no'; EXCEPTION WHEN OTHERS THEN NULL; END $$;",
    )
    assert (found.commands, found.drops, found.locks) == ((), (), ())


def test_dropped_objects_and_what_cascades(database: Database) -> None:
    (found,) = traced(database, "DROP TABLE parent CASCADE")
    assert found.drops[0] == Drop("table", "parent")
    assert set(found.drops[1:]) == {
        Drop("view", "seen", cascaded=True),
        Drop("table constraint", "fk", "child", cascaded=True),
        Drop("table constraint", "parent_pkey", "parent", cascaded=True),
        Drop("index", "parent_pkey", "parent", cascaded=True),
    }
    assert ("child", "ACCESS EXCLUSIVE") in locks(found)


def test_names_are_those_before_the_pull_request(database: Database) -> None:
    found = traced(
        database,
        "ALTER TABLE other.far RENAME TO near; ALTER TABLE other.near SET SCHEMA public;",
        "ALTER TABLE near ALTER id TYPE bigint; ALTER TABLE near DROP COLUMN v;"
        "CREATE TABLE born (id int); ALTER TABLE born ADD x int DEFAULT random();",
    )
    assert locks(found[2]) == [("other.far", "ACCESS EXCLUSIVE")]
    assert found[2].rewrites == {"other.far": "column type"}
    assert found[3].drops == (Drop("table column", "v", "other.far"),)
    assert (found[5].locks, found[5].rewrites) == (found[4].locks, {})


def test_locks_of_earlier_statements_are_held_until_the_transaction_ends(
    database: Database,
) -> None:
    script = "ALTER TABLE parent ADD b int; SELECT count(*) FROM child;"
    found = traced(database, script, "ALTER TABLE parent ADD c int;")
    assert observation(found[1]).locks == (
        TableLock("child", "ACCESS SHARE"),
        TableLock("parent", "ACCESS EXCLUSIVE", held=True),
    )
    assert locks(found[2]) == [("parent", "ACCESS EXCLUSIVE")]
    with_end = traced(
        database, "BEGIN; ALTER TABLE parent ADD d int; COMMIT; SELECT count(*) FROM child;"
    )
    assert [lock.held for lock in observation(with_end[3]).locks] == [False]


def test_sent_one_by_one_nothing_is_held(database: Database) -> None:
    script = "ALTER TABLE parent ADD b int; SELECT count(*) FROM child;"
    found = traced(database, script, separately=True)
    assert observation(found[1]).locks == (TableLock("child", "ACCESS SHARE"),)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("ALTER TABLE child ADD r float DEFAULT random()", "column default"),
        ("ALTER TABLE child ALTER id TYPE bigint", "column type"),
        ("ALTER TABLE other.far SET UNLOGGED", "persistence"),
        ("CLUSTER child USING child_a", ""),
        ("TRUNCATE child", ""),
    ],
)
def test_rewrites_have_postgresqls_reason(database: Database, statement: str, reason: str) -> None:
    (found,) = traced(database, statement)
    assert list(found.rewrites.values()) == [reason]


def test_a_rebuilt_index_is_told_and_one_that_keeps_its_file_is_not(database: Database) -> None:
    found = traced(
        database,
        "REINDEX INDEX child_a; ALTER TABLE child ALTER a TYPE varchar;"
        "ALTER TABLE child ALTER a TYPE varchar(9);",
    )
    assert found[0].indexes == {"child": ("child_a",)}
    assert observation(found[0]).locks == (TableLock("child", "ACCESS EXCLUSIVE"),)
    assert (found[1].indexes, found[1].rewrites) == ({}, {})
    assert set(found[2].indexes["child"]) == {"child_a", "child_pkey"}


def test_a_rolled_back_rewrite_is_no_second_one(database: Database) -> None:
    found = traced(
        database,
        "BEGIN; ALTER TABLE child ALTER id TYPE bigint; ROLLBACK;"
        "BEGIN; ALTER TABLE child ADD x int; SAVEPOINT a; ALTER TABLE child ALTER id TYPE bigint;"
        "ROLLBACK TO a; ALTER TABLE child ADD y int; COMMIT; ALTER TABLE child ADD z int;",
    )
    assert [bool(t.rewrites) for t in found] == [
        False, True, False, False, False, False, True, False, False, False, False,
    ]  # fmt: skip
    assert all(t.ran for t in found)


def test_a_statement_that_runs_too_long_ends_the_trace_or_is_skipped(database: Database) -> None:
    found = traced(database, "SELECT pg_sleep(60); SELECT 1", hooks=Noting("skip"), timeout=0.3)
    assert [(t.ran, t.error and t.error.sqlstate) for t in found] == [
        (False, "57014"), (True, None),
    ]  # fmt: skip


def test_more_events_than_are_reported_are_not_the_next_statements(database: Database) -> None:
    flood = (
        "DO $$ BEGIN FOR i IN 1..10010 LOOP EXECUTE format('COMMENT ON TABLE child IS %L', i);"
        "END LOOP; END $$;"
    )
    found = traced(database, flood + "COMMENT ON TABLE parent IS 'x'")
    assert len(found[0].commands) == EVENT_LIMIT
    assert found[1].commands == (Command("COMMENT", "table", "public.parent"),)


def test_a_lost_connection_ends_the_trace(database: Database) -> None:
    found = traced(
        database, "SELECT pg_terminate_backend(pg_backend_pid()); SELECT 1", hooks=Noting()
    )
    assert [t.ran for t in found] == [False]


def test_without_a_superuser_nothing_can_be_traced(database: Database) -> None:
    from msgspec.structs import replace

    from checker.errors import CannotWorkError

    with pytest.raises(CannotWorkError, match="superuser"):
        trace(replace(database, superuser=None), [])
