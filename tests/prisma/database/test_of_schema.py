"""What a schema means on PostgreSQL."""

from __future__ import annotations

import pytest

from checker.model import PrismaVersion
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
from checker.prisma.database.of_schema import database_of
from checker.prisma.schema.reading import read_schema

SOURCE = 'datasource db {\n  provider = "postgresql"\n%s}\n'


def meaning(text: str, options: str = "", version: int = 7) -> DatabaseSchema:
    schema = read_schema({"schema.prisma": SOURCE % options + text})
    return database_of(schema, PrismaVersion(version))


def table(text: str, options: str = "", version: int = 7) -> DatabaseTable:
    return meaning(text, options, version).tables[0]


def column(line: str, more: str = "") -> DatabaseColumn:
    return table(f"model M {{\n  id Int @id\n  {line}\n}}\n{more}").columns[1]


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("f Int", ColumnType("Integer")),
        ("f BigInt", ColumnType("BigInt")),
        ("f Float", ColumnType("DoublePrecision")),
        ("f Decimal", ColumnType("Decimal", (65, 30))),
        ("f Boolean", ColumnType("Boolean")),
        ("f String", ColumnType("Text")),
        ("f DateTime", ColumnType("Timestamp", (3,))),
        ("f Json", ColumnType("JsonB")),
        ("f Bytes", ColumnType("ByteA")),
        ("f String @db.VarChar(30)", ColumnType("VarChar", (30,))),
        ("f Decimal @db.Decimal(10, 2)", ColumnType("Decimal", (10, 2))),
        ("f Decimal @db.Decimal", ColumnType("Decimal")),
        ("f DateTime @db.Timestamptz", ColumnType("Timestamptz")),
        ('f Unsupported("tsvector")?', ColumnType("tsvector", unsupported=True)),
    ],
)
def test_types(field: str, kind: ColumnType) -> None:
    assert column(field).type == kind


def test_arities() -> None:
    assert [column(f).arity for f in ("f Int", "f Int?", "f Int[]")] == [
        "required",
        "nullable",
        "list",
    ]


@pytest.mark.parametrize(
    ("field", "default"),
    [
        ("f Int", None),
        ("f Int @default(007)", ColumnDefault("value", ("7",))),
        ("f Float @default(-1.50)", ColumnDefault("value", ("-1.50",))),
        ("f Boolean @default(true)", ColumnDefault("value", ("true",))),
        (r'f String @default("a \"b\" \\ c")', ColumnDefault("value", (r'a "b" \ c',))),
        ('f Bytes @default("aGk=")', ColumnDefault("value", (r"\x6869",))),
        (r'f Json @default("{\"a\": 1}")', ColumnDefault("value", ('{"a": 1}',))),
        ("f Int[] @default([1, 2])", ColumnDefault("list", ("1", "2"))),
        ("f Int[] @default([])", ColumnDefault("list")),
        (
            'f DateTime @default("2020-01-02T03:04:05Z")',
            ColumnDefault("value", ("2020-01-02 03:04:05 +00:00",)),
        ),
        (
            'f DateTime @default("2020-01-02T03:04:05.1234+02:00")',
            ColumnDefault("value", ("2020-01-02 03:04:05.123400 +02:00",)),
        ),
        ("f DateTime @default(now())", ColumnDefault("now")),
        ("f Int @default(autoincrement())", ColumnDefault("sequence")),
        ("f String @default(dbgenerated())", ColumnDefault("expression")),
        ('f String @default(dbgenerated("f(1)"))', ColumnDefault("expression", ("f(1)",))),
        ("f String @default(cuid())", None),
        ("f String @default(uuid(7))", None),
    ],
)
def test_defaults(field: str, default: ColumnDefault | None) -> None:
    assert column(field).default == default


def test_what_the_client_fills() -> None:
    assert column("f String @default(nanoid(9))").client_default == "function"
    assert column("f DateTime @updatedAt").client_default == "updated_at"
    both = column("f DateTime @default(now()) @updatedAt")
    assert (both.client_default, both.default) == ("updated_at", ColumnDefault("now"))
    assert column("f DateTime @default(now())").client_default is None
    assert column("f BigInt @default(autoincrement())").auto_increment


def test_enums_by_the_names_of_the_database() -> None:
    enum = 'enum Role {\n  ADMIN @map("admin")\n  USER\n  @@map("roles")\n}'
    found = column("f Role @default(ADMIN)", enum)
    assert found.type == ColumnType("roles", enum=True)
    assert found.default == ColumnDefault("value", ("admin",))
    listed = column("f Role[] @default([USER, ADMIN])", enum)
    assert listed.default == ColumnDefault("list", ("USER", "admin"))
    assert meaning(enum).enums == (EnumType("roles", ("admin", "USER")),)


def test_constraints_are_named_by_the_names_of_the_database() -> None:
    found = table(
        """model User {
  id     Int @id @map("user_id")
  a      Int @unique
  b      Int @map("bee")
  up     User? @relation("Tree", fields: [b], references: [id])
  downs  User[] @relation("Tree")
  @@index([a, b])
  @@unique([b], map: "own")
  @@map("users")
}"""
    )
    assert found.primary_key == PrimaryKey("users_pkey", ("user_id",))
    assert [i.name for i in found.indexes] == ["users_a_key", "users_a_bee_idx", "own"]
    assert [i.unique for i in found.indexes] == [True, False, True]
    assert [c.name for c in found.columns] == ["user_id", "a", "bee"]
    assert [k.name for k in found.foreign_keys] == ["users_bee_fkey"]


