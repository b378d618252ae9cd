"""What is lost by real statements on a real server, inside of their own transaction."""

from __future__ import annotations

import pytest

from checker.model import Loss, Spared
from checker.witness.losses.compare import LossComparison, compare, confirm
from tests.witness.people import Watched


def test_nothing_is_lost_where_nothing_happens(watched: Watched) -> None:
    assert watched.compared('CREATE INDEX ON "User" (age)') == LossComparison()


# -- rows ---------------------------------------------------------------------------------------


def test_deleted_rows_are_rows_and_not_values(watched: Watched) -> None:
    assert watched.lost('DELETE FROM "User" WHERE id > 50') == (Loss("User", "rows", 10, 60),)


def test_rows_of_other_tables_go_with_a_cascade(watched: Watched) -> None:
    lost = watched.lost('TRUNCATE "User" CASCADE')
    assert set(lost) == {Loss("User", "rows", 60, 60), Loss("Post", "rows", 30, 30)}


def test_a_dropped_table_loses_its_rows(watched: Watched) -> None:
    assert watched.lost('DROP TABLE "Post"') == (Loss("Post", "rows", 30, 30),)


def test_new_rows_are_no_loss(watched: Watched) -> None:
    assert watched.lost('INSERT INTO "User" (id, email) SELECT 100 + g, \'n\' FROM '
                        "generate_series(1, 5) g") == ()  # fmt: skip


def test_rows_that_give_way_to_others_are_lost(watched: Watched) -> None:
    statement = """DO $$ BEGIN
      DELETE FROM "User" WHERE id > 55;
      INSERT INTO "User" (id, email, age) SELECT 100 + g, 'other' || g, -g
        FROM generate_series(1, 5) g;
    END $$"""
    assert watched.lost(statement) == (Loss("User", "rows", 5, 60),)


def test_identical_rows_without_a_key_are_counted(watched: Watched) -> None:
    lost = watched.lost("DELETE FROM log WHERE ctid IN (SELECT min(ctid) FROM log GROUP BY line)")
    assert lost == (Loss("log", "rows", 3, 12),)


# -- columns ------------------------------------------------------------------------------------


def test_a_dropped_column_loses_its_values_and_no_rows(watched: Watched) -> None:
    lost = watched.lost('ALTER TABLE "User" DROP COLUMN age')
    assert lost == (Loss("User", "column", 40, 40, "age"),)


def test_a_column_without_values_is_spared(watched: Watched) -> None:
    compared = watched.compared('ALTER TABLE "User" DROP COLUMN never')
    assert compared == LossComparison((), (Spared("User", "all values were NULL", "never"),))


def test_a_column_or_table_of_the_pull_request_is_spared(watched: Watched) -> None:
    column = watched.compared(
        "ALTER TABLE \"User\" ADD COLUMN c text DEFAULT 'x'", 'ALTER TABLE "User" DROP COLUMN c'
    )
    assert column == LossComparison(
        (), (Spared("User", "this pull request added the column", "c"),)
    )
    table = watched.compared('CREATE TABLE n AS SELECT * FROM "User"', "DROP TABLE n")
    assert table == LossComparison((), (Spared("n", "this pull request made the table"),))


def test_renames_lose_nothing_and_losses_keep_the_first_name(watched: Watched) -> None:
    lost = watched.lost(
        'ALTER TABLE "User" RENAME TO person',
        "ALTER TABLE person RENAME COLUMN age TO years",
    )
    assert lost == ()
    assert watched.lost('ALTER TABLE "person" DROP COLUMN years') == (
        Loss("person", "column", 40, 40, "years"),
    )


def test_a_loss_bears_the_name_from_before_the_pull_request(watched: Watched) -> None:
    lost = watched.lost(
        'ALTER TABLE "User" RENAME TO person',
        "ALTER TABLE person RENAME COLUMN age TO years",
        "ALTER TABLE person DROP COLUMN years",
    )
    assert lost == (Loss("User", "column", 40, 40, "age"),)


def test_rows_and_a_column_in_one_statement(watched: Watched) -> None:
    lost = watched.lost(
        'DO $$ BEGIN DELETE FROM "User" WHERE id > 50; ALTER TABLE "User" DROP COLUMN email; END $$'
    )
    assert lost == (Loss("User", "rows", 10, 60), Loss("User", "column", 50, 50, "email"))


# -- values -------------------------------------------------------------------------------------


def test_overwritten_values_are_counted_exactly(watched: Watched) -> None:
    assert watched.lost('UPDATE "User" SET email = lower(email)') == (
        Loss("User", "values", 30, 60, "email"),
    )


def test_values_set_to_null(watched: Watched) -> None:
    assert watched.lost('UPDATE "User" SET age = NULL WHERE id <= 30') == (
        Loss("User", "values", 20, 40, "age"),
    )


def test_filling_what_was_null_is_no_loss(watched: Watched) -> None:
    assert watched.lost('UPDATE "User" SET age = 0 WHERE age IS NULL') == ()


