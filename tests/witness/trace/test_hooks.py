from __future__ import annotations

import pytest

from checker.pg.connection import connect, names
from checker.pg.database import Database
from checker.witness.trace.state import observation
from tests.witness.trace.test_run import Noting, database, locks, traced

__all__ = ["database"]


def test_settings_of_the_script_stay_its_own(database: Database) -> None:
    hooks = Noting(look="SELECT current_user || current_setting('search_path')")
    found = traced(
        database,
        "SET search_path = other; SET lock_timeout = '3s'; SELECT count(*) FROM far;"
        "BEGIN ISOLATION LEVEL SERIALIZABLE; SET TRANSACTION READ WRITE; COMMIT;"
        "CREATE ROLE tracer; GRANT tracer TO CURRENT_USER; SET ROLE tracer; SELECT current_user;"
        "DO $$ BEGIN IF current_user <> 'tracer' OR current_setting('lock_timeout') <> '3s'"
        " OR current_setting('search_path') <> 'other' THEN RAISE 'changed'; END IF; END $$",
        hooks=hooks,
        separately=True,
    )
    assert [(t.statement.text, t.error) for t in found if not t.ran] == []
    assert set(hooks.looked) == {"postgrespg_catalog, pg_temp"}


def test_hooks_see_what_is_not_committed_and_leave_no_lock(database: Database) -> None:
    hooks = Noting(look="SELECT count(*) FROM public.child")
    found = traced(database, "DELETE FROM child WHERE id > 10; SELECT 1;", hooks=hooks)
    assert hooks.told == ["before DELETE", "after DELETE", "before SELECT", "after SELECT"]
    assert hooks.looked == [50, 10, 10, 10]
    assert [lock.mode for lock in observation(found[1]).locks if not lock.held] == []


NOT_NULL = "ALTER TABLE child ALTER a SET NOT NULL; ALTER TABLE child ADD n int NOT NULL;"


def test_a_failure_ends_the_trace_where_nobody_decides(database: Database) -> None:
    found = traced(database, NOT_NULL, "SELECT 1")
    assert [(t.ran, t.error and t.error.sqlstate) for t in found] == [(False, "23502")]


def test_a_statement_that_fails_may_be_left_out(database: Database) -> None:
    found = traced(database, NOT_NULL, "SELECT 1", hooks=Noting("skip", "skip"))
    assert [t.ran for t in found] == [False, False, True]


@pytest.mark.parametrize("separately", [True, False])
def test_a_statement_that_fails_may_be_tried_on_mended_rows(
    database: Database, separately: bool
) -> None:
    hooks = Noting("retry", "skip", mend="UPDATE public.child SET a = 'x'")
    found = traced(database, NOT_NULL, hooks=hooks, separately=separately)
    assert [(t.ran, t.error and t.error.sqlstate) for t in found] == [
        (True, "23502"), (False, "23502"),
    ]  # fmt: skip
    assert locks(found[0]) == [("child", "ACCESS EXCLUSIVE")]
    with connect(database.owner) as connection:
        assert names(connection, "SELECT a FROM child") == {"x"}


def test_mending_leaves_the_settings_of_the_script(database: Database) -> None:
    hooks = Noting("retry", mend="UPDATE public.child SET a = 'x'")
    found = traced(
        database,
        "CREATE ROLE mended; GRANT mended TO CURRENT_USER; GRANT CREATE ON SCHEMA public TO mended;"
        "ALTER TABLE child OWNER TO mended; GRANT UPDATE, SELECT ON child TO CURRENT_USER;"
        "SET ROLE mended; SET LOCAL statement_timeout = '7s';"
        "ALTER TABLE child ALTER a SET NOT NULL;"
        "DO $$ BEGIN IF current_user <> 'mended' OR current_setting('statement_timeout') <> '7s'"
        " THEN RAISE 'changed'; END IF; END $$",
        hooks=hooks,
    )
    assert [(t.statement.text, t.error) for t in found if not t.ran] == []
    assert hooks.told.count("failed 23502") == 1


def test_a_deferred_constraint_that_fails_at_the_scripts_own_commit(database: Database) -> None:
    found = traced(
        database,
        "ALTER TABLE child ALTER CONSTRAINT fk DEFERRABLE INITIALLY DEFERRED;",
        "BEGIN; INSERT INTO child VALUES (99, 99); COMMIT; SELECT count(*) FROM child",
        hooks=Noting("skip"),
    )
    assert [t.error and t.error.sqlstate for t in found] == [None, None, None, "23503", None]


def test_no_statement_is_tried_for_ever(database: Database) -> None:
    hooks = Noting(*["retry"] * 9)  # type: ignore[arg-type]
    (found,) = traced(database, "ALTER TABLE child ALTER a SET NOT NULL", hooks=hooks)
    assert not found.ran


def test_a_constraint_that_fails_at_the_commit(database: Database) -> None:
    found = traced(
        database,
        "ALTER TABLE child ALTER CONSTRAINT fk DEFERRABLE INITIALLY DEFERRED;",
        "INSERT INTO child VALUES (99, 99)",
        "SELECT count(*) FROM child",
        hooks=Noting("skip"),
    )
    assert [(t.ran, t.error and t.error.sqlstate) for t in found] == [
        (True, None), (False, "23503"), (True, None),
    ]  # fmt: skip