def test_composite_ids_keep_their_order() -> None:
    found = table('model M {\n  a Int\n  b Int\n  @@id([b, a], map: "own")\n}')
    assert found.primary_key == PrimaryKey("own", ("b", "a"))


def test_prisma_walks_uniques_of_fields_then_indexes_then_uniques() -> None:
    found = table(
        "model M {\n  id Int @id\n  a Int\n  b Int @unique\n  @@unique([a])\n  @@index([a])\n}"
    )
    assert [i.name for i in found.indexes] == ["M_b_key", "M_a_idx", "M_a_key"]


RELATION = """model A {
  id Int @id
  k  Int%s
  b  B%s @relation(fields: [k], references: [id]%s)
}
model B {
  id Int @id
  a  A[]
  @@map("bees")
}"""


@pytest.mark.parametrize(
    ("optional", "written", "delete", "update"),
    [
        ("", "", "RESTRICT", "CASCADE"),
        ("?", "", "SET NULL", "CASCADE"),
        ("?", ", onDelete: Cascade", "CASCADE", "CASCADE"),
        ("", ", onDelete: NoAction, onUpdate: Restrict", "NO ACTION", "RESTRICT"),
        ("", ", onDelete: SetDefault", "SET DEFAULT", "CASCADE"),
    ],
)
def test_foreign_keys(optional: str, written: str, delete: str, update: str) -> None:
    (key,) = table(RELATION % (optional, optional, written)).foreign_keys
    assert key == DatabaseForeignKey("A_k_fkey", ("k",), "bees", ("id",), delete, update)  # type: ignore[arg-type]


def test_one_required_column_of_the_key_makes_it_required() -> None:
    found = table(
        """model A {
  id Int @id
  x  Int?
  y  Int
  b  B? @relation(fields: [x, y], references: [p, q])
}
model B {
  p Int
  q Int
  a A[]
  @@id([p, q])
}"""
    )
    assert found.foreign_keys[0].on_delete == "RESTRICT"


def test_without_foreign_keys() -> None:
    relation = '  relationMode = "prisma"\n'
    assert table(RELATION % ("", "", ""), relation).foreign_keys == ()


MANY = """model Post {
  id  String @id @db.Uuid
  cat Cat[]
}
model Cat {
  id   Int @id @default(autoincrement()) @map("cat_id")
  post Post[]
}"""


def test_the_table_of_a_many_to_many_relation() -> None:
    join = meaning(MANY).tables[2]
    assert (join.name, join.implicit) == ("_CatToPost", True)
    assert join.columns == (
        DatabaseColumn("A", ColumnType("Integer"), "required"),
        DatabaseColumn("B", ColumnType("Uuid"), "required"),
    )
    assert join.primary_key == PrimaryKey("_CatToPost_AB_pkey", ("A", "B"))
    assert join.indexes == (DatabaseIndex("_CatToPost_B_index", (IndexColumn("B"),)),)
    assert [(k.name, k.table, k.referenced, k.on_delete) for k in join.foreign_keys] == [
        ("_CatToPost_A_fkey", "Cat", ("cat_id",), "CASCADE"),
        ("_CatToPost_B_fkey", "Post", ("id",), "CASCADE"),
    ]


def test_before_6_it_has_a_unique_index() -> None:
    join = meaning(MANY, version=5).tables[2]
    assert join.primary_key is None
    both = (IndexColumn("A"), IndexColumn("B"))
    assert join.indexes[0] == DatabaseIndex("_CatToPost_AB_unique", both, unique=True)


def test_a_model_related_to_itself_and_a_relation_with_a_name() -> None:
    joins = meaning(
        """model B {
  id    Int @id
  froms B[] @relation("Self")
  bys   B[] @relation("Self")
  z     A[] @relation("zed")
}
model A {
  id Int @id
  b  B[] @relation("zed")
}"""
    ).tables[2:]
    assert [t.name for t in joins] == ["_Self", "_zed"]
    assert [k.table for k in joins[1].foreign_keys] == ["A", "B"]


def test_several_schemas() -> None:
    found = meaning(
        """model A {
  id Int @id
  e  E
  b  B[]
  @@schema("one")
}
model B {
  id Int @id
  a  A[]
  @@schema("two")
}
enum E {
  x
  @@schema("two")
}""",
        '  schemas = ["two", "one"]\n',
    )
    assert (found.schemas, found.multi) == (("one", "two"), True)
    assert [t.key for t in found.tables] == [("one", "A"), ("two", "B"), ("one", "_AToB")]
    assert found.tables[0].columns[1].type == ColumnType("E", enum=True, schema="two")
    assert [k.schema for k in found.tables[2].foreign_keys] == ["one", "two"]
    assert found.enums[0].schema == "two"


def test_ignored_models_are_tables_and_views_are_none() -> None:
    found = meaning(
        """generator client {
  provider = "prisma-client-js"
  previewFeatures = ["views", "postgresqlExtensions"]
}
model Old {
  id Int @id
  gone Int
  @@ignore
}
view Seen {
  id Int @unique
}""",
        '  extensions = [pgcrypto(schema: "ext", version: "1.3"), ossp(map: "uuid-ossp")]\n',
    )
    assert [t.name for t in found.tables] == ["Old"]
    assert [c.name for c in found.tables[0].columns] == ["id", "gone"]
    assert found.extensions == (
        DatabaseExtension("pgcrypto", "1.3", "ext"),
        DatabaseExtension("uuid-ossp"),
    )
