"""The schema folded from the changes of a history."""

from __future__ import annotations

from checker.changes import Name
from checker.sql import read
from checker.sql.catalog import Catalog


def folded(*migrations: str, new: str = "") -> Catalog:
    catalog = Catalog()
    for sql in migrations:
        fold(catalog, sql)
    catalog.begin_pull_request()
    fold(catalog, new)
    return catalog


def fold(catalog: Catalog, sql: str) -> None:
    script = read(sql, "postgresql")
    assert script.problem is None
    catalog.begin_migration()
    for statement in script.statements:
        for change in statement.changes:
            catalog.apply(change)


USER = 'CREATE TABLE "User" ("id" SERIAL NOT NULL, "name" TEXT, PRIMARY KEY ("id"));'


def test_what_is_new() -> None:
    catalog = folded(USER, new='ALTER TABLE "User" ADD "age" INT; CREATE TABLE "Post" ("id" INT);')
    assert not catalog.is_new_table(Name("User"))
    assert not catalog.is_new_column(Name("User"), "name")
    assert catalog.is_new_column(Name("User"), "age")
    assert catalog.is_new_table(Name("Post"))
    assert catalog.is_new_column(Name("Post"), "id")


def test_new_stays_new_through_renames() -> None:
    catalog = folded(
        USER,
        new='ALTER TABLE "User" ADD "age" INT; ALTER TABLE "User" RENAME "age" TO "years";'
        'ALTER TABLE "User" RENAME TO "Account"; ALTER TABLE "Account" SET SCHEMA "x";',
    )
    account = Name("Account", "x")
    assert catalog.is_new_column(account, "years")
    assert not catalog.is_new_column(account, "name")
    assert catalog.table(Name("User")) is None


def test_a_second_pull_request_makes_the_first_old() -> None:
    catalog = folded(new=USER)
    assert catalog.is_new_table(Name("User"))
    catalog.begin_pull_request()
    assert not catalog.is_new_table(Name("User"))


def test_rows_of_a_table_that_was_emptied() -> None:
    catalog = folded(USER, new='DELETE FROM "User" WHERE "id" = 1;')
    assert catalog.may_have_rows(Name("User"))
    assert not folded(USER, new='DELETE FROM "User";').may_have_rows(Name("User"))
    assert folded(USER, 'TRUNCATE "User";').may_have_rows(Name("User"))


def test_columns_follow_their_changes() -> None:
    catalog = folded(
        USER,
        'ALTER TABLE "User" ALTER "name" TYPE VARCHAR(9), ALTER "name" SET NOT NULL,'
        " ALTER \"name\" SET DEFAULT 'x';",
    )
    column = catalog.column(Name("User"), "name")
    assert column is not None
    assert str(column.type) == "character varying(9)"
    assert (column.not_null, column.default) == (True, "'x'")
    key = catalog.column(Name("User", "public"), "id")
    assert key is not None
    assert key.not_null


def test_unique_columns() -> None:
    catalog = folded(USER, 'CREATE UNIQUE INDEX "u" ON "User"("name"); DROP INDEX "u";')
    table = catalog.table(Name("User"))
    assert table is not None
    assert not table.is_unique(["name"])
    assert table.is_unique(["name", "id"])
    catalog = folded(USER, 'CREATE UNIQUE INDEX "u" ON "User"("name");', new='DROP INDEX "u";')
    table = catalog.table(Name("User"))
    assert table is not None
    assert table.is_unique(["name"])


def test_partial_unique_index_says_nothing_of_all_rows() -> None:
    catalog = folded(USER, 'CREATE UNIQUE INDEX ON "User"("name") WHERE "id" > 5;')
    table = catalog.table(Name("User"))
    assert table is not None
    assert not table.is_unique(["name"])


def test_dropped_column_takes_its_keys_along() -> None:
    catalog = folded(
        USER,
        'CREATE TABLE "Post" ("u" INT, CONSTRAINT "f" FOREIGN KEY ("u") REFERENCES "User"("id"));',
    )
    assert [table.name for table, _ in catalog.referencing(Name("User"))] == [Name("Post")]
    fold(catalog, 'ALTER TABLE "Post" DROP COLUMN "u";')
    assert catalog.referencing(Name("User")) == []


def test_enum_values_and_their_columns() -> None:
    catalog = folded(
        'CREATE TYPE "Mood" AS ENUM (\'a\', \'b\'); CREATE TABLE t (m "Mood", l "Mood"[]);',
        "ALTER TYPE \"Mood\" ADD VALUE 'c'; ALTER TYPE \"Mood\" RENAME VALUE 'a' TO 'z';",
        'ALTER TYPE "Mood" RENAME TO "Temper";',
    )
    assert catalog.enum(Name("Temper")) == ("z", "b", "c")
    assert catalog.enum(Name("Mood")) is None
    found = [column.name for _, column in catalog.columns_of_type(Name("Temper"))]
    assert found == ["m", "l"]


def test_search_path_counts_within_a_migration() -> None:
    catalog = folded('SET search_path TO "audit"; CREATE TABLE "Log" ("id" INT);', USER)
    assert catalog.table(Name("Log", "audit")) is not None
    assert catalog.table(Name("Log")) is None
    assert catalog.table(Name("User", "public")) is not None