def test_new_keys_are_values_and_not_rows(watched: Watched) -> None:
    assert watched.lost('UPDATE "Note" SET id = id + 1000') == (
        Loss("Note", "values", 20, 20, "id"),
    )


def test_values_of_rows_without_a_key(watched: Watched) -> None:
    assert watched.lost("UPDATE log SET line = 'x' || line WHERE level = 2") == (
        Loss("log", "values", 4, 12, "line"),
    )


SAME = {
    "a wider integer": "age TYPE bigint",
    "text of a number": "age TYPE text",
    "numeric of a number": "age TYPE numeric(12,4)",
    "more digits": "price TYPE numeric(20,6)",
    "as wide as the values": "email TYPE varchar(200)",
    "padded": "email TYPE char(200)",
    "normalised": "data TYPE jsonb",
    "in a zone": "at TYPE timestamptz USING at AT TIME ZONE 'America/New_York'",
    "as a count of seconds": "at TYPE numeric USING extract(epoch FROM at)",
    "text of a flag": "active TYPE text",
    "number of a flag": "active TYPE int USING active::int",
    "text of a label": "role TYPE text",
    "other names of labels": "role TYPE text USING CASE role WHEN 'ADMIN' THEN 'a' ELSE 'u' END",
    "an array of it": "email TYPE text[] USING ARRAY[email]",
    "json of it": "email TYPE jsonb USING to_jsonb(email)",
    "an exact number of a float": "ratio TYPE double precision",
    "a domain": "email TYPE mail",
}  # fmt: skip


@pytest.mark.parametrize("change", SAME.values(), ids=SAME.keys())
def test_a_type_that_says_the_same_loses_nothing(watched: Watched, change: str) -> None:
    assert watched.lost(f'ALTER TABLE "User" ALTER COLUMN {change}') == ()


LOSSY = {
    "price TYPE int": Loss("User", "values", 45, 60, "price"),
    "price TYPE numeric(10,1)": Loss("User", "values", 30, 60, "price"),
    "email TYPE varchar(3) USING left(email, 3)": Loss("User", "values", 60, 60, "email"),
    "at TYPE date": Loss("User", "values", 59, 60, "at"),
    "at TYPE timestamp(0)": Loss("User", "values", 30, 60, "at"),
    "exact TYPE real": Loss("User", "values", 52, 60, "exact"),
    "role TYPE text USING 'x'": Loss("User", "values", 60, 60, "role"),
    "email TYPE int USING NULL": Loss("User", "values", 60, 60, "email"),
}


@pytest.mark.parametrize("change", LOSSY)
def test_a_type_that_says_less_loses_values(watched: Watched, change: str) -> None:
    assert watched.lost(f'ALTER TABLE "User" ALTER COLUMN {change}') == (LOSSY[change],)


def test_a_renamed_label_is_the_same_value(watched: Watched) -> None:
    assert watched.lost("ALTER TYPE \"Role\" RENAME VALUE 'USER' TO 'MEMBER'") == ()
    start = watched.look()
    watched.run("ALTER TYPE \"Role\" RENAME VALUE 'ADMIN' TO 'ROOT'")
    watched.run("UPDATE \"User\" SET role = 'MEMBER' WHERE id = 1")
    lost = compare(start, watched.look()).losses
    assert lost == (Loss("User", "values", 1, 60, "role", alike=True),)


# -- moved --------------------------------------------------------------------------------------


def test_values_copied_before_the_drop_are_moved(watched: Watched) -> None:
    lost = watched.lost(
        'ALTER TABLE "User" ADD COLUMN mail text',
        'UPDATE "User" SET mail = email',
        'ALTER TABLE "User" DROP COLUMN email',
    )
    assert lost == (Loss("User", "column", 60, 60, "email", ("User.mail",)),)


def test_values_in_another_type_are_moved(watched: Watched) -> None:
    lost = watched.lost(
        'ALTER TABLE "User" ADD COLUMN since timestamptz',
        "SET LOCAL timezone = 'Asia/Tokyo'",
        'UPDATE "User" SET since = at',
        'ALTER TABLE "User" DROP COLUMN at',
    )
    assert lost == (Loss("User", "column", 60, 60, "at", ("User.since",)),)


def test_a_copy_of_some_values_moves_none(watched: Watched) -> None:
    lost = watched.lost(
        'ALTER TABLE "User" ADD COLUMN mail text',
        'UPDATE "User" SET mail = email WHERE id <> 7',
        'ALTER TABLE "User" DROP COLUMN email',
    )
    assert lost == (Loss("User", "column", 60, 60, "email"),)


def test_a_twin_that_was_there_before_is_no_copy(watched: Watched) -> None:
    assert watched.lost('ALTER TABLE "User" DROP COLUMN twin') == (
        Loss("User", "column", 60, 60, "twin"),
    )


