"""Differences are facts: two are the same by what they are about, never by their sentence."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from checker.model import DefaultValue, Definition, Difference
from checker.model.sentences import HISTORY_AND_SCHEMA, SideWords, difference_words
from checker.prisma.database.model import (
    ColumnDefault,
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
from checker.prisma.diff.diff import diff
from checker.prisma.diff.differences import differences
from checker.prisma.diff.drift import Compared, judge_drift
from checker.prisma.schema.schema import Schema

ID = DatabaseColumn("id", ColumnType("Integer"), "required")
TEXT = DatabaseColumn("name", ColumnType("Text"), "nullable")
KEY = PrimaryKey("T_pkey", ("id",))


def table(*columns: DatabaseColumn, **more: object) -> DatabaseTable:
    return replace(DatabaseTable("T", (ID, *columns), KEY), **more)


def database(*tables: DatabaseTable, enums: tuple[EnumType, ...] = ()) -> DatabaseSchema:
    return DatabaseSchema(tables, enums, ("public", "auth"), multi=True)


def only(history: DatabaseSchema, schema: DatabaseSchema) -> Difference:
    (difference,) = differences(diff(history, schema))
    return difference


def added(column: DatabaseColumn) -> Difference:
    return only(database(table()), database(table(column)))


def default(value: ColumnDefault) -> Difference:
    return only(database(table(TEXT)), database(table(replace(TEXT, default=value))))


def index(method: str) -> Difference:
    made = DatabaseIndex("i", (IndexColumn("name"),), method=method)
    return only(database(table(TEXT)), database(table(TEXT, indexes=(made,))))


def reference(schema: str) -> Difference:
    key = DatabaseForeignKey("f", ("id",), "U", ("id",), "CASCADE", "CASCADE", schema)
    others = [DatabaseTable("U", (ID,), KEY, schema=each) for each in ("public", "auth")]
    before = database(table(), *others)
    return only(before, database(table(foreign_keys=(key,)), *others))


def enum(schema: str) -> Difference:
    kind = EnumType("Kind", ("a",), schema)
    return only(database(table()), database(table(), enums=(kind,)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(added(TEXT), added(replace(TEXT, type=ColumnType("Integer"))), id="type"),
        pytest.param(added(TEXT), added(replace(TEXT, arity="required")), id="arity"),
        pytest.param(
            default(ColumnDefault("now")), default(ColumnDefault("value", ("now()",))), id="default"
        ),
        pytest.param(index("btree"), index("hash"), id="method"),
        pytest.param(reference("public"), reference("auth"), id="schema of a reference"),
        pytest.param(enum("public"), enum("auth"), id="schema of an enum"),
        pytest.param(
            only(database(), database(DatabaseTable("a.T", (ID,), KEY))),
            only(database(), database(DatabaseTable("T", (ID,), KEY, schema="a"))),
            id="a name with a dot",
        ),
    ],
)
def test_the_same_sentence_is_not_the_same_fact(one: Difference, other: Difference) -> None:
    assert difference_words(one) == difference_words(other)
    assert one.key != other.key


def test_what_is_inherited_is_told_by_facts() -> None:
    """The base lacked the column too, but as another one: this change has to say why."""

    def beside(*columns: DatabaseColumn) -> Compared:
        history, wanted = database(table()), database(table(*columns))
        return Compared(Schema(None), wanted, history, diff(history, wanted))

    size, other = DatabaseColumn("size", ColumnType("Integer"), "nullable"), ColumnType("Text")
    drift = judge_drift(beside(TEXT, replace(size, type=other)), beside(TEXT, size))
    assert [(d.name, d.inherited) for d in drift.changes] == [("name", True), ("size", False)]


def test_only_what_differs_of_a_column_is_part_of_the_difference() -> None:
    wider = replace(TEXT, type=ColumnType("VarChar", (30,)))
    difference = only(database(table(TEXT)), database(table(wider)))
    assert (difference.kind, difference.table, difference.name) == ("column", "T", "name")
    assert (difference.history_has, difference.schema_has) == (
        Definition(type="Text"),
        Definition(type="VarChar(30)"),
    )
    both = [replace(each, arity="required") for each in (TEXT, wider)]
    assert only(*(database(table(each)) for each in both)).key == difference.key


def test_a_serial_column_and_an_identity_are_numbered_alike() -> None:
    number = DatabaseColumn("n", ColumnType("Integer"), "required")
    for filled in (replace(number, auto_increment=True), replace(number, identity=True)):
        difference = only(database(table(number)), database(table(filled)))
        assert difference.schema_has == Definition(default=DefaultValue("numbered"))


def test_of_an_enum_in_another_schema_the_schema_is_named() -> None:
    here, there = (
        replace(TEXT, type=ColumnType("Kind", enum=True, schema=schema))
        for schema in ("public", "auth")
    )
    difference = only(database(table(here)), database(table(there)))
    assert difference_words(difference) == (
        "Column `T.name` is `public.Kind` after the migrations, and `auth.Kind` in schema.prisma"
    )


@pytest.mark.parametrize(
    ("sides", "words"),
    [
        (HISTORY_AND_SCHEMA, "Column `T.name` is in schema.prisma and in no migration"),
        (SideWords("is in a", "is in b", "in a", "in b"), "Column `T.name` is in b"),
    ],
)
def test_the_sides_are_called_as_the_caller_says(sides: SideWords, words: str) -> None:
    assert difference_words(added(TEXT), sides) == words
