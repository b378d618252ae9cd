from __future__ import annotations

import pytest

from checker.engines.engine import ReplayOptions
from checker.engines.postgresql.replay import replay, replay_into
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.errors import CannotWorkError
from checker.model import History, Migration, PrismaVersion, Project
from checker.pg.connection import connect, names
from tests.engines.postgresql.helpers import SPLIT, WHOLE, history, parses, project, run

T = "CREATE TABLE t (id int PRIMARY KEY);\n"


def test_a_history_that_applies(server: EphemeralServer) -> None:
    seen: list[tuple[int, int]] = []
    found = replay(
        server, history(T, "", "-- nothing\n"), project(), None, lambda a, b: seen.append((a, b))
    )
    assert (found.status, found.applied, found.total, found.failure) == ("passed", 3, 3, None)
    assert found.server == server.label
    assert found.seconds > 0
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_the_ledger_is_prismas(server: EphemeralServer) -> None:
    past = history(T, "ALTER TABLE t ADD a int")
    with server.database() as database:
        replay_into(database, past, project())
        with connect(database.owner) as connection:
            rows = connection.execute(
                "SELECT migration_name, checksum, finished_at IS NOT NULL, rolled_back_at, "
                "logs, applied_steps_count FROM _prisma_migrations ORDER BY started_at"
            ).fetchall()
    assert rows == [(m.name, m.checksum, True, None, None, 1) for m in past.migrations]


