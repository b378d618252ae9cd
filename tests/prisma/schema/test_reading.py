"""What a schema says, as values; and how its problems are told."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from checker.errors import InputError
from checker.model import PrismaVersion
from checker.prisma.schema.reading import InvalidSchema, describe_problem, read_schema
from checker.prisma.schema.schema import (
    Default,
    Field,
    Generator,
    IndexField,
    Model,
    NativeType,
    Position,
    Schema,
    SchemaExtension,
    SchemaRelation,
)

SOURCE = 'datasource db {\n  provider = "postgresql"\n}\n'


def read(text: str, prisma: PrismaVersion | int | None = None) -> Schema:
    return read_schema({"schema.prisma": SOURCE + text}, prisma)


def model(text: str, name: str = "A") -> Model:
    found = read(text).model(name)
    assert found is not None
    return found


def field(line: str, others: str = "") -> Field:
    name = line.split(maxsplit=1)[0]
    found = model(f"model A {{\n  id Int @id\n  {line}\n}}\n{others}").field(name)
    assert found is not None
    return found


def problems(text: str | Mapping[str, str], prisma: int | None = None) -> list[str]:
    files = {"schema.prisma": text} if isinstance(text, str) else text
    with pytest.raises(InvalidSchema) as caught:
        read_schema(files, prisma)
    return [describe_problem(p) for p in caught.value.problems]


def test_datasource() -> None:
    schema = read_schema(
        {
            "a.prisma": (
                'generator js {\n  provider = "prisma-client"\n'
                '  previewFeatures = ["postgresqlExtensions"]\n}\n'
                'datasource pg {\n  provider = "postgres"\n  url = env("URL") // where\n'
                '  relationMode = "prisma"\n  schemas = ["b", "a"]\n'
                '  extensions = [citext, uuid(map: "uuid-ossp", version: "1.1", schema: "x")]\n}\n'
            )
        }
    )
    datasource = schema.datasource
    assert datasource is not None
    assert (datasource.name, datasource.provider) == ("pg", "postgresql")
    assert (datasource.relation_mode, datasource.schemas) == ("prisma", ("a", "b"))
    assert datasource.extensions == (
        SchemaExtension("citext"),
        SchemaExtension("uuid-ossp", "1.1", "x"),
    )
    assert datasource.has_url
    assert schema.generators == (Generator("js", "prisma-client", ("postgresqlExtensions",)),)


def test_relation_mode_under_its_old_name() -> None:
    text = 'datasource db {\n  provider = "mysql"\n  referentialIntegrity = "prisma"\n}\n'
    datasource = read_schema({"s.prisma": text}).datasource
    assert datasource is not None
    assert datasource.relation_mode == "prisma"


@pytest.mark.parametrize(
    ("line", "kind", "type_", "arity"),
    [
        ("a String", "scalar", "String", "required"),
        ("a BigInt?", "scalar", "BigInt", "optional"),
        ("a DateTime[]", "scalar", "DateTime", "list"),
        ("a Colour?", "enum", "Colour", "optional"),
        ('a Unsupported("circle(3)")?', "unsupported", "circle(3)", "optional"),
        ('a\tUnsupported( "tsvector" )', "unsupported", "tsvector", "required"),
    ],
)
def test_types(line: str, kind: str, type_: str, arity: str) -> None:
    found = field(line, "enum Colour {\n  Red\n}\n")
    assert (found.kind, found.type, found.arity) == (kind, type_, arity)


@pytest.mark.parametrize(
    ("line", "default"),
    [
        ("a Int @default(-7)", Default("value", ("-7",))),
        (r'a String @default("\"q\" \\ \u00e9\n")', Default("value", ('"q" \\ é\n',))),
        ("a Boolean @default(value: true)", Default("value", ("true",))),
        ("a Colour @default(Red)", Default("value", ("Red",))),
        ('a String[] @default(["x", "y"])', Default("list", ("x", "y"))),
        ("a Int[] @default([])", Default("list", ())),
        ("a DateTime @ default( now ( ) )", Default("function", (), "now")),
        ("a String @default(uuid(7))", Default("function", ("7",), "uuid")),
        ('a Int @default(dbgenerated("f(1)"))', Default("function", ("f(1)",), "dbgenerated")),
        ("a Int @default(dbgenerated())", Default("function", (), "dbgenerated")),
        ("a BigInt @default(autoincrement())", Default("function", (), "autoincrement")),
    ],
)
def test_defaults(line: str, default: Default) -> None:
    assert field(line, "enum Colour {\n  Red\n}\n").default == default


def test_field_attributes() -> None:
    found = field('a DateTime? @updatedAt @map("at") @ignore @db.Timestamptz(6)')
    assert found.column == "at"
    assert found.updated_at
    assert found.ignored
    assert found.native == NativeType("Timestamptz", ("6",))
    assert found.position == Position("schema.prisma", 6, 3)


def test_indexes_of_fields_come_first() -> None:
    found = model(
        """
