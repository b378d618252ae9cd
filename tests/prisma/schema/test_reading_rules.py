"""What Prisma does not allow, database by database. The verdicts are its engines' own."""

from __future__ import annotations

import pytest

from checker.prisma.schema.reading import InvalidSchema, read_schema

# A model's lines after the id, by the database that refuses the first of them.
FIELDS = [
    ("postgresql", "n Int @default(9223372036854775808)"),
    ("postgresql", "n Int @default(1.5)"),
    ("postgresql", 'n Int @default("1")'),
    ("postgresql", 'n Decimal @default("x")'),
    ("postgresql", 'n DateTime @default("2020-01-01")'),
    ("postgresql", 'n Json @default("{")'),
    ("postgresql", 'n Bytes @default("aGk")'),
    ("postgresql", "n Boolean @default(yes)"),
    ("postgresql", "n Int[] @default(1)"),
    ("postgresql", "n Int @default([1])"),
    ("postgresql", "n E @default(B)"),
    ("postgresql", "n E @default(uuid())"),
    ("postgresql", "n Int @default(auto())"),
    ("postgresql", "n Int @default(sequence())"),
    ("postgresql", "n Int @default(now())"),
    ("postgresql", "n String @default(uuid(5))"),
    ("postgresql", "n String @default(nanoid(1))"),
    ("postgresql", "n String @default(cuid(3))"),
    ("postgresql", "n String @default(ulid(1))"),
    ("postgresql", 'n String @default(dbgenerated(""))'),
    ("postgresql", 'n Int @default(autoincrement(), map: "x")'),
    ("postgresql", 'n Int @default(1, map: "x")'),
    ("postgresql", 'n Unsupported("x") @default("x")'),
    ("postgresql", 'n Unsupported("x") @ignore'),
    ("postgresql", 'n Unsupported("VarChar(3)")'),
    ("postgresql", "n Int @updatedAt"),
    ("postgresql", "n DateTime[] @updatedAt"),
    ("postgresql", 'n Int @map("id")'),
    ("postgresql", "n Int @id @id"),
    ("postgresql", "n Int @relation"),
    ("postgresql", "n Int[]?"),
    ("postgresql", "n Int!"),
    ("postgresql", "n: Int"),
    ("postgresql", "n [Int]"),
    ("postgresql", "n"),
    ("postgresql", "1n Int"),
    ("postgresql", "n-m Int"),
    ("postgresql", "id Int"),
    ("postgresql", "n Int @xx.Integer"),
    ("postgresql", "n Int @db.Nope"),
    ("postgresql", "n Int @db.Text"),
    ("postgresql", "n E @db.Text"),
    ("postgresql", "n Int @db.Integer(3)"),
    ("postgresql", "n String @db.VarChar(x)"),
    ("postgresql", "n Decimal @db.Decimal(5)"),
    ("postgresql", "n Decimal @db.Decimal(5, 6)"),
    ("postgresql", "n Decimal @db.Decimal(1001, 2)"),
    ("postgresql", "n DateTime @db.Time(7)"),
    ("postgresql", "n String @db.Bit(0)"),
    ("postgresql", "n String @unique(length: 3)"),
    ("postgresql", "n String @unique(clustered: true)"),
    ("postgresql", 'n String @unique(map: "")'),
    ("postgresql", "n String @unique(sort: Up)"),
    ("postgresql", "n String @db.Xml @unique"),
    ("mysql", "n Int[]"),
    ("mysql", "n String @db.VarChar"),
    ("mysql", "n String @db.VarChar(65536)"),
    ("mysql", "n Boolean @db.Bit(2)"),
    ("mysql", "n String @db.Text @unique"),
    ("mysql", "n Int @unique(length: 3)"),
    ("mysql", "n Int @default(autoincrement())"),
    ("sqlite", "n Json[]"),
    ("sqlite", "n String @db.Text"),
    ("sqlite", "n Int @unique @default(autoincrement())"),
    ("cockroachdb", "n Int @default(autoincrement())"),
    ("cockroachdb", "n Json[]"),
    ("mongodb", "n Decimal"),
    ("mongodb", "n Int @default(autoincrement())"),
    ("mongodb", 'n String @default(dbgenerated("x"))'),
    ("mongodb", "n String @default(auto()) @db.ObjectId"),
    ("mongodb", 'n String @map("a.b")'),
]
# Those that are refused at other lines, or at several.
ELSEWHERE = [
    ("postgresql", 'n String @unique(map: "A_pkey")', [2, 3]),
    ("sqlserver", "n Json", [3, 5]),
    ("sqlserver", "n String @db.NVarChar(4001)", [3, 5]),
    ("sqlserver", "n String @db.NVarChar(Max) @unique", [3, 5]),
    ("sqlserver", "n Float @db.Float(54)", [3, 5]),
    ("sqlserver", "n Int @unique(clustered: true)", [2, 3, 5]),
]
# Attributes of a model with the fields id, s String, j Json, x Int and y Int.
BLOCKS = [
    ("postgresql", "@@index([nope])"),
    ("postgresql", "@@index([])"),
    ("postgresql", "@@index([s, s])"),
    ("postgresql", '@@index(["s"])'),
    ("postgresql", "@@index([s], type: Foo)"),
    ("postgresql", "@@index([s], type: Gin)"),
    ("postgresql", "@@index([s(ops: JsonbOps)], type: Gin)"),
    ("postgresql", "@@index([s(ops: Nope)], type: Gin)"),
    ("postgresql", "@@index([j], type: Gist)"),
    ("postgresql", "@@index([j], type: Brin)"),
    ("postgresql", "@@index([s(ops: TextOps)])"),
    ("postgresql", "@@index([s(sort: Desc)], type: Hash)"),
    ("postgresql", "@@index([x, y], type: SpGist)"),
    ("postgresql", '@@index([s], name: "a", map: "b")'),
    ("postgresql", "@@index([s(length: 3)])"),
    ("postgresql", f'@@index([s], map: "{"n" * 64}")'),
    ("postgresql", '@@unique([s(ops: raw("o"))])'),
    ("postgresql", '@@unique([s, x], name: "a-b")'),
    ("postgresql", "@@fulltext([s])"),
    ("postgresql", '@@schema("nowhere")'),
    ("postgresql", "@@map()"),
    ("postgresql", '@@map("a", "b")'),
    ("postgresql", '@@map("a", name: "b")'),
    ("postgresql", '@@map(name: "a",)'),
    ("postgresql", "@@map(name:)"),
    ("postgresql", "@@nope"),
    ("mysql", "@@index([s], type: Hash)"),
    ("mysql", '@@schema("x")'),
    ("mysql", "@@fulltext([s(length: 3)])"),
    ("cockroachdb", "@@index([j, x], type: Gin)"),
    ("cockroachdb", "@@index([j(ops: JsonbOps)], type: Gin)"),
    ("mongodb", "@@unique([id])"),
]
# The lines of a model that are about another one, what that one says of it, and what is refused.
RELATIONS = [
    ("postgresql", "u U @relation(fields: [uId], references: [id])|uId Int", "", [2]),
    ("postgresql", "u U @relation(fields: [uId], references: [id])|uId Int?", "p P[]", [2]),
    ("postgresql", "u U @relation(fields: [uId], references: [id])|uId String", "p P[]", [2]),
    ("postgresql", "u U @relation(fields: [uId], references: [n])|uId Int", "p P[]", [2]),
    ("postgresql", "u U @relation(fields: [uId])|uId Int", "p P[]", [2]),
    ("postgresql", "u U @relation(references: [id])|uId Int", "p P[]", [2]),
    ("postgresql", "u U @relation(fields: [nope], references: [id])|uId Int", "p P[]", [2]),
    ("postgresql", "u U @relation(fields: [uId], references: [id, n])|uId Int", "p P[]", [2]),
    ("postgresql", "u U @relation(fields: [uId], references: [id])|uId Int", "p P?", [2]),
    (
        "postgresql",
        "u U @relation(fields: [uId], references: [id], onDelete: No)|uId Int",
        "p P[]",
        [2],
    ),
    ("postgresql", 'u U @relation("")|uId Int', "p P[]", [2]),
    ("postgresql", "u U @unique @relation(fields: [uId], references: [id])|uId Int", "p P[]", [2]),
    (
        "postgresql",
        'u U @map("x") @relation(fields: [uId], references: [id])|uId Int',
        "p P[]",
        [2],
    ),
    ("postgresql", "u U[] @relation(onDelete: Cascade)|uId Int", "p P[]", [2]),
    ("postgresql", "u U[] @relation(references: [id])|uId Int", "p P[]", [2]),
    ("postgresql", "u U?|uId Int", "p P?", [2, 11]),
    ("postgresql", "u U @relation(fields: [uId], references: [id])|uId Int @unique", "p P", [11]),
    (
        "postgresql",
        "u U @relation(fields: [uId], references: [id])|uId Int"
        "|v U @relation(fields: [uId], references: [id])",
        "p P[]",
        [2],
    ),
    (
        "mysql",
        "u U @relation(fields: [uId], references: [id], onDelete: SetNull)|uId Int",
        "p P[]",
        [2],
    ),
    (
        "sqlserver",
        "u U @relation(fields: [uId], references: [id], onDelete: Restrict)|uId Int",
        "p P[]",
        [2],
    ),
    ("mongodb", "u U[]|uId Int", "p P[]", [2, 11]),
    (
        "sqlserver",
        "u U @relation(fields: [uId], references: [id])|uId Int"
        '|c P? @relation("t", fields: [uId], references: [id])|d P[] @relation("t")',
        "p P[]",
        [2, 4],
    ),
    ("sqlite", 'u U @relation(fields: [uId], references: [id], map: "x")|uId Int', "p P[]", [2]),
]


