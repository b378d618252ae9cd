"""What to do instead, by what the replay has stumbled over."""

from __future__ import annotations

import pytest

from checker.model import Failure, Finding, Replay
from checker.sql import read
from tests.rules.test_history import findings, migration


def test_replay_failure() -> None:
    failure = Failure("2_b", 3, "42701", 'column "x" exists', "A detail", committed=True)
    (found,) = findings(
        [migration("1_a"), migration("2_b", "new")], replay=Replay("failed", failure=failure)
    )
    assert (found.rule, found.line, found.evidence) == ("history-does-not-replay", 3, "observed")
    assert "42701" in found.message
    assert "half applied" in found.why
    merged = findings([migration("2_b")], replay=Replay("failed", failure=failure))
    assert "at the base too" in merged[0].why


def test_a_failure_that_has_a_finding_of_its_own_is_not_said_twice() -> None:
    failure = Failure("1_a", None, None, "no migration.sql", prisma_code="P3015")
    found = findings(
        [migration("1_a", sql=None, problem="missing")], replay=Replay("failed", failure=failure)
    )
    assert [f.rule for f in found] == ["migration-unreadable"]


def failed(
    sqlstate: str, message: str, detail: str = "", statement: str = "", sql: str = "SELECT 1;\n"
) -> Finding:
    """What is said of a failure of the second migration, where ``sql`` is the first."""
    failure = Failure("2_b", 1, sqlstate, message, detail, "Use CASCADE too.", statement)
    history = [migration("1_a", sql=sql), migration("2_b", "new", sql=statement or "SELECT 1;")]
    scripts = {m.name: read(m.sql or "", "postgresql") for m in history}
    said = findings(history, replay=Replay("failed", failure=failure), scripts=scripts)
    (found,) = (f for f in said if f.rule == "history-does-not-replay")
    return found


def test_what_others_depend_on_is_not_dropped_by_cascade() -> None:
    found = failed(
        "2BP01",
        "cannot drop table a because other objects depend on it",
        'constraint B_a_id_fkey on table "B" depends on table a\n'
        'constraint of "a" on table auth."c ""d" depends on table a\n'
        "view v depends on table a",
    )
    assert found.advice == "Drop what depends on it first, by name."
    assert (found.fix or "").splitlines()[1:] == [
        'ALTER TABLE "B" DROP CONSTRAINT "B_a_id_fkey";',
        'ALTER TABLE "auth"."c ""d" DROP CONSTRAINT "of ""a""";',
        "-- and what is named here: view v depends on table a",
    ]
    assert 'on table a; constraint of "a"' in found.why
    assert failed("2BP01", "no", "view v depends on table a").fix is None


def test_a_detail_ends_with_one_full_stop() -> None:
    assert failed("23505", "twice", "Key (id)=(1) exists.").why.startswith("Key (id)=(1) exists. N")


@pytest.mark.parametrize(
    ("earlier", "statement", "said"),
    [
        ("SELECT 1;", 'ALTER TABLE "Item" ADD COLUMN x INT', True),
        ('CREATE INDEX i ON "Item" (x);', 'UPDATE "Item" SET x = 1', True),
        ('CREATE TABLE "Item" (x INT);', 'UPDATE "Item" SET x = 1', False),
        ('ALTER TABLE "Old" RENAME TO "Item";', 'UPDATE "Item" SET x = 1', False),
        ("""DO $$ BEGIN EXECUTE 'CREATE TABLE "Item" ()'; END $$;""", 'DELETE FROM "Item"', False),
        ('CREATE TABLE "Item" (;', 'DELETE FROM "Item"', False),
        ("SELECT 1;", """SELECT setval('"Item"', 1)""", False),
    ],
)
def test_a_table_that_no_migration_creates(earlier: str, statement: str, said: bool) -> None:
    found = failed("42P01", 'relation "Item" does not exist', "", statement, earlier)
    assert ("Add the migration that creates `Item`" in found.advice) is said
    assert found.fix is None
