"""The steps from one database to another."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from checker.prisma.database.model import (
    ColumnDefault,
    ColumnType,
    DatabaseColumn,
    DatabaseExtension,
    DatabaseForeignKey,
    DatabaseIndex,
    DatabaseSchema,
    DatabaseTable,
    EnumType,
    IndexColumn,
    PrimaryKey,
)
from checker.prisma.diff.diff import diff
from checker.prisma.diff.predicates import conditions_match
from checker.prisma.diff.steps import (
    AddColumn,
    AddForeignKey,
    AddPrimaryKey,
    AlterColumn,
    AlterEnum,
    AlterExtension,
    AlterTable,
    CreateEnum,
    CreateExtension,
    CreateIndex,
    CreateSchema,
    CreateTable,
    DropColumn,
    DropEnum,
    DropExtension,
    DropForeignKey,
    DropIndex,
    DropPrimaryKey,
    DropTable,
    RecreateColumn,
    RenameForeignKey,
    RenameIndex,
    RenamePrimaryKey,
    Step,
)

INTEGER, TEXT = ColumnType("Integer"), ColumnType("Text")
ID, A = DatabaseColumn("id", INTEGER, "required"), DatabaseColumn("a", INTEGER, "nullable")
KEY = PrimaryKey("T_pkey", ("id",))
T = DatabaseTable("T", (ID, A), KEY)
U = DatabaseTable("U", (ID,), PrimaryKey("U_pkey", ("id",)))
FK = DatabaseForeignKey("T_a_fkey", ("a",), "U", ("id",), "SET NULL", "CASCADE")
MOOD = EnumType("Mood", ("HAPPY", "SAD"))
MOODY = DatabaseColumn("mood", ColumnType("Mood", enum=True), "nullable")


def index(name: str, *columns: str, **more: Any) -> DatabaseIndex:
    return DatabaseIndex(name, tuple(map(IndexColumn, columns)), **more)


def database(*tables: DatabaseTable, enums: tuple[EnumType, ...] = ()) -> DatabaseSchema:
    return DatabaseSchema(tables, enums)


def between(old: DatabaseTable, new: DatabaseTable) -> list[Step]:
    return list(diff(database(old, U), database(new, U)))


def changes(old: DatabaseTable, new: DatabaseTable) -> list[Any]:
    (step,) = between(old, new)
    assert isinstance(step, AlterTable)
    return list(step.changes)


def test_the_same() -> None:
    assert diff(database(T, U, enums=(MOOD,)), database(U, T, enums=(MOOD,))) == ()


def test_tables() -> None:
    with_key = replace(T, foreign_keys=(FK,), indexes=(index("T_a_idx", "a"),))
    assert diff(database(U), database(with_key, U)) == (
        CreateTable(with_key),
        CreateIndex(with_key, with_key.indexes[0], "new_table"),
        AddForeignKey(with_key, FK),
    )
    assert diff(database(with_key, U), database(U)) == (
        DropForeignKey(with_key, FK),
        DropTable(with_key),
    )


@pytest.mark.parametrize(
    "name", ["_prisma_migrations", "spatial_ref_sys", "Geometry_Columns", "raster_overviews"]
)
def test_tables_that_prisma_leaves_alone(name: str) -> None:
    other = replace(T, name=name)
    assert diff(database(U, other), database(U)) == ()
    assert diff(database(U), database(U, other)) == ()


def test_a_table_of_another_schema_is_another_table() -> None:
    moved = replace(T, schema="other")
    steps = diff(database(T), DatabaseSchema((moved,), schemas=("other",), multi=True))
    assert steps == (CreateSchema("other"), DropTable(T), CreateTable(moved))


def test_a_schema_that_holds_nothing_is_not_created() -> None:
    assert diff(DatabaseSchema(schemas=()), DatabaseSchema()) == ()


def test_columns() -> None:
    b, c = DatabaseColumn("b", TEXT, "nullable"), DatabaseColumn("c", TEXT, "nullable")
    assert changes(T, replace(T, columns=(ID, c, b))) == [DropColumn(A), AddColumn(b), AddColumn(c)]


def test_the_order_of_columns_does_not_count() -> None:
    assert between(T, replace(T, columns=(A, ID))) == []


@pytest.mark.parametrize(
    ("new", "aspects", "cast"),
    [
        (replace(A, arity="required"), ("arity",), None),
        (replace(A, default=ColumnDefault("value", ("1",))), ("default",), None),
        (replace(A, type=TEXT), ("type",), "safe"),
        (replace(A, type=ColumnType("SmallInt"), arity="required"), ("arity", "type"), "risky"),
        (
            replace(A, auto_increment=True, default=ColumnDefault("sequence")),
            ("auto_increment",),
            None,
        ),
        (replace(A, identity=True), ("auto_increment",), None),
    ],
)
def test_an_altered_column(new: DatabaseColumn, aspects: tuple[str, ...], cast: str | None) -> None:
    assert changes(T, replace(T, columns=(ID, new))) == [AlterColumn(A, new, aspects, cast)]  # type: ignore[arg-type]


def test_a_sequence_goes_with_its_last_column() -> None:
    serial = replace(A, default=ColumnDefault("sequence", ("s",)), auto_increment=True)
    (alone,) = changes(replace(T, columns=(ID, serial)), T)
    assert alone.drops_sequence
    other = replace(serial, name="other")
    (shared, *_) = changes(
        replace(T, columns=(ID, serial, other)), replace(T, columns=(ID, A, other))
    )
    assert not shared.drops_sequence


def test_a_column_that_cannot_be_cast_is_made_anew_with_its_indexes() -> None:
    new = replace(A, type=ColumnType("Uuid"))
    old = replace(T, indexes=(index("T_a_idx", "a"), index("T_id_idx", "id")))
    after = replace(old, columns=(ID, new))
    assert between(old, after) == [
        AlterTable(old, after, (RecreateColumn(A, new),)),
        CreateIndex(after, after.indexes[0], "recreated_column"),
    ]


def test_primary_keys() -> None:
    other = PrimaryKey("other", ("id",))
    wide = PrimaryKey("T_pkey", ("id", "a"))
    assert changes(T, replace(T, primary_key=None)) == [DropPrimaryKey(KEY)]
    assert changes(replace(T, primary_key=None), T) == [AddPrimaryKey(KEY)]
    assert changes(T, replace(T, primary_key=other)) == [RenamePrimaryKey(KEY, other)]
    assert changes(T, replace(T, primary_key=wide)) == [DropPrimaryKey(KEY), AddPrimaryKey(wide)]


def test_a_primary_key_is_made_anew_with_the_type_of_its_column() -> None:
    new = replace(ID, type=ColumnType("BigInt"))
    found = changes(T, replace(T, columns=(new, A)))
    assert [type(change) for change in found] == [DropPrimaryKey, AlterColumn, AddPrimaryKey]


def test_a_unique_index_waits_for_the_primary_key_that_follows_it() -> None:
    bare = replace(T, primary_key=None, indexes=(index("T_id_key", "id", unique=True),))
    assert [type(step) for step in between(bare, T)] == [AlterTable, DropIndex]
    keyed = replace(T, indexes=bare.indexes)
    gone = replace(T, columns=(ID,))
    assert [type(step) for step in between(keyed, gone)] == [DropIndex, AlterTable]


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        (index("x", "a"), index("x", "a"), []),
        (index("x", "a"), index("y", "a"), [RenameIndex]),
        (index("x", "a"), index("x", "a", "id"), [DropIndex, CreateIndex]),
        (index("x", "a"), index("x", "a", unique=True), [DropIndex, CreateIndex]),
        (index("x", "a"), index("x", "a", method="hash"), [DropIndex, CreateIndex]),
        (index("x", "a", unique=True, constraint=True), index("x", "a", unique=True), []),
        (
            DatabaseIndex("x", (IndexColumn("a", descending=True),)),
            index("x", "a"),
            [DropIndex, CreateIndex],
        ),
        (
            DatabaseIndex("x", (IndexColumn("a", operator_class="o"),)),
            index("x", "a"),
            [DropIndex, CreateIndex],
        ),
        (index("x", "a", where="(a > 0)"), index("x", "a", where="a > 0"), []),
        (index("x", "a", where="(a > 0)"), index("x", "a"), [DropIndex, CreateIndex]),
    ],
)
def test_indexes(old: DatabaseIndex, new: DatabaseIndex, kinds: list[type]) -> None:
    steps = between(replace(T, indexes=(old,)), replace(T, indexes=(new,)))
    assert [type(step) for step in steps] == kinds


def test_of_several_alike_no_index_is_renamed() -> None:
    old = replace(T, indexes=(index("x", "a"), index("y", "a")))
    assert between(old, replace(T, indexes=(index("z", "a"),))) == []


@pytest.mark.parametrize(
    ("new", "kinds"),
    [
        (FK, []),
        (replace(FK, name="other"), [RenameForeignKey]),
        (replace(FK, on_delete="CASCADE"), [DropForeignKey, AddForeignKey]),
        (replace(FK, on_update="NO ACTION"), [DropForeignKey, AddForeignKey]),
        (replace(FK, columns=("id",)), [DropForeignKey, AddForeignKey]),
    ],
)
def test_foreign_keys(new: DatabaseForeignKey, kinds: list[type]) -> None:
    steps = between(replace(T, foreign_keys=(FK,)), replace(T, foreign_keys=(new,)))
    assert [type(step) for step in steps] == kinds


def test_a_foreign_key_is_made_anew_with_the_type_of_its_column() -> None:
    old = replace(T, foreign_keys=(FK,))
    new = replace(old, columns=(ID, replace(A, type=ColumnType("BigInt"))))
    kinds = [type(step) for step in between(old, new)]
    assert kinds == [DropForeignKey, AlterTable, AddForeignKey]


def test_the_keys_of_an_implicit_many_to_many_are_not_renamed() -> None:
    sides = tuple(DatabaseColumn(side, INTEGER, "required") for side in "AB")
    key = replace(FK, columns=("A",))
    old = DatabaseTable("_TToU", sides, foreign_keys=(key,))
    assert between(old, replace(old, foreign_keys=(replace(key, name="other"),))) == []


def test_enums() -> None:
    other = EnumType("Other", ("X",))
    assert diff(database(enums=(MOOD,)), database(enums=(other,))) == (
        CreateEnum(other),
        DropEnum(MOOD),
    )
    turned = replace(MOOD, values=("SAD", "HAPPY"))
    assert diff(database(enums=(MOOD,)), database(enums=(turned,))) == ()
    more = replace(MOOD, values=("HAPPY", "SAD", "CALM"))
    assert diff(database(enums=(MOOD,)), database(enums=(more,))) == (
        AlterEnum(MOOD, more, ("CALM",), ()),
    )


def test_all_uses_of_an_enum_change_over() -> None:
    less = replace(MOOD, values=("HAPPY",))
    gone = DatabaseTable("Gone", (MOODY,))
    old = replace(T, columns=(ID, MOODY, replace(MOODY, name="left")))
    new = replace(T, columns=(ID, MOODY, DatabaseColumn("left", TEXT, "nullable")))
    (step, *_) = diff(database(old, gone, enums=(MOOD,)), database(new, enums=(less,)))
    assert isinstance(step, AlterEnum)
    assert step.removed == ("SAD",)
    uses = [(use.table.name, use.before.name, use.after is not None) for use in step.uses]
    assert uses == [("T", "mood", True), ("T", "left", False), ("Gone", "mood", False)]


def test_an_enum_takes_the_name_of_a_table_that_goes() -> None:
    steps = diff(database(T), database(enums=(EnumType("T", ("X",)),)))
    assert [type(step) for step in steps] == [DropTable, CreateEnum]


def test_extensions() -> None:
    old = DatabaseExtension("postgis", "3.3", "public")
    without = DatabaseSchema()

    def asked(**options: Any) -> DatabaseSchema:
        return DatabaseSchema(extensions=(DatabaseExtension("postgis", **options),))

    there = DatabaseSchema(extensions=(old,))
    assert diff(there, without) == ()
    assert diff(there, asked()) == ()
    assert [type(step) for step in diff(without, asked())] == [CreateExtension]
    kinds = [type(step) for step in diff(there, asked(version="3.4"))]
    assert kinds == [DropExtension, CreateExtension]
    movable = DatabaseSchema(extensions=(replace(old, relocatable=True),))
    assert [type(step) for step in diff(movable, asked(schema="gis"))] == [AlterExtension]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (None, None, True),
        ("(a > 0)", None, False),
        ("((status = 'x'::text) AND (a > 0))", "status = 'x' AND a > 0", True),
        ("(mood = 'A'::\"Mood\")", "mood = 'A'", True),
        ("(a <> 5)", "a != 5", True),
        ("((name)::text = 'x'::text)", "name = 'x'", False),
        ("((a OR b) AND c)", "a OR (b AND c)", False),
        ("not sql (", "not sql", False),
    ],
)
def test_conditions(old: str | None, new: str | None, same: bool) -> None:
    assert conditions_match(old, new) is same
