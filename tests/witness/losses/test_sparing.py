"""Which rows are taken out where a statement fails on some."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import Migration, PrismaVersion, Project, Witness
from checker.model.changes import Name
from checker.pg.connection import Connection, connect, run
from checker.sql import queries, read
from checker.sql.catalog.catalog import Catalog
from checker.witness.losses.sparing import Deletable, Rows, smallest
from checker.witness.observe import observe

TEAM, PERSON, TASK = Name("Team"), Name("Person"), Name("Task")
TABLES = """
CREATE TABLE "Team" (id int PRIMARY KEY, name text);
CREATE TABLE "Person" (id int PRIMARY KEY, team int REFERENCES "Team" ON DELETE RESTRICT,
  boss int REFERENCES "Person", name text);
CREATE TABLE "Task" (id int PRIMARY KEY, person int REFERENCES "Person" ON DELETE CASCADE)
  PARTITION BY RANGE (id);
CREATE TABLE "Task_1" PARTITION OF "Task" FOR VALUES FROM (0) TO (3);
CREATE TABLE "Task_2" PARTITION OF "Task" DEFAULT;
INSERT INTO "Team" VALUES (1, 'a'), (2, NULL), (3, 'a');
INSERT INTO "Person" VALUES (1, 1, NULL, 'x'), (2, 2, 1, 'y'), (3, 1, 2, 'z'), (4, NULL, 4, NULL);
INSERT INTO "Task" VALUES (1, 1), (2, 2), (3, 3), (4, 4), (5, NULL);
"""


@pytest.fixture
def connection(server: EphemeralServer) -> Iterator[Connection]:
    with server.database() as database, connect(database.owner) as connection:
        run(connection, TABLES)
        yield connection


def take_out(connection: Connection, query: str) -> bool:
    """Whether a query finds rows, which are gone then with all that refers to them."""
    deletable = Deletable(connection)
    rows = deletable.referring(deletable.offending(query))
    deletable.delete(rows)
    return any(rows.values())


def left(connection: Connection) -> list[list[int]]:
    """The ids that are still there, of teams, persons and tasks."""
    return [
        [row[0] for row in connection.execute(f"SELECT id FROM {table.sql} ORDER BY id".encode())]
        for table in (TEAM, PERSON, TASK)
    ]


def test_rows_go_with_all_that_refers_to_them(connection: Connection) -> None:
    """Team 2 takes its member 2, who is the boss of 3; the tasks of both go as well."""
    assert take_out(connection, queries.nulls(TEAM, "name"))
    assert left(connection) == [[1, 3], [1, 4], [1, 4, 5]]


def test_of_rows_that_agree_one_stays(connection: Connection) -> None:
    assert take_out(connection, queries.duplicates(TEAM, ["name"], nullable=["name"]))
    teams, persons, _ = left(connection)
    assert 2 in teams
    assert len(teams) == 2
    assert 4 in persons


def test_orphans(connection: Connection) -> None:
    run(connection, 'ALTER TABLE "Task" DROP CONSTRAINT "Task_person_fkey"')
    run(connection, 'INSERT INTO "Task" VALUES (6, 99)')
    assert take_out(connection, queries.orphans(TASK, ["person"], PERSON, ["id"]))
    assert left(connection) == [[1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4, 5]]


@pytest.mark.parametrize(
    "query",
    [
        queries.counted(TEAM),
        queries.counted(TEAM, "name = 'nobody'"),
        queries.conflicting(TEAM, [("id", "=")], None),
    ],
)
def test_nothing_is_taken_out(connection: Connection, query: str) -> None:
    """Where all rows would have to go, where none is found, and where the query is of pairs."""
    before = left(connection)
    assert not take_out(connection, query)
    assert left(connection) == before


def test_a_deferred_key_is_told(connection: Connection) -> None:
    deferrable = 'ALTER TABLE "Person" ALTER CONSTRAINT "Person_boss_fkey" DEFERRABLE'
    run(connection, deferrable)
    assert not Deletable(connection).deferred
    run(connection, f"{deferrable} INITIALLY DEFERRED")
    assert Deletable(connection).deferred


@pytest.mark.parametrize("bad", [{3}, {0}, {99}, {5, 6, 70}, set(range(100))])
def test_only_the_rows_that_make_it_fail_go(bad: set[int]) -> None:
    every: Rows = {1: {f"({n},1)" for n in range(100)}}
    blamed = {f"({n},1)" for n in bad}
    tried: list[Rows] = []

    def works(gone: Rows) -> bool:
        tried.append(gone)
        return blamed <= gone.get(1, set())

    assert smallest(every, works, trials=1000) == {1: blamed}
    assert blamed <= smallest(every, works, trials=5)[1] <= every[1]


def watched(server: EphemeralServer, merged: str, new: str) -> Witness:
    """What is seen of one new migration on top of a merged one."""
    catalog = Catalog()
    catalog.fold([read(merged, "postgresql")])
    project = Project("schema.prisma", "migrations", "postgresql", PrismaVersion(6, 19))
    with server.database() as base:
        with connect(base.owner) as connection:
            run(connection, merged)
        migration = Migration("2_new", "2_new/migration.sql", new, "new")
        scripts = {"2_new": read(new, "postgresql")}
        return observe(server, base, project, [migration], scripts, catalog)


MERGED = """
CREATE TABLE "User" (id int PRIMARY KEY, mail text NOT NULL UNIQUE);
CREATE TABLE "Bill" (id int PRIMARY KEY, mail text NOT NULL, sum int NOT NULL,
  "userId" int NOT NULL REFERENCES "User");