model A {
  @@index([b(sort: Desc), id], map: "x")
  id Int    @id(map: "key")
  a  String @unique(map: "u", sort: Asc)
  b  Json
  @@unique(fields: [a, b], name: "both")
  @@index([b(ops: JsonbPathOps)], type: Gin)
  @@index([b(ops: raw("my_ops"))], name: "r")
  @@map("as")
}
"""
    )
    assert found.table == "as"
    assert found.primary_key is not None
    assert found.primary_key.name == "key"
    unique, first, both, gin, raw = found.indexes
    assert (unique.kind, unique.name) == ("unique", "u")
    assert unique.fields == (IndexField("a", "Asc"),)
    assert (first.name, first.fields) == ("x", (IndexField("b", "Desc"), IndexField("id")))
    assert (both.kind, both.client_name, both.name) == ("unique", "both", None)
    assert (gin.type, gin.fields[0].ops, gin.fields[0].raw_ops) == ("Gin", "JsonbPathOps", False)
    assert (raw.name, raw.fields[0].ops, raw.fields[0].raw_ops) == ("r", "my_ops", True)


def test_composite_id() -> None:
    found = model('model A {\n  x Int\n  y Int\n  @@id([x, y], map: "k")\n}\n')
    assert found.primary_key is not None
    assert [f.field for f in found.primary_key.fields] == ["x", "y"]
    assert found.primary_key.name == "k"


@pytest.mark.parametrize(
    ("where", "sql"),
    [
        ('raw("a > 1")', "a > 1"),
        ("{ b: true }", '"bb" = true'),
        ('{ b: { not: null }, s: "it\'s" }', "\"bb\" IS NOT NULL AND \"s\" = 'it''s'"),
        ("{ a: { not: -1.5 }, b: null }", '"a" != -1.5 AND "bb" IS NULL'),
    ],
)
def test_partial_indexes(where: str, sql: str) -> None:
    features = 'generator g {\n  provider = "x"\n  previewFeatures = ["partialIndexes"]\n}\n'
    lines = '  id Int @id\n  a Int\n  b Boolean? @map("bb")\n  s String\n'
    schema = read(f"{features}model A {{\n{lines}  @@index([a], where: {where})\n}}\n", 7)
    assert schema.models[0].indexes[0].where == sql


def test_relations_find_their_opposite() -> None:
    schema = read(
        """
model User {
  id     Int    @id
  posts  Post[] @relation("author")
  liked  Post[] @relation("likes")
  boss   User?  @relation("boss", fields: [bossId], references: [id], onDelete: SetNull, onUpdate: NoAction, map: "fk")
  team   User[] @relation("boss")
  bossId Int?
}

