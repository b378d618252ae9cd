"""What Prisma sees of a database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.pg.connection import connect
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
from checker.prisma.database.read import Connection, read_catalog


@pytest.fixture
def connection(server: EphemeralServer) -> Iterator[Connection]:
    with server.database() as database, connect(database.owner) as connection:
        yield connection


def read(connection: Connection, sql: str) -> DatabaseSchema:
    connection.execute(sql.encode())
    return read_catalog(connection)


def table(connection: Connection, sql: str) -> DatabaseTable:
    (found,) = read(connection, sql).tables
    return found


def test_nothing_there(connection: Connection) -> None:
    found = read_catalog(connection)
    assert (found.tables, found.enums, found.schemas) == ((), (), ("public",))


def test_a_table(connection: Connection) -> None:
    found = read(
        connection,
        """
        CREATE TYPE "Mood" AS ENUM ('b', 'a');
        CREATE TABLE "Owner" ("id" SERIAL CONSTRAINT "Owner_pkey" PRIMARY KEY, "mood" "Mood"[]);
        CREATE TABLE "Pet" (
            "a" integer NOT NULL, "b" integer DEFAULT 5, "c" integer,
            CONSTRAINT "Pet_pkey" PRIMARY KEY ("b", "a"),
            CONSTRAINT "Pet_fkey" FOREIGN KEY ("c") REFERENCES "Owner" ON DELETE SET NULL);
        CREATE INDEX "i" ON "Pet" ("c" DESC, "a")""",
    )
    integer = ColumnType("Integer")
    owner = DatabaseTable(
        "Owner",
        (
            DatabaseColumn(
                "id",
                integer,
                "required",
                ColumnDefault("sequence", ("Owner_id_seq",)),
                auto_increment=True,
            ),
            DatabaseColumn("mood", ColumnType("Mood", enum=True), "list"),
        ),
        PrimaryKey("Owner_pkey", ("id",)),
    )
    pet = DatabaseTable(
        "Pet",
        (
            DatabaseColumn("a", integer, "required"),
            DatabaseColumn("b", integer, "required", ColumnDefault("value", ("5",))),
            DatabaseColumn("c", integer, "nullable"),
        ),
        PrimaryKey("Pet_pkey", ("b", "a")),
        (DatabaseIndex("i", (IndexColumn("c", descending=True), IndexColumn("a"))),),
        (DatabaseForeignKey("Pet_fkey", ("c",), "Owner", ("id",), "SET NULL", "NO ACTION"),),
    )
    assert found.tables == (owner, pet)
    assert found.enums == (EnumType("Mood", ("b", "a")),)


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("smallint", ColumnType("SmallInt")),
        ("varchar(30)", ColumnType("VarChar", (30,))),
        ("varchar", ColumnType("VarChar")),
        ("char", ColumnType("Char", (1,))),
        ("bpchar", ColumnType("Char")),
        ('"char"', ColumnType("Char")),
        ("numeric", ColumnType("Decimal")),
        ("numeric(10,2)", ColumnType("Decimal", (10, 2))),
        ("numeric(10,2)[]", ColumnType("Decimal", (10, 2))),
        ("timestamp", ColumnType("Timestamp", (6,))),
        ("timestamptz(3)", ColumnType("Timestamptz", (3,))),
        ("time(0)[]", ColumnType("Time", (0,))),
        ("timestamp[]", ColumnType("Timestamp")),
        ("bit(8)", ColumnType("Bit", (8,))),
        ("varbit", ColumnType("VarBit")),
        ("double precision", ColumnType("DoublePrecision")),
        ("bytea", ColumnType("ByteA")),
        ("tsvector", ColumnType("tsvector", unsupported=True)),
        ("interval(3)[]", ColumnType("interval(3)", unsupported=True)),
        ("short", ColumnType("VarChar", (5,))),
        ("pair", ColumnType("pair", unsupported=True)),
    ],
)
def test_types(connection: Connection, sql: str, kind: ColumnType) -> None:
    connection.execute("CREATE DOMAIN short AS varchar(5); CREATE TYPE pair AS (a int, b int)")
    found = table(connection, f"CREATE TABLE t (c {sql})").columns[0]
    assert found.type == kind
    assert found.arity == ("list" if sql.endswith("[]") else "nullable")


def test_a_domain_may_forbid_null(connection: Connection) -> None:
    connection.execute("CREATE DOMAIN there AS text NOT NULL")
    assert table(connection, "CREATE TABLE t (c there)").columns[0].arity == "required"


def test_what_fills_a_column(connection: Connection) -> None:
    found = table(
        connection,
        """
        CREATE TABLE t (
            a integer GENERATED ALWAYS AS IDENTITY, b integer GENERATED ALWAYS AS (1 + 1) STORED,
            c text DEFAULT NULL, d timestamp DEFAULT now(), e text DEFAULT lower('X'))""",
    )
    identity, generated, null, now, expression = found.columns
    assert (identity.identity, identity.auto_increment, identity.default) == (True, False, None)
    assert generated.generated
    assert generated.default == ColumnDefault("expression", ("(1 + 1)",))
    assert null.default is None
    assert now.default == ColumnDefault("now")
    assert expression.default == ColumnDefault("expression", ("lower('X'::text)",))


def test_indexes(connection: Connection) -> None:
    found = table(
        connection,
        """
        CREATE TABLE t (a integer, b integer, j jsonb, UNIQUE (a));
        CREATE INDEX expression ON t (a, (b + 1)); CREATE INDEX partial ON t (a) WHERE b > 0;
        CREATE INDEX included ON t (a) INCLUDE (b); CREATE INDEX hash ON t USING hash (a);
        CREATE INDEX gin ON t USING gin (j jsonb_path_ops); CREATE INDEX plain ON t USING gin (j);
        ALTER TABLE t ADD EXCLUDE USING btree (b WITH =)""",
    )
    assert {index.name: index for index in found.indexes} == {
        "t_a_key": DatabaseIndex("t_a_key", (IndexColumn("a"),), unique=True, constraint=True),
        "included": DatabaseIndex("included", (IndexColumn("a"), IndexColumn("b"))),
        "hash": DatabaseIndex("hash", (IndexColumn("a"),), method="hash"),
        "gin": DatabaseIndex(
            "gin", (IndexColumn("j", operator_class="jsonb_path_ops"),), method="gin"
        ),
        "plain": DatabaseIndex("plain", (IndexColumn("j"),), method="gin"),
    }


def test_partial_indexes_are_seen_on_demand(connection: Connection) -> None:
    connection.execute("CREATE TABLE t (a integer); CREATE INDEX i ON t (a) WHERE a > 0")
    assert read_catalog(connection).tables[0].indexes == ()
    (index,) = read_catalog(connection, partial_indexes=True).tables[0].indexes
    assert index.where == "(a > 0)"


def test_what_is_no_table_to_prisma(connection: Connection) -> None:
    found = read(
        connection,
        """
        CREATE TABLE _prisma_migrations (a int); CREATE TABLE "Spatial_Ref_Sys" (a int);
        CREATE VIEW v AS SELECT 1 AS a; CREATE MATERIALIZED VIEW m AS SELECT 1 AS a;
        CREATE SCHEMA other; CREATE TABLE other.t (a int); CREATE TABLE parent (a int);
        CREATE TABLE parts (a int) PARTITION BY LIST (a);
        CREATE TABLE part PARTITION OF parts FOR VALUES IN (1);
        CREATE TABLE child () INHERITS (parent)""",
    )
    assert [table.name for table in found.tables] == ["child", "parent", "parts"]


def test_several_schemas(connection: Connection) -> None:
    connection.execute("""
        CREATE SCHEMA one; CREATE SCHEMA two; CREATE TYPE two.mood AS ENUM ('A');
        CREATE TABLE two.b (id int PRIMARY KEY, m two.mood DEFAULT 'A');
        CREATE TABLE one.a (id int REFERENCES two.b); CREATE TABLE c (id int)""")
    found = read_catalog(connection, schemas=("one", "two", "missing"), multi=True)
    assert found.schemas == ("one", "two")
    assert [t.key for t in found.tables] == [("one", "a"), ("two", "b")]
    assert found.tables[0].foreign_keys[0].schema == "two"
    mood = found.tables[1].columns[1]
    assert mood.type == ColumnType("mood", enum=True, schema="two")
    assert mood.default == ColumnDefault("value", ("A",))
    alone = read_catalog(connection, schemas=("one",), multi=True)
    assert alone.tables[0].foreign_keys == ()


def test_the_search_path_does_not_matter_and_stays(connection: Connection) -> None:
    connection.execute("""
        CREATE TYPE mood AS ENUM ('A'); CREATE FUNCTION f() RETURNS mood RETURN 'A'::mood;
        CREATE TABLE t (m mood DEFAULT f()); SET search_path = pg_catalog""")
    (found,) = read_catalog(connection).tables
    assert found.columns[0].default == ColumnDefault("expression", ("f()",))
    assert connection.execute("SHOW search_path").fetchone() == ("pg_catalog",)
