"""Tables, columns and indexes in MySQL, SQLite and SQL Server."""

from __future__ import annotations

import pytest

from checker.model import Provider
from checker.model.changes import (
    AddColumn,
    AddConstraint,
    AlterColumnType,
    AlterTable,
    Change,
    Column,
    Constraint,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropIndex,
    DropNotNull,
    DropTable,
    Name,
    Opaque,
    RenameColumn,
    RenameIndex,
    RenameTable,
    SetDefault,
    SetNotNull,
    Type,
)
from tests.sql.reading import change, changes

T = Name("t")
DBO = Name("t", "dbo")
INT = Type("int")


@pytest.mark.parametrize(
    ("provider", "written", "expected"),
    [
        ("mysql", "INTEGER", "int"),
        ("mysql", "INT UNSIGNED", "int unsigned"),
        ("mysql", "VARCHAR(191)", "varchar(191)"),
        ("mysql", "DATETIME(3)", "datetime(3)"),
        ("mysql", "DECIMAL(65, 30)", "decimal(65,30)"),
        ("mysql", "ENUM('a', 'it''s')", "enum(a,it's)"),
        ("mysql", "TINYINT(1)", "tinyint(1)"),
        ("mysql", "LONGTEXT", "longtext"),
        ("sqlite", "INTEGER", "integer"),
        ("sqlite", "DATETIME", "datetime"),
        ("sqlite", "BIGINT", "bigint"),
        ("sqlite", "REAL", "real"),
        ("sqlite", "BLOB", "blob"),
        ("sqlserver", "INT", "int"),
        ("sqlserver", "NVARCHAR(1000)", "nvarchar(1000)"),
        ("sqlserver", "NVARCHAR(max)", "nvarchar(max)"),
        ("sqlserver", "DATETIME2", "datetime2"),
        ("sqlserver", "UNIQUEIDENTIFIER", "uniqueidentifier"),
    ],
)
def test_a_type(provider: Provider, written: str, expected: str) -> None:
    found = change(f"CREATE TABLE t (c {written})", provider)
    assert isinstance(found, CreateTable)
    assert str(found.columns[0].type).lower() == expected


def test_a_table_of_mysql_with_the_indexes_inside_it() -> None:
    sql = """CREATE TABLE `t` (
        `id` INTEGER NOT NULL AUTO_INCREMENT,
        `e` ENUM('a', 'b') NOT NULL DEFAULT 'a',
        `x` VARCHAR(191) NULL,
        UNIQUE INDEX `t_x_key`(`x`), INDEX `t_e_idx`(`e`), FULLTEXT INDEX `f`(`x`),
        CONSTRAINT `c` CHECK (`id` > 0), CONSTRAINT `v` UNIQUE (`e`),
        FOREIGN KEY (`x`) REFERENCES `u`(`y`) ON DELETE CASCADE,
        PRIMARY KEY (`id`)
    ) DEFAULT CHARACTER SET utf8mb4"""
    assert changes(sql, "mysql") == [
        CreateTable(
            T,
            (
                Column("id", INT, not_null=True, filled=True),
                Column("e", Type("enum", None, ("a", "b")), not_null=True, default="'a'"),
                Column("x", Type("varchar", None, ("191",))),
            ),
            (
                Constraint("unique", ("x",), "t_x_key"),
                Constraint("check", ("id",), "c", "`id` > 0"),
                Constraint("unique", ("e",), "v"),
                Constraint(
                    "foreign_key",
                    ("x",),
                    references=Name("u"),
                    referenced_columns=("y",),
                    on_delete="CASCADE",
                    on_update="NO ACTION",
                ),
                Constraint("primary_key", ("id",)),
            ),
        ),
        CreateIndex(T, "t_e_idx", ("e",)),
        CreateIndex(T, "f", ("x",), method="fulltext"),
    ]


def test_a_table_of_sqlite() -> None:
    sql = """CREATE TABLE IF NOT EXISTS "t" (
        "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        "b" TEXT UNIQUE DEFAULT (lower('X')),
        "c" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
        "d" TEXT AS ("b") STORED,
        "e" TEXT DEFAULT NULL,
        CONSTRAINT "f" FOREIGN KEY ("b") REFERENCES "u" ("id") ON DELETE SET NULL ON UPDATE CASCADE
    )"""
    assert change(sql, "sqlite") == CreateTable(
        T,
        (
            Column("id", Type("integer"), not_null=True, filled=True),
            Column("b", Type("text"), default="(LOWER('X'))"),
            Column("c", Type("datetime"), not_null=True, default="CURRENT_TIMESTAMP"),
            Column("d", Type("text"), generated="stored", filled=True),
            Column("e", Type("text")),
        ),
        (
            Constraint("primary_key", ("id",)),
            Constraint("unique", ("b",)),
            Constraint(
                "foreign_key",
                ("b",),
                "f",
                references=Name("u"),
                referenced_columns=("id",),
                on_delete="SET NULL",
                on_update="CASCADE",
            ),
        ),
        if_not_exists=True,
    )