model Post {
  id       Int    @id
  authorId Int
  fans     User[] @relation(name: "likes")
  author   User   @relation("author", fields: [authorId], references: [id])
}
"""  # noqa: E501 - a declaration ends with its line
    )
    user, post = schema.models
    relations = {f.name: f.relation for m in (user, post) for f in m.fields if f.relation}
    assert relations["posts"] == SchemaRelation("Post", "author", "author")
    assert relations["liked"] == SchemaRelation("Post", "fans", "likes")
    assert relations["author"] == SchemaRelation("User", "posts", "author", ("authorId",), ("id",))
    assert relations["team"] == SchemaRelation("User", "boss", "boss")
    assert relations["boss"] == SchemaRelation(
        "User", "team", "boss", ("bossId",), ("id",), "SetNull", "NoAction", "fk"
    )


def test_enums_views_and_schemas() -> None:
    schema = read_schema(
        {
            "schema.prisma": (
                'datasource db {\n  provider = "postgresql"\n  schemas = ["one"]\n}\n'
                'generator g {\n  provider = "x"\n  previewFeatures = ["views"]\n}\n'
                'enum E {\n  A @map("a")\n  B\n  @@map("e")\n  @@schema("one")\n}\n'
                'view V {\n  id Int @unique\n  @@map("v")\n  @@schema("one")\n}\n'
                'model M {\n  id Int @id\n  @@ignore\n  @@schema("one")\n}\n'
            )
        }
    )
    (enum,) = schema.enums
    assert (enum.type, enum.schema) == ("e", "one")
    assert [(v.name, v.label) for v in enum.values] == [("A", "a"), ("B", "B")]
    assert [(v.name, v.table, v.schema) for v in schema.views] == [("V", "v", "one")]
    assert [(m.name, m.ignored, m.schema) for m in schema.models] == [("M", True, "one")]


def test_composite_types() -> None:
    text = (
        'datasource db {\n  provider = "mongodb"\n}\ntype Address {\n  street String\n}\n'
        'model A {\n  id Int @id @map("_id")\n  at Address\n  @@index([at.street])\n}\n'
    )
    schema = read_schema({"s.prisma": text})
    (address,) = schema.types
    assert [f.name for f in address.fields] == ["street"]
    assert schema.models[0].fields[1].kind == "composite"
    assert schema.models[0].indexes[0].fields == (IndexField("at.street"),)


def test_comments_and_line_ends() -> None:
    text = (
        "/// documented\r\nmodel A { // open\r\n\r\n  id Int @id // key\r\n  /// more\r\n"
        '  /* over\r\n several lines */\r\n  b Int /// b\r\n\r\n  @@map("x") // as x\r\n}'
    )
    found = model(text)
    assert [f.name for f in found.fields] == ["id", "b"]
    assert found.table == "x"


def test_several_files_are_one_schema() -> None:
    files = {
        "b.prisma": (
            "model B {\n  id Int @id\n  aId Int\n"
            "  a A @relation(fields: [aId], references: [id])\n}"
        ),
        "a.prisma": SOURCE + "model A {\n  id Int @id\n  b B[]\n}",
    }
    schema = read_schema(files)
    assert [(m.name, m.position.file) for m in schema.models] == [
        ("A", "a.prisma"),
        ("B", "b.prisma"),
    ]
    files["c.prisma"] = "\n model A {\n  id Int @id\n}\n"
    assert problems(files) == ["c.prisma:2:2: There is more than one declaration of the name A."]


def test_every_problem_is_told_with_its_place() -> None:
    found = problems("model A {\n  id Int @id\n  b Foo\n  c = 1\n  d Int @nope\n}\n")
    assert [p.split(": ")[0] for p in found] == [
        "schema.prisma:3:3",
        "schema.prisma:4:3",
        "schema.prisma:5:9",
    ]


def test_an_invalid_schema_is_bad_input() -> None:
    lines = "".join(f"  f{i} Foo\n" for i in range(20))
    with pytest.raises(InputError) as caught:
        read_schema({"schema.prisma": f"model A {{\n  id Int @id\n{lines}}}\n"})
    shown = str(caught.value).splitlines()
    assert shown[0] == "schema.prisma:3:3: f0: there is no type Foo."
    assert shown[-1] == "… and 10 more"


def test_the_url_belongs_to_the_datasource_before_prisma_7() -> None:
    with_url = SOURCE.replace("}", '  url = "x"\n}')
    assert read_schema({"s.prisma": with_url}, 6) == read_schema({"s.prisma": with_url})
    assert read_schema({"s.prisma": SOURCE}, 7) == read_schema({"s.prisma": SOURCE})
    assert problems(with_url, 7) == [
        "schema.prisma:3:3: Since Prisma 7 the url stands in prisma.config.ts."
    ]
    assert problems(SOURCE, 6) == ["schema.prisma:1:1: The datasource db has no url."]


def test_views_had_keys_before_prisma_6_13() -> None:
    text = SOURCE.replace("}", '  url = "x"\n}') + (
        'generator g {\n  provider = "x"\n  previewFeatures = ["views"]\n}\n'
        "view V {\n  id Int @id\n  a Int\n  @@index([a])\n}\n"
    )
    assert problems(text, 6) == [
        "schema.prisma:10:10: A view has no id.",
        "schema.prisma:12:3: A view has no indexes.",
    ]
    assert read_schema({"s.prisma": text}, PrismaVersion(6, 12)).views