@pytest.mark.parametrize(
    ("script", "line", "sqlstate", "statement"),
    [
        ("\n-- é\nSELECT 'é',\n  nope;\n", 4, "42703", "SELECT 'é',\n  nope"),
        ("SELECT 1;\nSELECT 1 +;\n", 2, "42601", "SELECT 1 +"),
        ("SELECT 1;\n\nSELECT (1\n\n", 3, "42601", "SELECT (1"),
        ("SELECT 1;\n-- why\n\nSELECT 1/0;\nSELECT 2", 4, "22012", "SELECT 1/0"),
        ("SELECT 1;\nDO $$\nBEGIN\n  PERFORM nope;\nEND $$", 2, "42703",
         "DO $$\nBEGIN\n  PERFORM nope;\nEND $$"),
        ("COMMIT;\n\n\\set x", 3, "42601", "\\set x"),
        ("COPY t FROM stdin;\n1\n\\.\n", 2, "42601", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("prisma", [WHOLE, SPLIT])
def test_a_failure_names_the_line(
    server: EphemeralServer,
    script: str,
    line: int,
    sqlstate: str,
    statement: str | None,
    prisma: PrismaVersion,
) -> None:
    found = run(server, T, script, T, prisma=prisma)
    assert (found.status, found.applied, found.total) == ("failed", 1, 3)
    assert found.failure
    assert (found.failure.migration, found.failure.prisma_code) == ("2", "P3018")
    assert (found.failure.line, found.failure.sqlstate) == (line, sqlstate)
    if statement:
        assert found.failure.statement == statement


@pytest.mark.parametrize(
    ("script", "whole", "split"),
    [
        ("CREATE TABLE a(); SELECT 1/0", False, True),
        ("BEGIN; CREATE TABLE a(); COMMIT; SELECT 1/0", True, True),
        ("BEGIN; CREATE TABLE a(); SELECT 1/0", False, False),
        ("SET lock_timeout = 1; SELECT 1/0", False, False),
        ("CREATE TABLE a(); DO $$ BEGIN END $$; SELECT 1/0", False, False),
        ("CREATE TABLE a(); COMMIT; SELECT 1/0", True, True),
        ("BEGIN; CREATE TABLE a(); ROLLBACK; SELECT 1/0", False, False),
    ],
)
def test_what_a_failure_leaves_behind(
    server: EphemeralServer, script: str, whole: bool, split: bool
) -> None:
    for prisma, committed in ((WHOLE, whole), (SPLIT, split)):
        with server.database() as database:
            found = replay_into(database, history(script), project(prisma))
            assert found.failure
            assert found.failure.sqlstate == "22012"
            assert found.failure.committed is committed
            with connect(database.owner) as connection:
                tables = names(connection, "SELECT relname FROM pg_class WHERE relname = 'a'")
            assert bool(tables) is committed


def test_concurrently_among_others_needs_prisma_7_4(server: EphemeralServer) -> None:
    script = T + "CREATE INDEX CONCURRENTLY i ON t (id);\nALTER TABLE t ADD a int;"
    old = run(server, script)
    assert old.failure
    assert (old.failure.sqlstate, old.failure.line) == ("25001", 2)
    assert run(server, script, prisma=SPLIT).status == "passed"


def test_an_enum_value_is_used_in_the_file_that_adds_it(server: EphemeralServer) -> None:
    script = "ALTER TYPE e ADD VALUE 'b';\nCREATE TABLE t (e e DEFAULT 'b');"
    old = run(server, "CREATE TYPE e AS ENUM ('a')", script)
    assert old.failure
    assert (old.failure.sqlstate, old.failure.line) == ("55P04", 2)
    assert run(server, "CREATE TYPE e AS ENUM ('a')", script, prisma=SPLIT).status == "passed"


@pytest.mark.parametrize("prisma", [WHOLE, SPLIT])
@pytest.mark.parametrize(
    "leak", ["SET search_path = s", "SELECT pg_catalog.set_config('search_path', '', false)"]
)
def test_a_search_path_that_leaks(
    server: EphemeralServer, leak: str, prisma: PrismaVersion
) -> None:
    found = run(server, T, f"CREATE SCHEMA s;\n{leak};\nCREATE TABLE s.u ()", prisma=prisma)
    assert (found.status, found.applied) == ("failed", 1)
    assert found.failure
    assert (found.failure.prisma_code, found.failure.migration) == ("P1014", "2")
    assert (found.failure.line, found.failure.statement) == (2, leak)
    assert "search_path" in (found.failure.hint or "")
    assert run(server, f"CREATE SCHEMA s;\n{leak};\nRESET search_path").status == "passed"


def test_dropping_the_schema_of_the_ledger(server: EphemeralServer) -> None:
    found = run(server, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    assert found.failure
    assert (found.failure.prisma_code, found.failure.line) == ("P1014", None)


def test_a_role_that_cannot_write_the_ledger(server: EphemeralServer) -> None:
    found = run(server, "CREATE ROLE weak; GRANT weak TO postgres; SET ROLE weak")
    assert found.failure
    assert (found.failure.sqlstate, found.failure.prisma_code) == ("42501", None)


@pytest.mark.parametrize("prisma", [WHOLE, SPLIT])
def test_a_transaction_that_is_left_open(server: EphemeralServer, prisma: PrismaVersion) -> None:
    found = run(server, T, "\nBEGIN;\nCREATE TABLE u ()", "CREATE TABLE v ()", prisma=prisma)
    assert (found.status, found.applied) == ("failed", 1)
    assert found.failure
    assert (found.failure.migration, found.failure.line) == ("2", 2)
    assert found.failure.prisma_code == "P3009"


def test_a_transaction_that_a_later_migration_ends(server: EphemeralServer) -> None:
    assert run(server, "BEGIN;" + T, "COMMIT").status == "passed"


def test_a_missing_script_fails_where_prisma_reaches_it(server: EphemeralServer) -> None:
    past = History(
        (
            Migration("1", "1/migration.sql", T),
            Migration("2", "2/migration.sql", None, problem="missing"),
            Migration("3", "3/migration.sql", None, problem="not_utf8"),
        )
    )
    found = replay(server, past, project())
    assert (found.status, found.applied) == ("failed", 1)
    assert found.failure
    assert (found.failure.migration, found.failure.prisma_code) == ("2", "P3015")
    found = replay(server, History(past.migrations[2:]), project())
    assert found.failure
    assert "UTF-8" in found.failure.message


def test_copy_does_not_wait_for_data(server: EphemeralServer) -> None:
    for script in (T + "COPY t FROM stdin", T + "COPY t TO stdout"):
        found = run(server, script)
        assert found.failure
        assert found.failure.line == 2
        assert found.failure.statement == script.splitlines()[1]


def test_what_follows_a_nul_is_not_overlooked(server: EphemeralServer) -> None:
    found = run(server, "SELECT 1;\0 SELECT 1/0")
    assert found.failure
    assert "NUL" in found.failure.message


@pytest.mark.parametrize(
    "script",
    [
        "SELECT 1;\nSELECT pg_sleep(60)",
        "SET statement_timeout = 0;\nSELECT pg_sleep(60)",
        "SELECT 1;\nSELECT generate_series(1, 1000000000000)",
    ],
)
def test_a_statement_that_does_not_end(server: EphemeralServer, script: str) -> None:
    found = replay(server, history(script), project(), ReplayOptions(timeout=0.3))
    assert found.failure
    assert (found.failure.sqlstate, found.failure.line) == ("57014", 2)
    assert "0.3 seconds" in found.failure.message


def test_a_block_that_survives_being_cancelled(
    server: EphemeralServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checker.pg.session.GRACE_SECONDS", 0.3)
    script = (
        "DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(60); "
        "EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$"
    )
    found = replay(server, history(script), project(), ReplayOptions(timeout=0.3))
    assert found.failure
    assert found.failure.sqlstate == "57014"


def test_a_script_that_ends_its_own_connection(server: EphemeralServer) -> None:
    found = run(server, T, "SELECT 1;\nSELECT pg_terminate_backend(pg_backend_pid())")
    assert (found.status, found.applied) == ("failed", 1)
    assert found.failure
    assert (found.failure.sqlstate, found.failure.line) == ("57P01", 2)


def test_running_out_of_resources_is_our_failure(server: EphemeralServer) -> None:
    script = "DO $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$"
    with pytest.raises(CannotWorkError, match="no space left"):
        run(server, script)


def test_many_notices_and_rows_are_ignored(server: EphemeralServer) -> None:
    script = (
        "DO $$ BEGIN FOR i IN 1..5000 LOOP RAISE NOTICE '%', repeat('x', 500); END LOOP; END $$;"
        "SELECT repeat('x', 500) FROM generate_series(1, 5000)"
    )
    assert run(server, script).status == "passed"


def test_a_long_statement_is_shortened(server: EphemeralServer) -> None:
    found = run(server, f"SELECT nope /* {'x' * 5000} */")
    assert found.failure
    assert len(found.failure.statement or "") < 2100


@pytest.mark.parametrize("name", ["a'b", 'a"b\\', "é\n; DROP TABLE _prisma_migrations"])
def test_names_are_only_data(server: EphemeralServer, name: str) -> None:
    past = History((Migration(name, "x", T), Migration(name + "2", "x", "SELECT 1")))
    assert replay(server, past, project()).status == "passed"


# -- without a server -----------------------------------------------------------------------


class NoServer:
    label = "none"
    major = 0

    def database(self, setup: object = None) -> object:
        raise AssertionError("no server is needed")


@pytest.mark.parametrize("provider", ["mysql", "sqlite", "sqlserver", "mongodb", "cockroachdb"])
def test_other_providers_are_skipped(provider: str) -> None:
    other = Project("s", "m", provider, WHOLE)  # type: ignore[arg-type]
    found = replay(NoServer(), history(T), other)  # type: ignore[arg-type]
    assert (found.status, found.total) == ("skipped", 1)
    assert provider in (found.reason or "")


def test_operations_are_not_verified() -> None:
    found = replay(NoServer(), history(T), Project("s", "m", "postgresql", WHOLE, "operations"))  # type: ignore[arg-type]
    assert found.status == "not_verified"


@pytest.mark.parametrize("provider", ["mysql", ""])
def test_another_provider_in_the_lock_is_refused(provider: str) -> None:
    past = History(history(T).migrations, lock_provider=provider)
    found = replay(NoServer(), past, project())  # type: ignore[arg-type]
    assert found.failure
    assert (found.status, found.failure.prisma_code) == ("failed", "P3019")


def test_newer_syntax_needs_a_grammar_to_be_known(server: EphemeralServer) -> None:
    assert parses("SELECT 1")
    assert not parses("SELECT 1 +")


def test_names_that_need_escaping_are_recorded(server: EphemeralServer) -> None:
    # A script may change how PostgreSQL reads a backslash in the bookkeeping after it.
    odd = ("1_it's", "2_back\\slash", "3_\\' both", "4_é $1 {} %s")
    script = "SET standard_conforming_strings = off"
    past = History(tuple(Migration(n, f"m/{n}/migration.sql", script) for n in odd))
    with server.database() as database:
        assert replay_into(database, past, project()).status == "passed"
        with connect(database.owner) as connection:
            rows = connection.execute(
                "SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL"
            )
            assert {row[0] for row in rows} == set(odd)