def test_one_copy_serves_one_column(watched: Watched) -> None:
    lost = watched.lost(
        'ALTER TABLE "User" ADD COLUMN mail text',
        'UPDATE "User" SET mail = email',
        'ALTER TABLE "User" DROP COLUMN email, DROP COLUMN twin',
    )
    assert sorted(loss.moved_to for loss in lost) == [(), ("User.mail",)]


def test_rows_moved_to_another_table(watched: Watched) -> None:
    lost = watched.lost(
        'CREATE TABLE "Article" AS SELECT id AS nr, title, "authorId" FROM "Post"',
        'DROP TABLE "Post"',
    )
    (loss,) = lost
    assert (loss.kind, loss.lost) == ("rows", 30)
    assert set(loss.moved_to) == {"Article.nr", "Article.title", "Article.authorId"}


def test_what_is_left_behind_of_moved_rows_is_named(watched: Watched) -> None:
    lost = watched.lost(
        'CREATE TABLE "Title" AS SELECT id, title FROM "Post"',
        'DROP TABLE "Post"',
    )
    assert {(loss.column, loss.moved_to) for loss in lost} == {
        ("id", ("Title.id",)), ("title", ("Title.title",)), ("authorId", ()),
    }  # fmt: skip


def test_rows_with_new_keys_are_moved_all_the_same(watched: Watched) -> None:
    lost = watched.lost(
        'CREATE TABLE "Copy" AS SELECT id + 1000 AS id, a, b FROM "Note"',
        'DROP TABLE "Note"',
    )
    assert {(loss.column, loss.moved_to) for loss in lost} == {
        ("id", ()), ("a", ("Copy.a",)), ("b", ("Copy.b",)),
    }  # fmt: skip


@pytest.mark.parametrize(
    "copied",
    [
        'CREATE TABLE "Copy" AS SELECT title FROM "Post" WHERE id = 3',  # one value of three
        'CREATE TABLE "Copy" AS SELECT "authorId" AS number FROM "Post"',
        'CREATE TABLE "Copy" AS SELECT 0 AS number, false AS flag',
    ],
)
def test_rows_of_which_single_values_are_elsewhere_are_gone(watched: Watched, copied: str) -> None:
    lost = watched.lost(copied, 'DELETE FROM "Post" WHERE id = 3')
    assert lost == (Loss("Post", "rows", 1, 30),)


def test_a_common_value_is_not_found_again_by_chance(watched: Watched) -> None:
    lost = watched.lost(
        'UPDATE "User" SET age = 0 WHERE id = 3',
        'CREATE TABLE "Other" AS SELECT 0 AS age',
        'UPDATE "User" SET age = 5 WHERE id = 3',
    )
    assert [loss.moved_to for loss in lost] == [()]


def test_a_temporary_table_keeps_nothing(watched: Watched) -> None:
    lost = watched.lost(
        'CREATE TEMP TABLE kept AS SELECT id, age FROM "User"', 'ALTER TABLE "User" DROP age'
    )
    assert lost == (Loss("User", "column", 40, 40, "age"),)


def test_what_is_given_back_later_is_spared_at_the_end(watched: Watched) -> None:
    start = watched.look()
    watched.run('CREATE TEMP TABLE kept AS SELECT id, email, age FROM "User"')
    before = watched.look()
    watched.run('UPDATE "User" SET email = id::text, age = NULL')
    found = compare(before, watched.look(), start)
    watched.run('UPDATE "User" u SET email = k.email FROM kept k WHERE k.id = u.id')
    confirmed = confirm(found, compare(start, watched.look(), start))
    assert [loss.column for loss in found.losses] == ["email", "age"]
    assert confirmed.losses == (Loss("User", "values", 40, 40, "age", alike=True),)
    assert confirmed.spared == (Spared("User", "it is there again at the end", "email"),)


# -- partitions ---------------------------------------------------------------------------------


def test_a_detached_partition_is_not_lost(watched: Watched) -> None:
    assert watched.lost("ALTER TABLE event DETACH PARTITION event_1") == ()


def test_a_dropped_partition_is(watched: Watched) -> None:
    assert watched.lost("DROP TABLE event_1") == (Loss("event", "rows", 10, 20),)


def test_a_row_may_go_to_another_partition(watched: Watched) -> None:
    assert watched.lost("UPDATE event SET day = day + 10 WHERE day = 1") == (
        Loss("event", "values", 1, 20, "day"),
    )


def test_columns_of_partitions_are_the_tables(watched: Watched) -> None:
    assert watched.lost("ALTER TABLE event DROP COLUMN what") == (
        Loss("event", "column", 20, 20, "what"),
    )


@pytest.mark.parametrize(
    ("value", "alike"),
    [("age + 1", False), ("-age", False), ("age / 10", True), ("nullif(age, 7)", True)],
)
def test_values_that_cannot_be_told_from_what_they_became(
    watched: Watched, value: str, alike: bool
) -> None:
    change = f'ALTER TABLE "User" ALTER COLUMN age TYPE int USING {value}'
    assert [loss.alike for loss in watched.compared(change).losses] == [alike]