def test_an_integer_primary_key_of_sqlite_fills_itself() -> None:
    found = change("CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT)", "sqlite")
    assert isinstance(found, CreateTable)
    assert [column.filled for column in found.columns] == [True, False]


def test_a_table_of_sql_server() -> None:
    sql = """CREATE TABLE [dbo].[t] (
        [id] INT NOT NULL IDENTITY(1,1),
        [a] NVARCHAR(1000) NOT NULL CONSTRAINT [t_a_df] DEFAULT 'x',
        CONSTRAINT [t_pkey] PRIMARY KEY CLUSTERED ([id]),
        CONSTRAINT [t_a_key] UNIQUE NONCLUSTERED ([a], [id])
    )"""
    assert change(sql, "sqlserver") == CreateTable(
        DBO,
        (
            Column("id", INT, not_null=True, filled=True),
            Column("a", Type("nvarchar", None, ("1000",)), not_null=True, default="'x'"),
        ),
        (
            Constraint("primary_key", ("id",), "t_pkey"),
            Constraint("unique", ("a", "id"), "t_a_key"),
        ),
    )


@pytest.mark.parametrize(
    ("provider", "sql", "expected"),
    [
        ("mysql", "CREATE TEMPORARY TABLE t AS SELECT 1",
         CreateTable(T, temporary=True, from_query=True)),
        ("mysql", "CREATE TABLE t LIKE s.u", CreateTable(T, like=Name("u", "s"))),
        ("sqlserver", "SELECT * INTO t FROM u", CreateTable(T, from_query=True)),
        ("mysql", "DROP TABLE IF EXISTS `s`.`t` CASCADE", DropTable(Name("t", "s"), True, True)),
        ("sqlserver", "DROP TABLE [dbo].[t]", DropTable(DBO)),
        ("mysql", "CREATE UNIQUE INDEX `i` ON `t`(`a`, `b`(10) DESC)",
         CreateIndex(T, "i", ("a", "b"), unique=True)),
        ("mysql", "CREATE INDEX i ON t((lower(b)))", CreateIndex(T, "i", ("(LOWER(b))",))),
        ("mysql", "CREATE FULLTEXT INDEX i ON t(b)",
         CreateIndex(T, "i", ("b",), method="fulltext")),
        ("sqlite", 'CREATE INDEX IF NOT EXISTS "i" ON "t"("a" COLLATE NOCASE) WHERE "a" > 1',
         CreateIndex(T, "i", ("a",), if_not_exists=True, where='"a" > 1')),
        ("sqlserver", "CREATE UNIQUE NONCLUSTERED INDEX [i] ON [dbo].[t]([a]) INCLUDE ([b])",
         CreateIndex(DBO, "i", ("a",), unique=True, include=("b",))),
        ("mysql", "DROP INDEX `i` ON `t`", DropIndex(Name("i"), T)),
        ("sqlite", 'DROP INDEX IF EXISTS "i"', DropIndex(Name("i"), if_exists=True)),
        ("sqlserver", "DROP INDEX [i] ON [dbo].[t]", DropIndex(Name("i"), DBO)),
    ],
)  # fmt: skip
def test_create_and_drop(provider: Provider, sql: str, expected: Change) -> None:
    assert change(sql, provider) == expected