"""
NEW = """
ALTER TABLE "Bill" ADD CONSTRAINT fk FOREIGN KEY (mail) REFERENCES "User"(mail);
ALTER TABLE "User" ADD CONSTRAINT short CHECK (char_length(mail) < 12);
ALTER TABLE "Bill" DROP COLUMN sum;
"""


def test_what_comes_after_still_meets_rows(server: EphemeralServer) -> None:
    first, second, third = watched(server, MERGED, NEW).observations
    assert first.failure
    assert second.failure
    assert (first.failure.sqlstate, second.failure.sqlstate) == ("23503", "23514")
    (loss,) = third.losses
    assert third.on_rows
    assert (loss.column, 0 < loss.lost == loss.total < 60) == ("sum", True)


SIMPLE = """
CREATE TABLE old (id int PRIMARY KEY);
CREATE TABLE new (id int PRIMARY KEY, note text);
"""


def test_rows_that_no_query_finds_are_found_by_trying(server: EphemeralServer) -> None:
    """The largest numbers overflow; all other rows stay for what follows."""
    script = "INSERT INTO new (id) SELECT id + 1000000 FROM old; DELETE FROM old;"
    first, second = watched(server, SIMPLE, script).observations
    assert first.failure is not None
    assert first.failure.sqlstate == "22003"
    assert first.on_rows
    assert second.on_rows
    assert 50 < second.losses[0].lost < 60


def test_what_fails_on_all_rows_sets_them_aside_for_what_follows(server: EphemeralServer) -> None:
    script = "ALTER TABLE old ADD COLUMN v int NOT NULL; DROP TABLE old; DELETE FROM new;"
    witness = watched(server, SIMPLE, script)
    first, second, third = witness.observations
    assert [(s.table, s.line) for s in witness.set_aside] == [("old", 1)]
    assert first.failure is not None
    assert (first.bare, second.bare, third.bare) == (("old",), ("old",), ())
    assert [o.on_rows for o in (first, second, third)] == [False, False, True]


def test_rows_stay_where_they_are_not_to_blame(server: EphemeralServer) -> None:
    """What fails wherever it is watched costs no row, and is named."""
    asks = "IF EXISTS (SELECT FROM pg_event_trigger) THEN RAISE 'watched'; END IF"
    witness = watched(server, SIMPLE, f"DO $$ BEGIN {asks}; END $$; DROP TABLE new;")
    asked, dropped = witness.observations
    assert not asked.ran
    assert witness.prevention is not None
    assert (witness.prevention.cause, witness.prevention.message) == ("failed", "watched")
    assert dropped.on_rows
    assert dropped.losses[0].lost == 60


def test_what_waits_for_the_commit_is_seen(server: EphemeralServer) -> None:
    merged = SIMPLE + (
        "CREATE FUNCTION later() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN DELETE FROM public.old; RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON new DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION later();"
    )
    (seen,) = watched(server, merged, "INSERT INTO new VALUES (-7); -- old").observations
    assert [(loss.table, loss.lost) for loss in seen.losses] == [("old", 60)]


def test_a_renamed_label_is_no_loss_of_what_is_changed_later(server: EphemeralServer) -> None:
    """What was read before the renaming has the old label in it."""
    merged = """CREATE TYPE kind AS ENUM ('a', 'b'); CREATE TABLE t (id int PRIMARY KEY, k kind);"""
    new = "ALTER TYPE kind RENAME VALUE 'a' TO 'z'; UPDATE t SET id = id - 7 WHERE false; "
    new += "UPDATE t SET k = k;"
    witness = watched(server, merged, new)
    assert [(o.losses, o.spared) for o in witness.observations] == [((), ())] * 3


def test_a_failure_on_other_tables_than_those_with_rows_gone_is_told(
    server: EphemeralServer,
) -> None:
    merged = SIMPLE + "CREATE TABLE third (id int PRIMARY KEY, v int);"
    new = (
        "INSERT INTO new (id) SELECT id + 1000000 FROM old; ALTER TABLE third ALTER v SET NOT NULL;"
    )
    first, second = watched(server, merged, new).observations
    assert first.failure is not None
    assert second.failure is not None
    assert (second.failure.sqlstate, second.on_rows) == ("23502", True)
