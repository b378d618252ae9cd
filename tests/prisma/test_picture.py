"""The picture of what changes: tables touched and their neighbours, marked."""

from __future__ import annotations

from checker.model import PictureColumn, PictureLink
from checker.prisma.database.model import (
    Column,
    ColumnType,
    DatabaseSchema,
    ForeignKey,
    PrimaryKey,
    Table,
)
from checker.prisma.picture import NEIGHBOURS, TABLES, draw

INT, TEXT = ColumnType("Integer"), ColumnType("Text")
ID = Column("id", INT, "required")


def table(name: str, *columns: Column, to: str | None = None) -> Table:
    keys = (ForeignKey("k", ("ref",), to, ("id",), "RESTRICT", "CASCADE"),) if to else ()
    ref = (Column("ref", INT, "nullable"),) if to else ()
    return Table(name, (ID, *ref, *columns), PrimaryKey(f"{name}_pkey", ("id",)), (), keys)


def test_nothing_changes_nothing_is_drawn() -> None:
    database = DatabaseSchema((table("User"),))
    assert draw(database, database) is None


def test_columns_are_marked_and_neighbours_shown_by_their_keys() -> None:
    before = DatabaseSchema(
        (
            table("User", Column("old", TEXT, "nullable"), Column("age", INT, "nullable")),
            table("Post", Column("title", TEXT, "required"), to="User"),
            table("Far"),
        )
    )
    after = DatabaseSchema(
        (
            table("User", Column("age", TEXT, "required"), Column("new", TEXT, "nullable")),
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
    without = table("Post", Column("ref", INT, "nullable"))
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
