"""The schema folded from the changes of a history."""

from __future__ import annotations

from checker.model.changes import Name
from checker.sql import read
from checker.sql.catalog.catalog import Catalog


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


def test_indexes_by_name() -> None:
    catalog = folded(
        USER,
        'CREATE INDEX "i" ON "User"("name"); CREATE TABLE s."T" (a int);'
        'CREATE INDEX j ON s."T"(a);',
        new='CREATE INDEX "k" ON "User"("name"); CREATE TABLE n (a int UNIQUE);',
    )
    found = catalog.index(Name("i"))
    assert found is not None
    assert (found[0].name, found[1].columns) == (Name("User"), ("name",))
    assert catalog.index(Name("User_pkey")) is not None
    assert catalog.index(Name("j")) is None
    assert catalog.index(Name("j", "s")) is not None
    assert [catalog.is_new_index(Name(name)) for name in ("i", "k", "n_a_key")] == [
        False,
        True,
        True,
    ]


def test_domains() -> None:
    catalog = folded("CREATE DOMAIN d AS text NOT NULL CHECK (value <> '');")
    domain = catalog.domain(Name("d", "public"))
    assert domain is not None
    assert (str(domain.type), domain.not_null) == ("text", True)
    assert [check.name for check in domain.constraints] == ["d_check"]
    assert catalog.domain(Name("e")) is None


def test_what_a_name_stands_for() -> None:
    catalog = folded(
        "CREATE TABLE t (a serial, b int); CREATE TABLE p (a int) PARTITION BY LIST (a);"
        "CREATE VIEW v AS SELECT 1 AS x; CREATE MATERIALIZED VIEW m AS SELECT 1 AS x;"
        "CREATE FOREIGN TABLE f (a int) SERVER s; CREATE INDEX i ON t (b);"
    )
    kinds = [
        catalog.relation_kind(Name(name)) for name in ("t", "p", "v", "m", "f", "i", "t_a_seq")
    ]
    assert kinds == [
        "table",
        "partitioned table",
        "view",
        "materialized view",
        "foreign table",
        "index",
        "sequence",
    ]
    assert catalog.relation_kind(Name("other")) is None
    assert catalog.table(Name("v")) is None
    assert catalog.table(Name("m")) is not None


def test_a_view_has_rows_and_is_new() -> None:
    catalog = folded(USER, new='CREATE VIEW v AS SELECT * FROM "User";')
    assert catalog.is_new_table(Name("v"))
    assert catalog.may_have_rows(Name("v"))


def test_only_a_valid_check_proves_a_value() -> None:
    check = 'ALTER TABLE "User" ADD CONSTRAINT k CHECK ("name" IS NOT NULL) NOT VALID;'
    for script, proves in (
        (check, False),
        (check + 'ALTER TABLE "User" VALIDATE CONSTRAINT k', True),
    ):
        table = folded(USER, script).table(Name("User"))
        assert table is not None
        assert table.proves_not_null("name") is proves


def test_temporary_tables_end_with_their_migration() -> None:
    catalog = folded(USER, new='CREATE TEMP TABLE "User" (x int); ALTER TABLE "User" ADD y int;')
    column = catalog.column(Name("User"), "y")
    assert column is not None
    catalog.begin_migration()
    assert catalog.column(Name("User"), "y") is None
    assert catalog.column(Name("User"), "id") is not None


def test_a_serial_without_its_default_is_not_filled() -> None:
    catalog = folded(USER, 'ALTER TABLE "User" ALTER "id" DROP DEFAULT;')
    column = catalog.column(Name("User"), "id")
    assert column is not None
    assert not column.filled


def test_what_a_renamed_column_takes_along() -> None:
    catalog = folded(
        'CREATE TABLE "T" ("a" INT, "b" INT, CONSTRAINT "u" UNIQUE ("a", "b"), '
        'CONSTRAINT "c" CHECK ("a" > 0));'
        'CREATE INDEX "i" ON "T" ("b") INCLUDE ("a") WHERE "a" > 1;'
        'CREATE INDEX "other" ON "T" ("b");',
        new='ALTER TABLE "T" RENAME "a" TO "z";',
    )
    table = catalog.table(Name("T"))
    assert table is not None
    assert list(table.columns) == ["z", "b"]
    assert table.columns["z"].column.name == "z"
    assert table.constraints["u"].columns == ("z", "b")
    assert "z" in (table.constraints["c"].expression or "")
    assert "a" not in (table.constraints["c"].expression or "")
    index = table.indexes["i"]
    assert (index.columns, index.include) == (("b",), ("z",))
    assert "z" in (index.where or "")
    assert table.indexes["other"].columns == ("b",)


def test_what_a_dropped_column_takes_along() -> None:
    catalog = folded(
        'CREATE TABLE "T" ("a" INT, "b" INT, CONSTRAINT "u" UNIQUE ("a", "b"), '
        'CONSTRAINT "c" CHECK ("b" > 0));'
        'CREATE INDEX "i" ON "T" ("a"); CREATE INDEX "other" ON "T" ("b");',
        new='ALTER TABLE "T" DROP "a";',
    )
    table = catalog.table(Name("T"))
    assert table is not None
    assert list(table.columns) == ["b"]
    assert set(table.indexes) == {"other"}
    assert set(table.constraints) == {"c"}