def refused(provider: str, text: str) -> list[int]:
    """The lines of what Prisma would refuse, after the datasource's three."""
    source = f'datasource db {{\n  provider = "{provider}"\n}}\n'
    try:
        read_schema({"schema.prisma": source + text})
    except InvalidSchema as error:
        return sorted({p.position.line - 3 for p in error.problems})
    return []


def key(provider: str) -> str:
    return 'id Int @id @map("_id")' if provider == "mongodb" else "id Int @id"


def with_field(provider: str, line: str) -> str:
    return f"model A {{\n  {key(provider)}\n  {line}\n}}\nenum E {{\n  A\n}}\n"


def with_block(provider: str, line: str) -> str:
    json = "String" if provider == "sqlserver" else "Json"
    fields = f"  {key(provider)}\n  s String\n  j {json}\n  x Int\n  y Int\n"
    return f"model A {{\n{fields}  {line}\n}}\n"


def with_relation(provider: str, lines: str, back: str) -> str:
    own = "\n  ".join((*lines.split("|"), *[""] * (3 - lines.count("|")), key(provider)))
    return f"model P {{\n  {own}\n}}\nmodel U {{\n  {key(provider)}\n  n Int\n  {back}\n}}\n"


@pytest.mark.parametrize(("provider", "line"), FIELDS)
def test_fields(provider: str, line: str) -> None:
    assert refused(provider, with_field(provider, line)) == [3]


