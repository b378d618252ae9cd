"""What looks like a rename, and the migration that makes it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.pg.connection import connect
from checker.prisma.database.model import (
    ColumnType,
    DatabaseColumn,
    DatabaseForeignKey,
    DatabaseIndex,
    DatabaseSchema,
    DatabaseTable,
    EnumType,
    IndexColumn,
    PrimaryKey,
)
from checker.prisma.database.read import read_catalog
from checker.prisma.diff.diff import diff
from checker.prisma.diff.renames import Rename, likely_renames, renaming_migration
from checker.prisma.diff.script import migration

INTEGER, TEXT = ColumnType("Integer"), ColumnType("Text")
ID = DatabaseColumn("id", INTEGER, "required")


def person(*columns: DatabaseColumn) -> DatabaseSchema:
    return DatabaseSchema(
        (DatabaseTable("Person", (ID, *columns), PrimaryKey("Person_pkey", ("id",))),)
    )


def renames(old: DatabaseSchema, new: DatabaseSchema) -> list[tuple[str, str]]:
    return [(r.before, r.after) for r in likely_renames(diff(old, new))]


def text(name: str, *, required: bool = True) -> DatabaseColumn:
    return DatabaseColumn(name, TEXT, "required" if required else "nullable")


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ([text("name")], [text("fullName")], [("name", "fullName")]),
        ([text("name")], [text("label")], [("name", "label")]),  # the only text there
        ([text("name"), text("x")], [text("x"), text("label")], []),
        ([text("name")], [text("label", required=False)], []),
        ([text("name")], [text("name2", required=False)], [("name", "name2")]),
        ([text("name")], [DatabaseColumn("fullName", INTEGER, "required")], []),
        ([text("tags")], [DatabaseColumn("tag", TEXT, "list")], []),
        (
            [text("firstName"), text("lastName")],
            [text("last_name"), text("first_name")],
            [("firstName", "first_name"), ("lastName", "last_name")],
        ),
        ([text("name")], [text("name"), text("fullName")], []),
        ([text("name"), text("fullName")], [text("name")], []),
    ],
)
def test_columns(
    old: list[DatabaseColumn], new: list[DatabaseColumn], found: list[tuple[str, str]]
) -> None:
    assert sorted(renames(person(*old), person(*new))) == sorted(found)


def test_a_column_that_refers_elsewhere_is_no_rename() -> None:
    def pointing(column: str, table: str) -> DatabaseTable:
        key = DatabaseForeignKey("k", (column,), table, ("id",), "RESTRICT", "CASCADE")
        return DatabaseTable(
            "T", (ID, DatabaseColumn(column, INTEGER, "required")), foreign_keys=(key,)
        )

    others = tuple(DatabaseTable(name, (ID,)) for name in ("User", "Post"))
    old = DatabaseSchema((pointing("ownerId", "User"), *others))
    assert renames(old, DatabaseSchema((pointing("owner_id", "Post"), *others))) == []
    assert renames(old, DatabaseSchema((pointing("owner_id", "User"), *others))) == [
        ("ownerId", "owner_id")
    ]


def test_tables() -> None:
    wide = (ID, text("a"), text("b"), text("c"))
    old = DatabaseSchema((DatabaseTable("Person", wide),))
    assert renames(old, DatabaseSchema((DatabaseTable("Customer", wide),))) == [
        ("Person", "Customer")
    ]
    assert renames(old, DatabaseSchema((DatabaseTable("Customer", (*wide[:2], text("z"))),))) == []
    narrow = DatabaseSchema((DatabaseTable("Person", wide[:2]),))
    assert renames(narrow, DatabaseSchema((DatabaseTable("Order", wide[:2]),))) == []
    assert renames(narrow, DatabaseSchema((DatabaseTable("Persons", wide[:2]),))) == [
        ("Person", "Persons")
    ]


def test_enums() -> None:
    old = DatabaseSchema(enums=(EnumType("Mood", ("HAPPY", "SAD")),))
    new = DatabaseSchema(enums=(EnumType("State", ("HAPPY", "SAD")),))
    assert renames(old, new) == [("Mood", "State")]
    assert renames(old, DatabaseSchema(enums=(EnumType("State", ("ON", "OFF")),))) == []


def test_nothing_to_rename() -> None:
    assert renaming_migration(person(text("a")), person(text("a"))) is None


def test_a_rename_in_a_schema() -> None:
    rename = Rename("column", "one", "a", "b", "T")
    assert rename.sql(multi=True) == 'ALTER TABLE "one"."T" RENAME COLUMN "a" TO "b";'


def shop(person: str, mood: str, name: str, owner: str) -> DatabaseSchema:
    people = DatabaseTable(
        person,
        (
            *(ID, text(name), DatabaseColumn("mood", ColumnType(mood, enum=True), "nullable")),
            *(text(f"more{i}", required=False) for i in range(6)),
        ),
        PrimaryKey(f"{person}_pkey", ("id",)),
        (DatabaseIndex(f"{person}_{name}_key", (IndexColumn(name),), unique=True),),
    )
    pets = DatabaseTable(
        "Pet",
        (ID, DatabaseColumn(owner, INTEGER, "nullable")),
        PrimaryKey("Pet_pkey", ("id",)),
        (DatabaseIndex(f"Pet_{owner}_idx", (IndexColumn(owner),)),),
        (
            DatabaseForeignKey(
                f"Pet_{owner}_fkey", (owner,), person, ("id",), "SET NULL", "CASCADE"
            ),
        ),
    )
    return DatabaseSchema((people, pets), (EnumType(mood, ("HAPPY", "SAD")),))


def test_all_renamed_at_once_keeps_the_rows(server: EphemeralServer) -> None:
    old = shop("Person", "Mood", "name", "ownerId")
    new = shop("Human", "Feeling", "fullName", "owner_id")
    new = replace(new, tables=tuple(reversed(new.tables)))
    with server.database() as database, connect(database.owner) as connection:
        connection.execute(migration(DatabaseSchema(), old).encode())
        connection.execute("""
            INSERT INTO "Person" VALUES (1, 'Ann', 'SAD'); INSERT INTO "Pet" VALUES (2, 1)""")
        offered = renaming_migration(read_catalog(connection), new)
        assert offered is not None
        made, script = offered
        assert {(r.kind, r.before, r.after) for r in made} == {
            ("table", "Person", "Human"),
            ("enum", "Mood", "Feeling"),
            ("column", "name", "fullName"),
            ("column", "ownerId", "owner_id"),
        }
        assert "DROP" not in script
        connection.execute(script.encode())
        assert diff(read_catalog(connection), new) == ()
        joined = connection.execute(
            'SELECT "fullName", h.mood::text FROM "Pet" p JOIN "Human" h ON h.id = p.owner_id'
        )
        assert joined.fetchall() == [("Ann", "SAD")]
