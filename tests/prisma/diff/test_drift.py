"""Drift: the history's outcome beside the schema, in words and as the migration that closes it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import Definition, Difference, Drift, PrismaVersion
from checker.model.sentences import difference_words
from checker.pg.connection import connect, run
from checker.prisma.diff.drift import Compared, compare, judge_drift
from checker.prisma.schema.reading import read_schema

VERSION = PrismaVersion(6, 19)
HEAD = 'datasource db {\n  provider = "postgresql"\n  url = "x"\n}\n'
USER = """
model User {
  id    Int     @id @default(autoincrement())
  email String  @unique
  age   Int?
}
"""
TABLE = """
CREATE TABLE "User" ("id" SERIAL NOT NULL, "email" TEXT NOT NULL, "age" INTEGER,
  CONSTRAINT "User_pkey" PRIMARY KEY ("id"));
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");
"""


def compared(server: EphemeralServer, sql: str, models: str) -> Compared:
    with server.database() as database:
        with connect(database.owner) as connection:
            run(connection, sql)
        return compare(database, read_schema({"schema.prisma": HEAD + models}, 6), VERSION)


def drift(server: EphemeralServer, sql: str, models: str) -> Drift:
    return judge_drift(compared(server, sql, models), None)


def test_the_same_on_both_sides_is_in_sync(server: EphemeralServer) -> None:
    assert drift(server, TABLE, USER) == Drift("in_sync")


@pytest.mark.parametrize(
    ("sql", "models", "ahead", "text", "name"),
    [
        (
            TABLE,
            USER.replace("age   Int?", "age   Int?\n  phone String?"),
            "schema",
            "Column `User.phone` is in schema.prisma and in no migration",
            "add_user_phone",
        ),
        (
            TABLE + 'ALTER TABLE "User" ADD COLUMN "phone" TEXT;',
            USER,
            "history",
            "Column `User.phone` is made by the migrations and not in schema.prisma",
            "drop_user_phone",
        ),
        (
            TABLE,
            USER.replace("age   Int?", "age   String @db.VarChar(30)"),
            "both",
            "Column `User.age` is `Integer`, optional after the migrations, and `VarChar(30)`, "
            "required in schema.prisma",
            "alter_user",
        ),
        (
            TABLE,
            USER.replace("Int?", "Int? @default(3)"),
            "both",
            "Column `User.age` is without a default after the migrations, and with the default "
            "`3` in schema.prisma",
            "alter_user",
        ),
        (
            TABLE.replace('"age" INTEGER', '"age" INTEGER[]'),
            USER.replace("Int?", "Int[] @default([])"),
            "both",
            "Column `User.age` is without a default after the migrations, and with the default "
            "`[]` in schema.prisma",
            "alter_user",
        ),
        (
            TABLE,
            USER + "enum Kind {\n  a\n  b\n}\n",
            "schema",
            "Enum `Kind` is in schema.prisma and in no migration",
            "sync_with_schema",
        ),
        (
            TABLE + 'CREATE TABLE "Old" ("id" INTEGER PRIMARY KEY REFERENCES "User");',
            USER,
            "history",
            "Table `Old` is made by the migrations and not in schema.prisma",
            "drop_old",
        ),
        (
            TABLE.replace("User_email_key", "other"),
            USER,
            "both",
            "Index `other` of `User` is called `User_email_key` in schema.prisma",
            "alter_user_indexes",
        ),
    ],
)
def test_the_side_that_is_ahead_is_named(
    server: EphemeralServer, sql: str, models: str, ahead: str, text: str, name: str
) -> None:
    found = drift(server, sql, models)
    assert [(d.ahead, difference_words(d)) for d in found.changes] == [(ahead, text)]
    assert found.name == name


def test_the_script_closes_the_gap(server: EphemeralServer) -> None:
    models = USER.replace("age   Int?", "age   String\n  posts Post[]") + (
        "model Post {\n  id Int @id\n  user User @relation(fields: [userId], references: [id])\n"
        "  userId Int\n}\n"
    )
    found = drift(server, TABLE, models)
    assert drift(server, TABLE + found.script, models).status == "in_sync"


def test_what_the_base_has_too_is_inherited(server: EphemeralServer) -> None:
    base = compared(server, TABLE, USER.replace("age ", "x     Int?\n  age "))
    head = compared(server, TABLE, USER.replace("age ", "x     Int?\n  y     Int?\n  age "))
    found = judge_drift(head, base)
    assert [(d.inherited, d.table, d.name) for d in found.changes] == [
        (True, "User", "x"),
        (False, "User", "y"),
    ]
    assert [d.name for d in found.fresh] == ["y"]


def test_another_difference_of_the_same_column_is_not_inherited(server: EphemeralServer) -> None:
    base = compared(server, TABLE, USER.replace("age   Int?", "age   String?"))
    head = compared(server, TABLE, USER.replace("age   Int?", "age   BigInt?"))
    (before,) = judge_drift(base, None).changes
    (after,) = judge_drift(head, base).changes
    assert (before.table, before.name) == (after.table, after.name) == ("User", "age")
    assert (before.key == after.key, after.inherited) == (False, False)


def test_what_differs_is_told_apart_by_its_facts() -> None:
    column = Difference("schema", kind="column", schema="public", table="User", name="age")
    others = [
        replace(column, ahead="history"),
        replace(column, kind="index"),
        replace(column, schema="auth"),
        replace(column, table="Post"),
        replace(column, name="email"),
        replace(column, columns=("age",)),
        replace(column, schema_has=Definition(type="Integer")),
        replace(column, history_has=Definition(type="Integer")),
    ]
    assert len({each.key for each in (column, *others)}) == 9
    assert replace(column, text="Another sentence", inherited=True).key == column.key


def test_a_sentence_without_facts_is_like_no_other() -> None:
    """A report of an older release has nothing else."""
    assert Difference("schema", "Table `A`").key != Difference("schema", "Table `B`").key


def test_a_rename_is_offered_beside_drop_and_add(server: EphemeralServer) -> None:
    found = drift(server, TABLE, USER.replace("email String", "emailAddress String"))
    assert "DROP COLUMN" in found.script
    assert found.renames is not None
    assert 'RENAME COLUMN "email" TO "emailAddress"' in found.renames
    closed = TABLE + found.renames
    renamed = drift(server, closed, USER.replace("email String", "emailAddress String"))
    assert renamed.status == "in_sync"


def test_what_prisma_does_not_model_is_listed_and_no_drift(server: EphemeralServer) -> None:
    beside = """
    ALTER TABLE "User" ADD CONSTRAINT positive CHECK (age > 0);
    CREATE INDEX partial ON "User" (age) WHERE age > 1;
    CREATE INDEX lower ON "User" (lower(email));
    CREATE VIEW v AS SELECT 1;
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER t BEFORE INSERT ON "User" FOR EACH ROW EXECUTE FUNCTION f();
    CREATE DOMAIN d AS int;
    CREATE EXTENSION pg_trgm;
    """
    found = drift(server, TABLE + beside, USER)
    assert found.status == "in_sync"
    assert found.unmodelled == (
        "CHECK positive of User",
        "domain d",
        "function f",
        "index with a condition partial of User",
        "index with an expression lower of User",
        "trigger t of User",
        "view v",
    )
