"""What the departures of a history come to, on a server."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from checker.engines.engine import ReplayOptions
from checker.engines.postgresql.engine import PostgreSQL
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import Base, Deviation, History, Migration, PrismaVersion, Project
from checker.report.comparisons import deviation_words
from checker.trials.departures import find_departures
from checker.trials.lineage import find_lineage, weigh_departures
from checker.trials.ways import Ways
from tests.projects import view_of

PROJECT = Project("prisma/schema.prisma", "prisma/migrations", "postgresql", PrismaVersion(6, 19))
BASE = Base("main", "0" * 40)
USER = 'CREATE TABLE "User" (id int PRIMARY KEY, email text);'
POST = 'CREATE TABLE "Post" (id int PRIMARY KEY);'
BROKEN = 'ALTER TABLE "Nobody" ADD x int;'


def history(
    base: Mapping[str, str],
    head: Mapping[str, str],
    renamed: Mapping[str, str] | None = None,
    meanwhile: Mapping[str, str] | None = None,
) -> History:
    """A history from scripts by name; ``renamed`` gives the old name for a new one."""
    renamed = renamed or {}
    found = []
    for name in sorted(head):
        old = renamed.get(name, name)
        state = "new" if old not in base else "unchanged"
        if old in base and (base[old] != head[name] or old != name):
            state = "renamed" if old != name else "edited"
        text = None if state in ("new", "unchanged") else base[old]
        previous = old if text is not None else None
        found.append(
            Migration(name, f"{name}/migration.sql", head[name], state, None, text, previous)  # type: ignore[arg-type]
        )
    gone = [name for name in base if name not in head and name not in renamed.values()]
    removed = [
        Migration(n, f"{n}/migration.sql", None, "removed", base_sql=base[n], previous=n)
        for n in gone
    ]
    since = [Migration(n, f"{n}/migration.sql", sql) for n, sql in (meanwhile or {}).items()]
    return History(
        tuple(found), tuple(removed), BASE, base_names=tuple(sorted(base)), meanwhile=tuple(since)
    )


@pytest.fixture
def weighed(server: EphemeralServer) -> object:
    def weigh(found: History) -> list[Deviation]:
        ways = Ways(PostgreSQL(), lambda: server, PROJECT, ReplayOptions())
        return weigh_departures(find_departures(found, PROJECT), ways, PROJECT, found)

    return weigh


def outcomes(weighed: object, found: History) -> list[tuple[str, str]]:
    return [(d.kind, d.outcome) for d in weighed(found)]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        (USER, f"-- the users\n{USER}", "same_statements"),
        (USER, USER.replace("text", "pg_catalog.text"), "equal"),
        (USER, USER.replace("text", "varchar(9)"), "different"),
        (USER, f"{USER}\nINSERT INTO \"User\" VALUES (1, 'a');", "different"),
        (USER, BROKEN, "broken"),
        (USER, f"\ufeff{USER}", "broken"),
        (BROKEN, USER, "repaired"),
        (BROKEN, f"{BROKEN} -- why", "broken"),
    ],
)
def test_edited(weighed: object, old: str, new: str, outcome: str) -> None:
    found = history({"1": POST, "2": old}, {"1": POST, "2": new})
    assert outcomes(weighed, found) == [("edited", outcome)]


def test_values_that_differ_from_run_to_run_do_not_count(weighed: object) -> None:
    seeds = "INSERT INTO t VALUES (random(), now(), 'kept');"
    table = "CREATE TABLE t (a float, b timestamptz, c text);"
    found = history({"1": table, "2": seeds}, {"1": table, "2": f"{seeds} SELECT 1;"})
    assert outcomes(weighed, found) == [("edited", "equal")]
    other = seeds.replace("kept", "other")
    (deviation,) = weighed(history({"1": table, "2": seeds}, {"1": table, "2": other}))  # type: ignore[operator]
    assert deviation_words(deviation) == (
        "column `t.c` holds other values on a fresh database than on a deployed one",
    )


def test_of_several_edits_each_is_weighed_alone(weighed: object) -> None:
    base = {"1": USER, "2": POST, "3": "SELECT 1;"}
    head = {"1": USER.replace("text", "int"), "2": f"{POST} SELECT 2;", "3": "SELECT 1; -- x"}
    assert outcomes(weighed, history(base, head)) == [
        ("edited", "different"),
        ("edited", "equal"),
        ("edited", "same_statements"),
    ]


def test_an_edit_after_a_failure_is_not_known(weighed: object) -> None:
    found = history({"1": BROKEN, "2": USER}, {"1": BROKEN, "2": POST})
    (deviation,) = weighed(found)  # type: ignore[operator]
    assert deviation.outcome == "unknown"
    assert deviation.reason.startswith("the merged history does not run: `1` fails")


@pytest.mark.parametrize(
    ("gone", "after", "outcome"),
    [
        (USER, "SELECT 1;", "different"),
        ("SELECT 1;", USER, "equal"),
        (USER, 'ALTER TABLE "User" ADD x int;', "broken"),
        (BROKEN, USER, "repaired"),
    ],
)
def test_removed(weighed: object, gone: str, after: str, outcome: str) -> None:
    found = history({"1": POST, "2": gone, "3": after}, {"1": POST, "3": after})
    assert outcomes(weighed, found) == [("removed", outcome)]


def test_a_squash_is_one_departure(weighed: object) -> None:
    base = {"1": POST, "2": USER, "3": 'ALTER TABLE "User" ADD x int;'}
    squash = POST + USER.replace("text", "text, x int")
    (deviation,) = weighed(history(base, {"0_init": squash}))  # type: ignore[operator]
    assert (deviation.kind, deviation.outcome) == ("replaced", "equal")
    assert (deviation.migrations, deviation.others) == (("1", "2", "3"), ("0_init",))
    assert deviation.failure is not None
    assert (deviation.failure.sqlstate, deviation.where) == ("42P07", "deployed")


def test_a_squash_that_is_like_one_of_the_old_ones_is_no_rename(weighed: object) -> None:
    base = {"1": USER, "2": 'ALTER TABLE "User" ADD x int;'}
    squash = USER.replace("text", "text, x int")
    found = history(base, {"2_all": squash}, {"2_all": "1"})
    (deviation,) = weighed(found)  # type: ignore[operator]
    assert (deviation.kind, deviation.outcome) == ("replaced", "equal")
    assert (set(deviation.migrations), deviation.others) == ({"1", "2"}, ("2_all",))


def test_a_squash_beside_a_new_migration(weighed: object) -> None:
    base = {"1": POST, "2": USER}
    found = history(base, {"0_init": POST + USER, "4": 'ALTER TABLE "User" ADD y int;'})
    assert ("replaced", "equal") in outcomes(weighed, found)


def test_what_comes_after_a_squash_is_no_part_of_it(weighed: object) -> None:
    after = {"4": 'DELETE FROM "User";', "5": 'UPDATE "Post" SET id = 1;'}
    found = history({"1": POST, "2": USER}, {"01": POST, "02": USER, **after})
    (deviation,) = [d for d in weighed(found) if d.kind == "replaced"]  # type: ignore[operator]
    assert (deviation.outcome, deviation.others) == ("equal", ("01", "02"))


def test_a_squash_that_loses_rows_says_so(weighed: object) -> None:
    base = {"1": POST, "2": USER, "3": "INSERT INTO \"User\" VALUES (1, 'a');"}
    (deviation,) = weighed(history(base, {"0_init": POST + USER}))  # type: ignore[operator]
    assert (deviation.kind, deviation.outcome) == ("replaced", "different")
    assert deviation_words(deviation) == (
        "table `User` has no rows on a fresh database, 1 on a deployed one",
    )


def test_a_squash_that_forgets_something_is_a_removal(weighed: object) -> None:
    found = history({"1": POST, "2": USER}, {"0_init": POST})
    assert {kind for kind, _ in outcomes(weighed, found)} == {"removed"}


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (USER, "broken"),
        (USER.replace("TABLE", "TABLE IF NOT EXISTS"), "equal"),
        ('INSERT INTO "Post" SELECT count(*) FROM "Post";', "different"),
    ],
)
def test_renamed(weighed: object, script: str, outcome: str) -> None:
    found = history({"1": POST, "2": script}, {"1": POST, "3": script}, {"3": "2"})
    (deviation,) = weighed(found)  # type: ignore[operator]
    assert (deviation.kind, deviation.outcome) == ("renamed", outcome)
    assert deviation.where == "deployed"


def test_renamed_and_repaired(weighed: object) -> None:
    found = history({"1": POST, "2": BROKEN}, {"1": POST, "3": USER}, {"3": "2"})
    assert outcomes(weighed, found) == [("renamed", "repaired")]


@pytest.mark.parametrize(
    ("late", "merged", "outcome"),
    [
        (USER, "SELECT 1;", "equal"),
        ('ALTER TABLE "Post" ADD a int;', 'ALTER TABLE "Post" ADD b int;', "equal"),
        ("ALTER TYPE e ADD VALUE 'y';", "ALTER TYPE e ADD VALUE 'z';", "different"),
        ('UPDATE "Post" SET id = 2;', 'INSERT INTO "Post" VALUES (1);', "different"),
        ('ALTER TABLE "Post" ALTER n SET DEFAULT 1;', 'ALTER TABLE "Post" DROP n;', "broken"),
        (USER, 'ALTER TABLE "User" ADD n int;', "repaired"),
    ],
)
def test_out_of_order(weighed: object, late: str, merged: str, outcome: str) -> None:
    first = "CREATE TABLE \"Post\" (id int PRIMARY KEY, n int); CREATE TYPE e AS ENUM ('x');"
    base = {"1": first, "3": merged}
    (deviation,) = weighed(history(base, {**base, "2": late}))  # type: ignore[operator]
    assert (deviation.kind, deviation.outcome) == ("out_of_order", outcome)
    if outcome == "broken":
        assert deviation.where == "deployed"


def test_a_late_one_that_fails_on_a_fresh_database(weighed: object) -> None:
    base = {"1": POST, "3": USER}
    found = history(base, {**base, "2": 'ALTER TABLE "User" ADD x int;'})
    (deviation,) = weighed(found)  # type: ignore[operator]
    assert (deviation.outcome, deviation.where) == ("broken", "fresh")
    assert deviation.failure.migration == "2"


def test_of_several_late_ones_each_is_weighed_alone(weighed: object) -> None:
    base = {"1": "CREATE TYPE e AS ENUM ('x');", "4": "ALTER TYPE e ADD VALUE 'z';"}
    head = {**base, "2": POST, "3": "ALTER TYPE e ADD VALUE 'y';"}
    assert outcomes(weighed, history(base, head)) == [
        ("out_of_order", "equal"),
        ("out_of_order", "different"),
    ]


def test_what_the_base_has_got_meanwhile_counts_as_merged(weighed: object) -> None:
    found = history({"1": POST}, {"1": POST, "2": USER}, meanwhile={"3": "SELECT 1;"})
    assert outcomes(weighed, found) == [("out_of_order", "equal"), ("behind", "equal")]
    both = history({"1": POST}, {"1": POST, "3": USER}, meanwhile={"2": USER})
    (deviation,) = weighed(both)  # type: ignore[operator]
    assert (deviation.kind, deviation.outcome) == ("behind", "broken")
    assert deviation.failure.sqlstate == "42P07"


def test_roles_of_the_migrations_are_new_for_every_way(weighed: object) -> None:
    role = 'CREATE ROLE reader; GRANT SELECT ON "Post" TO reader;'
    base = {"1": POST, "2": role, "4": "SELECT 1;"}
    assert outcomes(weighed, history(base, {**base, "3": USER})) == [("out_of_order", "equal")]


def test_without_a_replay_nothing_is_known() -> None:
    found = history({"1": POST}, {"1": USER})
    (deviation,) = find_lineage(None, view_of(PROJECT, found)).deviations
    assert (deviation.outcome, deviation.reason) == ("unknown", "the replay was skipped")
