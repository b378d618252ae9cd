"""In what a history departs from its base, as far as reading tells."""

from __future__ import annotations

import pytest

from checker.model import Base, Deviation, History, Migration, PrismaVersion, Project
from checker.sql.comments import without_comments
from checker.trials.departures import find_departures, in_order

PROJECT = Project("prisma/schema.prisma", "prisma/migrations", "postgresql", PrismaVersion(6, 19))
BASE = Base("main", "0" * 40)


def migration(name: str, state: str = "unchanged", **more: str | None) -> Migration:
    values: dict[str, object] = {"sql": "SELECT 1;\n", **more}
    return Migration(name, f"{name}/migration.sql", state=state, **values)  # type: ignore[arg-type]


def found(
    *migrations: Migration,
    removed: tuple[Migration, ...] = (),
    meanwhile: tuple[Migration, ...] = (),
) -> tuple[Deviation, ...]:
    history = History(migrations, removed, BASE, meanwhile=meanwhile)
    return find_departures(history, PROJECT)


def test_new_ones_at_the_end_are_no_departure() -> None:
    assert found(migration("1"), migration("2", "new"), migration("3", "new")) == ()


def test_without_a_base_there_is_none() -> None:
    history = History((migration("1", "new"), migration("2")))
    assert find_departures(history, PROJECT) == ()


def test_every_kind() -> None:
    seen = found(
        migration("1", "edited", base_sql="SELECT 2;"),
        migration("2", "renamed", previous="0"),
        migration("3", "new"),
        migration("4"),
        removed=(migration("5", "removed"),),
        meanwhile=(migration("6"),),
    )
    assert [(d.kind, d.migrations, d.others) for d in seen] == [
        ("edited", ("1",), ()),
        ("renamed", ("2",), ("0",)),
        ("removed", ("5",), ()),
        ("out_of_order", ("3",), ("4", "6")),
        ("behind", ("3",), ("6",)),
    ]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("SELECT 1;", "SELECT\n  1 ;\n", True),
        ("SELECT 1;", "SELECT\n  2;\n", False),
        ("SELECT 1;", "-- a\nSELECT /* b */ 1;\n", True),
        ("SELECT 'a  b'", "SELECT 'a b'", False),
        ("SELECT '-- a'", "SELECT '-- b'", False),
        ('SELECT "a  b"', 'SELECT "a b"', False),
        ("SELECT $$ a  b $$", "SELECT $$ a b $$", False),
        ("SELECT 1;", "\ufeffSELECT 1;", False),
        ("\ufeffSELECT 1;", "SELECT 1;", False),
        ("SELECT 1;\r\n", "SELECT 1;\n\n", True),
        ("SELECT E'a\\'  b'", "SELECT E'a\\' b'", False),
    ],
)
def test_the_same_statements(old: str, new: str, same: bool) -> None:
    (deviation,) = found(migration("1", "edited", base_sql=old, sql=new))
    assert (deviation.outcome == "same_statements") == same


def test_strings_and_names_are_no_comments() -> None:
    assert without_comments("A '--x' \"/*y\" -- z\n/* w */ B;\n", "postgresql") == (
        "A\0'--x'\0\"/*y\"\0B"
    )


def test_the_order_is_that_of_the_version() -> None:
    names = ("20240101000000_y", "20240101_x")
    old = Project("s", "m", "postgresql", PrismaVersion(6, 5))
    assert [m.name for m in in_order([migration(n) for n in names], old)] == list(names)
    assert [m.name for m in in_order([migration(n) for n in names], PROJECT)] == list(names[::-1])