@pytest.mark.parametrize(("provider", "line", "lines"), ELSEWHERE)
def test_fields_refused_elsewhere(provider: str, line: str, lines: list[int]) -> None:
    assert refused(provider, with_field(provider, line)) == lines


@pytest.mark.parametrize("provider", ["postgresql", "mysql", "sqlite", "cockroachdb", "mongodb"])
def test_a_plain_field_is_valid(provider: str) -> None:
    assert refused(provider, with_field(provider, "n Int")) == []


@pytest.mark.parametrize(("provider", "line"), BLOCKS)
def test_blocks(provider: str, line: str) -> None:
    assert refused(provider, with_block(provider, "@@index([x])")) == []
    assert refused(provider, with_block(provider, line)) == [7]


@pytest.mark.parametrize(("provider", "lines", "back", "expected"), RELATIONS)
def test_relations(provider: str, lines: str, back: str, expected: list[int]) -> None:
    assert refused(provider, with_relation(provider, lines, back)) == expected


def test_a_proper_relation_is_valid() -> None:
    lines = "u U @relation(fields: [uId], references: [id])|uId Int"
    assert refused("postgresql", with_relation("postgresql", lines, "p P[]")) == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("model A {\n  id Int\n}\n", [1]),
        ("model A {\n  id Int? @unique\n}\n", [1]),
        ('model A {\n  id Unsupported("x") @id\n}\n', [1]),
        ("model A {\n  id Int\n  @@ignore\n}\n", []),
        ("model Int {\n  id Int @id\n}\n", [1]),
        ("model class {\n  id Int @id\n}\n", [1]),
        ("enum E {\n}\n", [1]),
        ("enum E {\n  A\n  A\n}\n", [3]),
        ('enum E {\n  A\n  @@map("F")\n}\nenum F {\n  A\n}\n', [5]),
        ("view V {\n  id Int\n}\n", [1]),
        ("type T {\n  a Int\n}\n", [1]),
        ('model A {\n  id Int @id\n  @@map("B")\n}\nmodel B {\n  id Int @id\n}\n', [2, 3, 6]),
        ("model A {\n  a Int\n  b Int\n  a_b Int\n  @@id([a, b])\n}\n", [5]),
        ("foo A {\n  id Int @id\n}\n", [1]),
        ("model A {\n  id Int @id\n", [1]),
        ("model A {\n  id Int @id\n  ???\n  b Int @default(\n  c Int\n}\n", [3, 4]),
        ("/* open\n", [1]),
    ],
)
def test_declarations(text: str, lines: list[int]) -> None:
    assert refused("postgresql", text) == lines


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('previewFeatures = ["nope"]', [3]),
        ("previewFeatures = [1]", [3]),
        ("output", [3]),
        ("output = ", [1]),
        ('provider = "y"', [3]),
        ('previewFeatures = ["tracing", "views"]', []),
    ],
)
def test_generators(lines: str, expected: list[int]) -> None:
    text = f'generator g {{\n  provider = "x"\n  {lines}\n}}\n'
    assert refused("postgresql", text) == expected


@pytest.mark.parametrize(
    ("provider", "line", "expected"),
    [
        ("postgresql", 'schemas = ["a", "a"]', [0]),
        ("postgresql", "schemas = []", [0]),
        ("postgresql", 'relationMode = "none"', [-2]),
        ("postgresql", "extensions = [citext]", [0]),
        ("postgresql", 'foo = "bar"', [0]),
        ("postgresql", 'previewFeatures = ["views"]', [0]),
        ("mysql", 'schemas = ["a"]', [0]),
        ("mongodb", 'relationMode = "foreignKeys"', [0]),
        ("nosql", 'relationMode = "prisma"', [-1]),
    ],
)
def test_datasources(provider: str, line: str, expected: list[int]) -> None:
    source = f'datasource db {{\n  provider = "{provider}"\n  {line}\n}}\n'
    with pytest.raises(InvalidSchema) as caught:
        read_schema({"schema.prisma": source})
    assert sorted({p.position.line - 3 for p in caught.value.problems}) == expected
