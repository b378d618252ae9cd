"""The SQL between two databases, and the warnings at its head."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.pg.connection import connect
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
from checker.prisma.database.read import read_catalog
from checker.prisma.diff.diff import diff
from checker.prisma.diff.script import EMPTY, migration
from checker.prisma.diff.warnings import warnings
from checker.sql import read

INTEGER, TEXT = ColumnType("Integer"), ColumnType("Text")
ID, A = DatabaseColumn("id", INTEGER, "required"), DatabaseColumn("a", INTEGER, "nullable")
T = DatabaseTable("T", (ID, A), PrimaryKey("T_pkey", ("id",)))
MOOD = EnumType("Mood", ("HAPPY", "SAD"))


def with_columns(*columns: DatabaseColumn) -> DatabaseSchema:
    return DatabaseSchema((replace(T, columns=(ID, *columns)),))


def altered(old: DatabaseColumn, new: DatabaseColumn) -> str:
    text = migration(with_columns(old), with_columns(new))
    return text.partition('ALTER TABLE "T" ')[2].replace("\n", " ").strip()


def test_nothing_to_do() -> None:
    assert migration(DatabaseSchema((T,)), DatabaseSchema((T,))) == EMPTY


def test_a_whole_database() -> None:
    mood = DatabaseColumn(
        "mood",
        ColumnType("Mood", enum=True),
        "required",
        ColumnDefault("value", ("SAD",)),
    )
    owner = DatabaseTable(
        "Owner",
        (
            replace(ID, auto_increment=True, default=ColumnDefault("sequence")),
            DatabaseColumn("name", ColumnType("VarChar", (30,)), "nullable"),
            DatabaseColumn("tags", TEXT, "list", ColumnDefault("list", ("it's",))),
            DatabaseColumn("at", ColumnType("Timestamp", (3,)), "required", ColumnDefault("now")),
            mood,
        ),
        PrimaryKey("Owner_pkey", ("id",)),
        (DatabaseIndex("Owner_name_key", (IndexColumn("name"),), unique=True),),
    )
    pet = DatabaseTable(
        "Pet",
        (ID, DatabaseColumn("owner", INTEGER, "nullable")),
        PrimaryKey("Pet_pkey", ("id", "owner")),
        (DatabaseIndex("i", (IndexColumn("owner", descending=True),)),),
        (DatabaseForeignKey("Pet_fkey", ("owner",), "Owner", ("id",), "SET NULL", "CASCADE"),),
    )
    extension = DatabaseExtension("citext", "1.6", "public")
    after = DatabaseSchema((owner, pet), (MOOD,), extensions=(extension,))
    assert (
        migration(DatabaseSchema(schemas=()), after)
        == """\
-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateExtension
CREATE EXTENSION IF NOT EXISTS "citext" WITH SCHEMA "public" VERSION "1.6";

-- CreateEnum
CREATE TYPE "Mood" AS ENUM ('HAPPY', 'SAD');

