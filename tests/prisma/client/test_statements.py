"""The statements that code built from a schema sends."""

from __future__ import annotations

import pytest

from checker.prisma.client.statements import ClientField, statements_of
from checker.prisma.schema.reading import read_schema

SOURCE = 'datasource db {\n  provider = "postgresql"\n%s}\n'


def sent(text: str, options: str = "") -> list[str]:
    return [s.sql for s in statements_of(read_schema({"schema.prisma": SOURCE % options + text}))]


def test_reads_names_every_column_and_writes_supply_what_the_database_does_not() -> None:
    assert sent(
        """model User {
  id    Int @id @default(autoincrement())
  mail  String @map("e-mail")
  name  String?
  tags  String[]
  when  DateTime @default(now()) @updatedAt
  score Int @default(7)
  made  String @default(dbgenerated("f()"))
  old   Int @ignore
  @@map("users")
}"""
    ) == [
        'SELECT "public"."users"."id", "public"."users"."e-mail", "public"."users"."name", '
        '"public"."users"."tags", "public"."users"."when", "public"."users"."score", '
        '"public"."users"."made" FROM "public"."users"',
        """INSERT INTO "public"."users" ("e-mail", "when", "score") """
        """VALUES ('x', '2020-01-01 12:00:00+00', '7')""",
        """UPDATE "public"."users" SET "id" = '1'""",
        """UPDATE "public"."users" SET "e-mail" = 'x'""",
        """UPDATE "public"."users" SET "name" = 'x'""",
        """UPDATE "public"."users" SET "name" = NULL""",
        """UPDATE "public"."users" SET "tags" = '{"x"}'""",
        """UPDATE "public"."users" SET "when" = '2020-01-01 12:00:00+00'""",
        """UPDATE "public"."users" SET "score" = '7'""",
        """UPDATE "public"."users" SET "made" = 'x'""",
        """EXPLAIN INSERT INTO "public"."users" ("id") VALUES (DEFAULT) """
        """ON CONFLICT ("id") DO UPDATE SET "id" = DEFAULT""",
    ]


def test_enums_travel_as_text() -> None:
    found = sent(
        """model M {
  id Int @id
  r  Role
  rs Role[]
  @@schema("one")
}
enum Role {
  A @map("it's")
  B
  @@map("roles")
  @@schema("two")
}""",
        '  schemas = ["one", "two"]\n',
    )
    assert found[0].startswith('SELECT "one"."M"."id", "one"."M"."r"::text, "one"."M"."rs"::text[]')
    assert found[3:-1] == [
        """UPDATE "one"."M" SET "r" = CAST('it''s'::text AS "two"."roles")""",
        """UPDATE "one"."M" SET "r" = CAST('B'::text AS "two"."roles")""",
        """UPDATE "one"."M" SET "rs" = CAST('{"it''s"}'::text[] AS "two"."roles"[])""",
        """UPDATE "one"."M" SET "rs" = CAST('{"B"}'::text[] AS "two"."roles"[])""",
    ]


def test_the_table_of_a_many_to_many_relation() -> None:
    text = """model B {
  id String @id @default(uuid())
  a  A[]
}
model A {
  id Int @id
  b  B[]
}"""
    assert sent(text)[-1] == (
        """INSERT INTO "public"."_AToB" ("A", "B") """
        """VALUES ('1', '018f3a1c-2b4d-7e6f-8a9b-0c1d2e3f4a5b') ON CONFLICT DO NOTHING"""
    )
    assert (
        len(sent(text.replace("  a  A[]", "  a  A[] @ignore").replace("B[]", "B[]\n  @@ignore")))
        == 4
    )


def test_a_model_that_the_client_cannot_create_is_read_and_updated() -> None:
    found = sent('model M {\n  id Int @id\n  p  Unsupported("point")\n}')
    assert [sql.split()[0] for sql in found] == ["SELECT", "UPDATE"]


def test_an_upsert_for_each_unique_criterion_of_known_fields() -> None:
    found = sent("""model M {
  a Int
  b Int    @unique @map("bee")
  c String @unique @ignore
  @@id([a, b])
  @@unique([b, a])
  @@index([a])
}""")
    upserts = [sql for sql in found if sql.startswith("EXPLAIN")]
    assert [sql.partition("ON CONFLICT ")[2].partition(" DO ")[0] for sql in upserts] == [
        '("a", "bee")',
        '("bee")',
        '("bee", "a")',
    ]


def test_a_row_of_defaults() -> None:
    found = sent("model M {\n  id Int @id @default(autoincrement())\n}")
    assert found[1] == 'INSERT INTO "public"."M" DEFAULT VALUES'


@pytest.mark.parametrize(
    ("field", "literal"),
    [
        (ClientField("f", "f", "Bytes", "\\x01"), r"E'\\x01'"),
        (ClientField("f", "f", "Bytes", "\\x01", list=True), r"""E'{"\\\\x01"}'"""),
        (ClientField("f", "f", "String", None), "NULL"),
    ],
)
def test_literals(field: ClientField, literal: str) -> None:
    assert field.literal == literal
