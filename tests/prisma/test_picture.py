"""The picture of what changes: tables touched and their neighbours, marked."""

from __future__ import annotations

from checker.model import PictureColumn, PictureLink
from checker.prisma.database.model import (
    ColumnType,
    DatabaseColumn,
    DatabaseForeignKey,
    DatabaseSchema,
    DatabaseTable,
    PrimaryKey,
)
from checker.prisma.picture import NEIGHBOURS, TABLES, draw

INT, TEXT = ColumnType("Integer"), ColumnType("Text")
ID = DatabaseColumn("id", INT, "required")


def table(name: str, *columns: DatabaseColumn, to: str | None = None) -> DatabaseTable:
    keys = (DatabaseForeignKey("k", ("ref",), to, ("id",), "RESTRICT", "CASCADE"),) if to else ()
    ref = (DatabaseColumn("ref", INT, "nullable"),) if to else ()
    return DatabaseTable(name, (ID, *ref, *columns), PrimaryKey(f"{name}_pkey", ("id",)), (), keys)


def test_nothing_changes_nothing_is_drawn() -> None:
    database = DatabaseSchema((table("User"),))
    assert draw(database, database) is None


def test_columns_are_marked_and_neighbours_shown_by_their_keys() -> None:
    before = DatabaseSchema(
        (
            table(
                "User",
                DatabaseColumn("old", TEXT, "nullable"),
                DatabaseColumn("age", INT, "nullable"),
            ),
            table("Post", DatabaseColumn("title", TEXT, "required"), to="User"),
            table("Far"),
        )
    )
    after = DatabaseSchema(
        (
            table(
                "User",
                DatabaseColumn("age", TEXT, "required"),
                DatabaseColumn("new", TEXT, "nullable"),
            ),
            *before.tables[1:],
        )
    )
    picture = draw(before, after)
    assert picture is not None
    user, post = picture.tables
    assert [(c.name, c.mark) for c in user.columns] == [
        ("id", ""),
        ("age", "changed"),
        ("new", "added"),
        ("old", "removed"),
    ]
    assert post.columns == (
        PictureColumn("id", "Integer", keys=("PK",)),
        PictureColumn("ref", "Integer?", keys=("FK",)),
    )
    assert post.more == 1
    assert picture.links == (PictureLink("Post", "User", "ref"),)


def test_a_new_table_and_one_that_goes_are_marked_as_a_whole() -> None:
    picture = draw(
        DatabaseSchema((table("Old", to="User"), table("User"))),
        DatabaseSchema((table("User"), table("New", to="User"))),
    )
    assert picture is not None
    assert {t.name: t.mark for t in picture.tables} == {
        "Old": "removed",
        "New": "added",
        "User": "",
    }
    assert not any(c.mark for t in picture.tables for c in t.columns)


def test_a_reference_that_goes_and_one_that_comes_are_marked() -> None:
    without = table("Post", DatabaseColumn("ref", INT, "nullable"))
    users = table("User")
    for before, after, mark in (
        (without, table("Post", to="User"), "added"),
        (table("Post", to="User"), without, "removed"),
    ):
        picture = draw(DatabaseSchema((before, users)), DatabaseSchema((after, users)))
        assert picture is not None
        assert [link.mark for link in picture.links] == [mark]


def test_a_picture_stays_small() -> None:
    many = tuple(table(f"T{n}") for n in range(TABLES + 5))
    around = tuple(table(f"N{n}", to="T0") for n in range(NEIGHBOURS + 5))
    picture = draw(DatabaseSchema(around), DatabaseSchema((*many, *around)))
    assert picture is not None
    assert len(picture.tables) == TABLES + NEIGHBOURS
    assert picture.more == 5