-- CreateTable
CREATE TABLE "Owner" (
    "id" SERIAL NOT NULL,
    "name" VARCHAR(30),
    "tags" TEXT[] DEFAULT ARRAY['it''s']::TEXT[],
    "at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "mood" "Mood" NOT NULL DEFAULT 'SAD',

    CONSTRAINT "Owner_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Pet" (
    "id" INTEGER NOT NULL,
    "owner" INTEGER,

    CONSTRAINT "Pet_pkey" PRIMARY KEY ("id","owner")
);

-- CreateIndex
CREATE UNIQUE INDEX "Owner_name_key" ON "Owner"("name");

-- CreateIndex
CREATE INDEX "i" ON "Pet"("owner" DESC);

-- AddForeignKey
ALTER TABLE "Pet" ADD CONSTRAINT "Pet_fkey" FOREIGN KEY ("owner") REFERENCES \
"Owner"("id") ON DELETE SET NULL ON UPDATE CASCADE;
"""
    )


def test_names_carry_their_schema_where_the_project_has_several() -> None:
    moved = replace(T, schema="one", indexes=(DatabaseIndex("x", (IndexColumn("a"),)),))
    gone = DatabaseSchema((moved,), schemas=("one",), multi=True)
    left = DatabaseSchema((replace(moved, indexes=()),), schemas=("one",), multi=True)
    assert migration(gone, left) == '-- DropIndex\nDROP INDEX "one"."x";\n'


@pytest.mark.parametrize(
    ("new", "clauses"),
    [
        (replace(A, arity="required"), 'ALTER COLUMN "a" SET NOT NULL;'),
        (replace(A, type=TEXT), 'ALTER COLUMN "a" SET DATA TYPE TEXT;'),
        (replace(A, default=ColumnDefault("value", ("1",))), 'ALTER COLUMN "a" SET DEFAULT 1;'),
        (
            replace(A, type=ColumnType("Uuid")),
            'DROP COLUMN "a", ADD COLUMN     "a" UUID;',
        ),
    ],
)
def test_an_altered_column(new: DatabaseColumn, clauses: str) -> None:
    assert altered(A, new) == clauses


@pytest.mark.parametrize(
    ("old", "clauses"),
    [
        (replace(A, default=ColumnDefault("value", ("1",))), 'ALTER COLUMN "a" DROP DEFAULT;'),
        (replace(A, identity=True), 'ALTER COLUMN "a" DROP IDENTITY;'),
        (
            replace(A, generated=True, default=ColumnDefault("expression", ("(1 + 1)",))),
            'ALTER COLUMN "a" DROP EXPRESSION;',
        ),
        (
            replace(A, auto_increment=True, default=ColumnDefault("sequence", ("s",))),
            'ALTER COLUMN "a" DROP DEFAULT; DROP SEQUENCE "s";',
        ),
        (
            replace(A, type=ColumnType("interval", unsupported=True)),
            'ALTER COLUMN "a" SET DATA TYPE INTEGER USING "a"::INTEGER;',
        ),
    ],
)
def test_a_column_that_loses_something(old: DatabaseColumn, clauses: str) -> None:
    assert altered(old, A) == clauses


def test_an_enum_becomes_a_list_of_one(server: EphemeralServer) -> None:
    one = DatabaseColumn("m", ColumnType("Mood", enum=True), "nullable")
    old = DatabaseSchema(with_columns(one).tables, (MOOD,))
    new = DatabaseSchema(with_columns(replace(one, arity="list")).tables, (MOOD,))
    with server.database() as database, connect(database.owner) as connection:
        connection.execute(migration(DatabaseSchema(), old).encode())
        connection.execute("""INSERT INTO "T" VALUES (1, 'SAD'), (2, NULL)""")
        connection.execute(migration(read_catalog(connection), new).encode())
        assert diff(read_catalog(connection), new) == ()
        rows = connection.execute('SELECT m::text[] FROM "T" ORDER BY id').fetchall()
        assert rows == [(["SAD"],), ([],)]


def test_a_unique_constraint_is_dropped_as_a_constraint() -> None:
    unique = DatabaseIndex("T_a_key", (IndexColumn("a"),), unique=True, constraint=True)
    text = migration(DatabaseSchema((replace(T, indexes=(unique,)),)), DatabaseSchema((T,)))
    assert text == '-- DropIndex\nALTER TABLE "T" DROP CONSTRAINT "T_a_key";\n'


def told(old: DatabaseSchema, new: DatabaseSchema) -> tuple[list[str], list[str]]:
    found = warnings(diff(old, new))
    return [w.kind for w in found.warnings], [w.kind for w in found.unexecutable]


REQUIRED = DatabaseColumn("b", TEXT, "required")


@pytest.mark.parametrize(
    ("old", "new", "lost", "failing"),
    [
        (DatabaseSchema((T,)), DatabaseSchema(), ["drop_table"], []),
        (with_columns(A), with_columns(), ["drop_column"], []),
        (with_columns(), with_columns(A), [], []),
        (with_columns(), with_columns(REQUIRED), [], ["required_column"]),
        (
            with_columns(),
            with_columns(replace(REQUIRED, client_default="function")),
            [],
            ["required_column_of_client"],
        ),
        (
            with_columns(),
            with_columns(replace(REQUIRED, client_default="updated_at")),
            [],
            ["required_column"],
        ),
        (
            with_columns(),
            with_columns(replace(REQUIRED, default=ColumnDefault("value", ("x",)))),
            [],
            [],
        ),
        (with_columns(A), with_columns(replace(A, arity="required")), [], ["not_null"]),
        (with_columns(A), with_columns(replace(A, type=TEXT)), [], []),
        (
            with_columns(A),
            with_columns(replace(A, type=ColumnType("SmallInt"))),
            ["risky_cast"],
            [],
        ),
        (with_columns(A), with_columns(replace(A, arity="list")), ["recreate_column"], []),
        (
            with_columns(A),
            with_columns(replace(A, type=ColumnType("Uuid"), arity="required")),
            [],
            ["required_column"],
        ),
        (
            with_columns(replace(A, arity="required")),
            with_columns(replace(A, type=ColumnType("Uuid"), arity="required")),
            [],
            ["recreate_required_column"],
        ),
        (
            with_columns(DatabaseColumn("m", ColumnType("M", enum=True), "required")),
            with_columns(DatabaseColumn("m", ColumnType("M", enum=True), "list")),
            [],
            ["list"],
        ),
        (
            DatabaseSchema(enums=(MOOD,)),
            DatabaseSchema(enums=(replace(MOOD, values=("SAD",)),)),
            ["enum_values"],
            [],
        ),
        (
            DatabaseSchema((T,)),
            DatabaseSchema((replace(T, primary_key=None),)),
            ["primary_key"],
            [],
        ),
        (
            DatabaseSchema((T,)),
            DatabaseSchema(
                (replace(T, indexes=(DatabaseIndex("x", (IndexColumn("a"),), unique=True),)),),
            ),
            ["unique"],
            [],
        ),
    ],
)
def test_warnings(
    old: DatabaseSchema, new: DatabaseSchema, lost: list[str], failing: list[str]
) -> None:
    assert told(old, new) == (lost, failing)


def test_warnings_stand_at_the_head() -> None:
    text = migration(with_columns(A), with_columns(REQUIRED))
    assert (
        text
        == """\
/*
  Warnings:

  - You are about to drop the column `a` on the `T` table. All the data in the column will be lost.
  - Added the required column `b` to the `T` table without a default value. \
This is not possible if the table is not empty.

*/
-- AlterTable
ALTER TABLE "T" DROP COLUMN "a",
ADD COLUMN     "b" TEXT NOT NULL;
"""
    )


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@given(name=NAMES | st.sampled_from(["*/ DROP TABLE x; /*", "/*", '"; DROP', "--\n", "'", "$$"]))
def test_a_name_stays_a_name(name: str) -> None:
    """Whatever a stranger calls things, the script holds the statements that we wrote."""
    table = replace(T, name=name, columns=(ID, replace(A, name=name)))
    enum = EnumType(name, (name,))
    old = DatabaseSchema((table,), (EnumType(name, (name, name + "2")),))
    kinds = [
        s.kind for s in read(migration(old, DatabaseSchema(enums=(enum,))), "postgresql").statements
    ]
    assert kinds == [
        *("BEGIN", "CREATE TYPE", "ALTER TYPE", "ALTER TYPE", "DROP TYPE", "COMMIT"),
        "DROP TABLE",
    ]


@pytest.mark.parametrize("name", ["it's", 'a "b"', "*/", "-- x", "é\n", "x" * 63, "Ünï.cöde"])
def test_odd_names_reach_the_server(server: EphemeralServer, name: str) -> None:
    enum = EnumType(f"E{name[:60]}", (name,))
    label = ColumnDefault("value", (name,))
    mood = DatabaseColumn("m", ColumnType(enum.name, enum=True), "nullable", label)
    text = DatabaseColumn(name, TEXT, "required", label)
    serial = DatabaseColumn("s", INTEGER, "required")
    made = DatabaseTable(name, (serial, text, mood), PrimaryKey("p", ("s", name)))
    after = DatabaseSchema((made,), (enum,))
    filled = replace(serial, auto_increment=True, default=ColumnDefault("sequence"))
    later = replace(after, tables=(replace(made, columns=(filled, text, mood)),))
    with server.database() as database, connect(database.owner) as connection:
        for step in (after, later, DatabaseSchema()):
            connection.execute(migration(read_catalog(connection), step).encode())
            assert diff(read_catalog(connection), step) == ()
