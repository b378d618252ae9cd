"""Snapshots see what is there, and nothing that the migration does changes what they see."""

from __future__ import annotations

import psycopg
import pytest

from checker.witness.losses.compare import LossComparison, compare
from tests.witness.people import Watched


def test_what_has_not_changed_is_not_read_again(watched: Watched) -> None:
    before = watched.look()
    watched.run('UPDATE "Note" SET a = a WHERE id = 1')
    after = watched.look(before)
    assert compare(before, after) == LossComparison()
    assert {r.name for r in after.relations.values() if r.mark != before.relations[r.oid].mark} == {
        "Note"
    }
    read = watched.look()
    assert [r.held for r in after.relations.values()] == [r.held for r in read.relations.values()]


WRITTEN = {
    "again in the same transaction": "UPDATE \"Note\" SET a = a || 'x' WHERE id < 3",
    "by a rewrite": 'ALTER TABLE "Note" ALTER a TYPE text USING upper(a)',
    "deleted and inserted": 'WITH d AS (DELETE FROM "Note" RETURNING *) SELECT count(*) FROM d',
    "emptied and filled": "TRUNCATE \"Note\"; INSERT INTO \"Note\" SELECT g, 'b', 'c' FROM "
    "generate_series(1, 20) g",
    "another column": 'ALTER TABLE "Note" DROP a',
}


@pytest.mark.parametrize("statement", WRITTEN.values(), ids=WRITTEN.keys())
def test_what_has_changed_is_read_again(watched: Watched, statement: str) -> None:
    before = watched.look()
    for _ in range(3 if statement.startswith("UPDATE") else 1):
        last = watched.look(before)
        watched.run(statement)
        after = watched.look(last)
        assert compare(last, after).losses
        before = after
    read = watched.look()
    assert [r.held for r in after.relations.values()] == [r.held for r in read.relations.values()]


# -- what the migration may do against it ---------------------------------------------------------

SETTINGS = ("search_path", "timezone", "statement_timeout", "client_encoding", "role")
TAMPERING = {
    "role": "CREATE ROLE losses_other; GRANT losses_other TO CURRENT_USER;"
    "SET LOCAL ROLE losses_other",
    "search path": "CREATE SCHEMA s; CREATE TABLE s.pg_class (oid oid); CREATE FUNCTION "
    "s.format(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS "
    "'SELECT NULL::text';"
    "SET LOCAL search_path = s, pg_temp",
    "settings": "SET LOCAL DateStyle = 'German'; SET LOCAL timezone = 'Asia/Tokyo';"
    "SET LOCAL extra_float_digits = -15; SET LOCAL bytea_output = 'escape';"
    "SET LOCAL standard_conforming_strings = off; SET LOCAL IntervalStyle = 'iso_8601';"
    "SET LOCAL quote_all_identifiers = on; SET LOCAL client_encoding = 'LATIN1'",
    "time": "SET LOCAL statement_timeout = 1; SET LOCAL lock_timeout = 1",
    "row security": 'ALTER TABLE "User" ENABLE ROW LEVEL SECURITY;'
    'ALTER TABLE "User" FORCE ROW LEVEL SECURITY; SET LOCAL row_security = off',
    "privileges": 'REVOKE ALL ON "User" FROM CURRENT_USER',
    "a cast of its own": "CREATE FUNCTION cheat(\"Role\") RETURNS text LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE 'run as %', current_user; END $$;"
    'CREATE CAST ("Role" AS text) WITH FUNCTION cheat("Role");'
    'CREATE FUNCTION cheatj("Role") RETURNS json LANGUAGE plpgsql AS '
    "$$ BEGIN RAISE 'run as %', current_user; END $$;"
    'CREATE CAST ("Role" AS json) WITH FUNCTION cheatj("Role")',
    "read only": "SET TRANSACTION READ ONLY",
}  # fmt: skip


@pytest.mark.parametrize("tampering", TAMPERING.values(), ids=TAMPERING.keys())
def test_the_migration_does_not_change_what_is_seen(watched: Watched, tampering: str) -> None:
    before = watched.look()
    watched.run(tampering)
    shown = [watched.setting(name) for name in SETTINGS]
    after = watched.look()
    assert compare(before, after) == LossComparison()
    assert {r.oid: r.held for r in after.relations.values() if r.oid in before.relations} == {
        r.oid: r.held for r in before.relations.values()
    }
    assert shown == [watched.setting(name) for name in SETTINGS]


def test_the_function_obeys_only_who_knows_the_token(watched: Watched) -> None:
    function = watched.reader.function
    for token in ("'guess'", "NULL"):
        watched.run("SAVEPOINT s")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            watched.run(f"SELECT {function}({token}, NULL, NULL, NULL)")
        watched.run("ROLLBACK TO s")
    found = watched.connection.execute(
        "SELECT prosrc FROM pg_proc WHERE proname ~ '^migration_checker_'"
    )
    assert watched.reader._token not in str(found.fetchall())


@pytest.mark.parametrize(
    "statement",
    ["DROP FUNCTION {0}", "ALTER FUNCTION {0} RESET ALL",
     "ALTER FUNCTION {0} OWNER TO CURRENT_USER",
     "CREATE FUNCTION {0}(int) RETURNS int LANGUAGE sql AS 'SELECT 1'"],
)  # fmt: skip
def test_the_function_is_not_the_migrations(watched: Watched, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        watched.run(statement.format(watched.reader.function))


def test_a_migration_that_drops_every_schema_does_not_meet_it(watched: Watched) -> None:
    watched.run("""DO $$ DECLARE s text; BEGIN
      FOR s IN SELECT nspname FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')
      LOOP EXECUTE format('DROP SCHEMA %I CASCADE', s); END LOOP; END $$""")
    assert watched.look().relations


def test_no_lock_stays_behind(watched: Watched) -> None:
    watched.look()
    held = watched.connection.execute(
        "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation >= 16384"
    )
    assert held.fetchone() == (0,)


def test_outside_of_a_transaction_none_is_left_open(watched: Watched) -> None:
    watched.run("ROLLBACK")
    assert watched.look().relations
    assert watched.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    watched.run("BEGIN")


def test_a_refusal_leaves_the_transaction_usable(watched: Watched) -> None:
    watched.run("CREATE TABLE broken (a int)")
    watched.reader._call = b"SELECT %s::text, %s::oid[], %s::oid[], %s::text[], 1 / 0"
    with pytest.raises(psycopg.errors.DivisionByZero):
        watched.look()
    watched.run("INSERT INTO broken VALUES (1)")


def test_a_table_without_end_is_not_read(watched: Watched) -> None:
    watched.run("CREATE TABLE flood AS SELECT repeat('x', 1000) AS a FROM "
                "generate_series(1, 20000)")  # fmt: skip
    before = watched.look()
    assert [r.label for r in before.relations.values() if r.held is None] == ["flood"]
    watched.run("DROP TABLE flood")
    assert compare(before, watched.look()) == LossComparison()