@pytest.mark.parametrize(
    ("provider", "action", "expected"),
    [
        ("mysql", "ADD COLUMN `a` INT NOT NULL DEFAULT 1",
         [AddColumn(T, Column("a", INT, not_null=True, default="1"))]),
        ("mysql", "ADD a INT FIRST, DROP b",
         [AddColumn(T, Column("a", INT)), DropColumn(T, "b")]),
        ("mysql", "ADD (a INT, b INT)",
         [AddColumn(T, Column("a", INT)), AddColumn(T, Column("b", INT))]),
        ("mysql", "MODIFY `a` VARCHAR(5) NOT NULL DEFAULT 'x'",
         [AlterColumnType(T, "a", Type("varchar", None, ("5",))), SetNotNull(T, "a"),
          SetDefault(T, "a", "'x'")]),
        ("mysql", "MODIFY COLUMN a ENUM('x','y') NULL",
         [AlterColumnType(T, "a", Type("enum", None, ("x", "y"))), DropNotNull(T, "a")]),
        ("mysql", "CHANGE a b INT NOT NULL",
         [RenameColumn(T, "a", "b"), AlterColumnType(T, "b", INT), SetNotNull(T, "b")]),
        ("mysql", "CHANGE a a INT", [AlterColumnType(T, "a", INT), DropNotNull(T, "a")]),
        ("mysql", "ALTER a SET DEFAULT 1, ALTER COLUMN b DROP DEFAULT",
         [SetDefault(T, "a", "1"), DropDefault(T, "b")]),
        ("mysql", "DROP FOREIGN KEY `f`", [DropConstraint(T, "f")]),
        ("mysql", "DROP PRIMARY KEY, ADD PRIMARY KEY (`a`, `b`)",
         [DropConstraint(T, "PRIMARY"), AddConstraint(T, Constraint("primary_key", ("a", "b")))]),
        ("mysql", "DROP INDEX `i`", [DropIndex(Name("i"), T)]),
        ("mysql", "DROP CHECK c", [DropConstraint(T, "c")]),
        ("mysql", "ADD INDEX (a), ADD UNIQUE INDEX u(b)",
         [CreateIndex(T, None, ("a",)), CreateIndex(T, "u", ("b",), unique=True)]),
        ("mysql", "ADD CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `u`(`b`) ON UPDATE CASCADE",
         [AddConstraint(T, Constraint("foreign_key", ("a",), "f", references=Name("u"),
                                      referenced_columns=("b",), on_delete="NO ACTION",
                                      on_update="CASCADE"))]),
        ("mysql", "ADD CONSTRAINT u UNIQUE (a)",
         [AddConstraint(T, Constraint("unique", ("a",), "u"))]),
        ("mysql", "RENAME INDEX i TO j", [RenameIndex(Name("i"), "j")]),
        ("mysql", "RENAME COLUMN a TO b", [RenameColumn(T, "a", "b")]),
        ("mysql", "RENAME TO u", [RenameTable(T, "u")]),
        ("mysql", "ENGINE=InnoDB", [AlterTable(T, "ENGINE")]),
        ("mysql", "CONVERT TO CHARACTER SET utf8mb4", [AlterTable(T, "CONVERT TO")]),
        ("mysql", "DROP COLUMN a, CONVERT TO CHARACTER SET utf8mb4, DROP b",
         [DropColumn(T, "a"), AlterTable(T, "CONVERT TO"), DropColumn(T, "b")]),
        ("mysql", "DROP COLUMN a, FROBNICATE b, FROB, DROP c",
         [DropColumn(T, "a"), Opaque("ALTER TABLE"), Opaque("ALTER TABLE"), DropColumn(T, "c")]),
        ("sqlite", "ADD COLUMN a INTEGER", [AddColumn(T, Column("a", Type("integer")))]),
        ("sqlite", "ADD COLUMN a TEXT REFERENCES u(b)",
         [AddColumn(T, Column("a", Type("text")), (
             Constraint("foreign_key", ("a",), references=Name("u"), referenced_columns=("b",),
                        on_delete="NO ACTION", on_update="NO ACTION"),))]),
        ("sqlite", "RENAME a TO b", [RenameColumn(T, "a", "b")]),
        ("sqlite", "RENAME TO u", [RenameTable(T, "u")]),
        ("sqlserver", "ADD [a] INT, [b] INT CONSTRAINT [d] DEFAULT 1",
         [AddColumn(T, Column("a", INT)), AddColumn(T, Column("b", INT, default="1"))]),
        ("sqlserver", "DROP COLUMN [a],[b]", [DropColumn(T, "a"), DropColumn(T, "b")]),
        ("sqlserver", "ALTER COLUMN [a] INT NOT NULL",
         [AlterColumnType(T, "a", INT), SetNotNull(T, "a")]),
        ("sqlserver", "ALTER COLUMN [a] INT NULL",
         [AlterColumnType(T, "a", INT), DropNotNull(T, "a")]),
        ("sqlserver", "ADD CONSTRAINT [d] DEFAULT (1 + 1) FOR [a]",
         [SetDefault(T, "a", "(1 + 1)")]),
        ("sqlserver", "DROP CONSTRAINT [a], [b]",
         [DropConstraint(T, "a"), DropConstraint(T, "b")]),
        ("sqlserver", "ADD CONSTRAINT [p] PRIMARY KEY NONCLUSTERED ([a])",
         [AddConstraint(T, Constraint("primary_key", ("a",), "p"))]),
        ("sqlserver", "NOCHECK CONSTRAINT ALL", [AlterTable(T, "NOCHECK CONSTRAINT")]),
    ],
)  # fmt: skip
def test_alter_table(provider: Provider, action: str, expected: list[Change]) -> None:
    assert changes(f"ALTER TABLE t {action}", provider) == expected


def test_a_redefinition_of_sqlite_is_its_plain_statements() -> None:
    sql = """-- RedefineTables
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_t" ("id" TEXT NOT NULL PRIMARY KEY);
INSERT INTO "new_t" ("id") SELECT "id" FROM "t";
DROP TABLE "t";
ALTER TABLE "new_t" RENAME TO "t";
PRAGMA foreign_key_check;
PRAGMA foreign_keys=ON;
"""
    assert [str(type(found).__name__) for found in changes(sql, "sqlite")] == [
        "SetParameter",
        "CreateTable",
        "InsertRows",
        "DropTable",
        "RenameTable",
        "ReadRows",
        "SetParameter",
    ]


@pytest.mark.parametrize(
    "sql", ["ALTER TABLE t ,", "ALTER TABLE", "ALTER TABLE t ADD (", "ALTER TABLE ,"]
)
@pytest.mark.parametrize("provider", ["mysql", "sqlite", "sqlserver"])
def test_half_an_alter_table_is_opaque(sql: str, provider: Provider) -> None:
    assert changes(sql, provider) == [Opaque("ALTER TABLE")]
