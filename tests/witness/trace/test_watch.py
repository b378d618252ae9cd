"""Statements that refuse a transaction block: what the watcher makes them show."""

from __future__ import annotations

import pytest

from checker.model import Drop, LockMode, TableLock
from checker.pg.connection import connect, names
from checker.pg.database import Database
from checker.witness.trace.state import observation
from tests.witness.trace.test_run import Noting, database, locks, traced

__all__ = ["database"]
pytestmark = pytest.mark.usefixtures("database")

WEAK: LockMode = "SHARE UPDATE EXCLUSIVE"
PARTITIONS = """
CREATE TABLE whole (id int) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF whole FOR VALUES FROM (0) TO (9);
INSERT INTO whole VALUES (1);
"""


@pytest.mark.parametrize(
    ("statement", "taken"),
    [
        ("CREATE INDEX CONCURRENTLY ix ON child (a, id)", [("child", WEAK)]),
        ("CREATE UNIQUE INDEX CONCURRENTLY ix ON child (pid)", [("child", WEAK)]),
        ("DROP INDEX CONCURRENTLY child_a", [("child", WEAK)]),
        ("REINDEX INDEX CONCURRENTLY child_a", [("child", WEAK)]),
        ("REINDEX TABLE CONCURRENTLY child", [("child", WEAK)]),
        ("VACUUM child", [("child", WEAK)]),
        ("VACUUM child, parent", [("child", WEAK), ("parent", WEAK)]),
        ("VACUUM (FULL) child", [("child", "ACCESS EXCLUSIVE")]),
        (
            "DO $$ BEGIN UPDATE child SET a = 'x'; COMMIT; ALTER TABLE parent ADD b int; END $$",
            [("child", "ROW EXCLUSIVE"), ("parent", "ACCESS EXCLUSIVE")],
        ),
    ],
)
def test_locks_of_what_refuses_a_transaction(
    database: Database, statement: str, taken: list[tuple[str, str]]
) -> None:
    found = traced(database, f"SET lock_timeout = 1; {statement}", separately=True)[1]
    assert found.error is None
    # RI triggers and the parent of a foreign key aside.
    assert [lock for lock in locks(found) if lock in taken] == taken


def test_the_same_is_seen_every_time(database: Database) -> None:
    script = "CREATE INDEX CONCURRENTLY ix ON child (a, id); DROP INDEX CONCURRENTLY ix;"
    found = traced(database, script * 3, separately=True)
    assert [observation(t).locks for t in found] == [(TableLock("child", WEAK),)] * 6


def test_a_partition_is_detached_concurrently(server_database: Database) -> None:
    (found,) = traced(
        server_database, "ALTER TABLE whole DETACH PARTITION part CONCURRENTLY", separately=True
    )
    assert observation(found).locks == (
        TableLock("part", "ACCESS EXCLUSIVE"),
        TableLock("whole", WEAK),
    )


@pytest.fixture
def server_database(database: Database) -> Database:
    with connect(database.owner) as connection:
        connection.execute(PARTITIONS.encode())
    return database


def test_what_it_made_and_dropped_is_recorded(database: Database) -> None:
    found = traced(
        database,
        "CREATE INDEX CONCURRENTLY ix ON child (a, id); DROP INDEX CONCURRENTLY child_a;"
        "REINDEX INDEX CONCURRENTLY ix",
        separately=True,
    )
    assert [c.tag for c in found[0].commands] == ["CREATE INDEX"]
    assert found[0].indexes == {"child": ("ix",)}
    assert found[1].drops == (Drop("index", "child_a", "child"),)
    assert found[0].touched is None or found[0].touched["child"].blocks > 0


def test_it_is_tried_again_without_the_index_that_its_failure_left(database: Database) -> None:
    hooks = Noting("retry", mend="DELETE FROM public.child WHERE id = 2")
    with connect(database.owner) as connection:
        connection.execute("UPDATE child SET a = CASE WHEN id < 3 THEN 'x' ELSE id::text END")
    script = "CREATE UNIQUE INDEX CONCURRENTLY ux ON child (a)"
    (found,) = traced(database, script, separately=True, hooks=hooks)
    assert found.ran
    assert found.error
    assert found.error.sqlstate == "23505"
    with connect(database.owner) as connection:
        assert names(connection, "SELECT indexrelid FROM pg_index WHERE NOT indisvalid") == set()


def test_what_does_not_wait_for_a_lock_is_not_made_to_fail(database: Database) -> None:
    block = "DO $$ BEGIN LOCK TABLE child NOWAIT; UPDATE child SET a = 'x'; COMMIT; END $$"
    (found,) = traced(database, block, separately=True)
    assert found.error is None
    assert ("child", "ROW EXCLUSIVE") in locks(found) or found.touched is None
