"""Rows, commands and routines in MySQL, SQLite and SQL Server."""

from __future__ import annotations

import logging

import pytest

from checker.model import Provider
from checker.model.changes import (
    AlterObject,
    Change,
    ChangePrivileges,
    ControlTransaction,
    CreateObject,
    DeleteRows,
    DropObject,
    DropTable,
    InsertRows,
    LockTable,
    Maintain,
    Name,
    Opaque,
    ReadRows,
    RenameColumn,
    RenameIndex,
    RenameObject,
    RenameTable,
    RunCode,
    SetParameter,
    TruncateTable,
    UpdateRows,
)
from checker.sql import read
from tests.sql.reading import changes, statements

T, U = Name("t"), Name("u")


@pytest.mark.parametrize(
    ("provider", "sql", "expected"),
    [
        ("mysql", "INSERT IGNORE INTO t (a) SELECT a FROM u", [InsertRows(T, (U,), ("a",))]),
        ("mysql", "INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE b = 2",
         [InsertRows(T), UpdateRows(T, ("b",))]),
        ("mysql", "REPLACE INTO t VALUES (1)", [InsertRows(T), UpdateRows(T)]),
        ("sqlite", "INSERT OR REPLACE INTO t VALUES (1)", [InsertRows(T), UpdateRows(T)]),
        ("sqlite", "INSERT INTO t VALUES (1) ON CONFLICT (b) DO UPDATE SET c = 1",
         [InsertRows(T), UpdateRows(T, ("c",))]),
        ("sqlite", "INSERT INTO t WITH c AS (SELECT * FROM u) SELECT * FROM c",
         [InsertRows(T, (U,))]),
        ("mysql", "UPDATE t SET a = 1", [UpdateRows(T, ("a",), False)]),
        ("mysql", "UPDATE t JOIN u ON t.x = u.x SET t.a = 1", [UpdateRows(T, ("a",))]),
        ("mysql", "UPDATE t LEFT JOIN u ON t.x = u.x SET t.a = 1", [UpdateRows(T, ("a",), False)]),
        ("mysql", "UPDATE t SET a = 1 LIMIT 5", [UpdateRows(T, ("a",))]),
        ("mysql", "DELETE FROM t WHERE 1", [DeleteRows(T, False)]),
        ("mysql", "DELETE FROM t WHERE 0", [DeleteRows(T)]),
        ("mysql", "DELETE x, u FROM t x JOIN u ON x.a = u.a", [DeleteRows(T), DeleteRows(U)]),
        ("mysql", "TRUNCATE TABLE t", [TruncateTable(T)]),
        ("sqlite", "DELETE FROM t WHERE (1 = 1) OR a", [DeleteRows(T, False)]),
        ("sqlite", "DELETE FROM t WHERE NOT false AND a", [DeleteRows(T)]),
        ("sqlserver", "UPDATE x SET a = 1 FROM [dbo].[t] x WHERE x.b = 1",
         [UpdateRows(Name("t", "dbo"), ("a",))]),
        ("sqlserver", "DELETE TOP (5) FROM t", [DeleteRows(T, False)]),
        ("sqlserver", "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN UPDATE SET b = 1 "
         "WHEN NOT MATCHED THEN INSERT (a) VALUES (1) WHEN NOT MATCHED BY SOURCE THEN DELETE;",
         [UpdateRows(T, ("b",)), InsertRows(T), DeleteRows(T)]),
        ("sqlite", "SELECT 1 UNION SELECT 2", [ReadRows()]),
        ("sqlite", "BEGIN", [ControlTransaction("BEGIN")]),
        ("sqlite", "END", [ControlTransaction("COMMIT")]),
        ("mysql", "START TRANSACTION", [ControlTransaction("BEGIN")]),
        ("sqlite", "ROLLBACK TO a", [ControlTransaction("ROLLBACK TO")]),
        ("sqlite", "PRAGMA foreign_keys=OFF", [SetParameter("foreign_keys", "OFF")]),
        ("sqlite", 'PRAGMA foreign_key_check("t")', [ReadRows()]),
        ("mysql", "SET FOREIGN_KEY_CHECKS = 0", [SetParameter("FOREIGN_KEY_CHECKS", "0")]),
        ("mysql", "SET SESSION sql_mode = ''", [SetParameter("sql_mode", "''")]),
        ("mysql", "SET @@session.sql_mode = ''", [SetParameter("sql_mode", "''")]),
        ("mysql", "SET NAMES utf8", [SetParameter("NAMES", "utf8")]),
        ("sqlserver", "SET IDENTITY_INSERT [dbo].[t] ON",
         [SetParameter("IDENTITY_INSERT", "[dbo].[t] ON")]),
        ("mysql", "SET @sql = 'x'; PREPARE s FROM @sql; EXECUTE s; DEALLOCATE PREPARE s",
         [ReadRows(), ReadRows(), RunCode("EXECUTE", Name("s")), ReadRows()]),
        ("mysql", "CALL a.p()", [RunCode("CALL", Name("p", "a"))]),
        ("mysql", "LOCK TABLES t WRITE, s.u READ",
         [LockTable(T, "WRITE"), LockTable(Name("u", "s"), "READ")]),
        ("mysql", "UNLOCK TABLES", [ReadRows()]),
        ("mysql", "RENAME TABLE `t` TO `u`, s.a TO s.b",
         [RenameTable(T, "u"), RenameTable(Name("a", "s"), "b")]),
        ("mysql", "OPTIMIZE TABLE t", [Maintain("OPTIMIZE", T)]),
        ("sqlite", "VACUUM", [Maintain("VACUUM")]),
        ("mysql", "GRANT SELECT ON t TO a", [ChangePrivileges("GRANT")]),
        ("sqlite", "CREATE VIEW IF NOT EXISTS v AS SELECT 1",
         [CreateObject("VIEW", Name("v"), if_not_exists=True)]),
        ("mysql", "CREATE OR REPLACE VIEW v AS SELECT 1",
         [CreateObject("VIEW", Name("v"), replace=True)]),
        ("sqlite", "DROP TRIGGER IF EXISTS x", [DropObject("TRIGGER", Name("x"), if_exists=True)]),
        ("mysql", "DROP DATABASE a", [DropObject("DATABASE", Name("a"))]),
        ("mysql", "ALTER DATABASE a CHARACTER SET utf8",
         [AlterObject("DATABASE", Name("a"), "CHARACTER")]),
        ("sqlserver", "CREATE SCHEMA a", [CreateObject("SCHEMA", Name("a"))]),
        ("mysql", "FROBNICATE t", [Opaque("FROBNICATE")]),
        ("mysql", "CREATE FROB t", [Opaque("CREATE FROB")]),
    ],
)  # fmt: skip
def test_a_statement(provider: Provider, sql: str, expected: list[Change]) -> None:
    assert changes(sql, provider) == expected


def test_the_body_of_a_trigger_is_one_statement() -> None:
    sql = """CREATE TRIGGER `x` BEFORE INSERT ON `s`.`t` FOR EACH ROW BEGIN
  IF NEW.a THEN SET NEW.b = CASE WHEN NEW.a THEN 1 ELSE 2 END; END IF;
  UPDATE u SET c = 'END; BEGIN';
END;
DROP TABLE u;"""
    first, second = statements(sql, "mysql")
    assert first.changes == (CreateObject("TRIGGER", Name("x"), Name("t", "s")),)
    assert first.text.endswith("END")
    assert second.changes == (DropTable(U),)


def test_what_is_not_understood_hides_no_neighbour() -> None:
    found = changes("DROP TABLE t;\nFROB ((;\nDROP TABLE u;", "sqlite")
    assert found == [DropTable(T), Opaque("FROB"), DropTable(U)]


def test_sqlglot_warns_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        changes("ALTER TABLE t CONVERT TO CHARACTER SET utf8; ALTER TABLE t FROB x", "mysql")
    assert caplog.records == []


# -- SQL Server -----------------------------------------------------------------------------

REDEFINITION = """BEGIN TRY

BEGIN TRAN;

-- RedefineTables
BEGIN TRANSACTION;
DECLARE @SQL NVARCHAR(MAX) = N''
SELECT @SQL += N'ALTER TABLE ' + QUOTENAME(name) + ';' FROM SYS.OBJECTS
EXEC sp_executesql @SQL
;
CREATE TABLE [dbo].[_prisma_new_t] ([id] INT NOT NULL);
SET IDENTITY_INSERT [dbo].[_prisma_new_t] ON;
IF EXISTS(SELECT * FROM [dbo].[t])
    EXEC('INSERT INTO [dbo].[_prisma_new_t] ([id]) SELECT [id] FROM [dbo].[t]');
DROP TABLE [dbo].[t];
EXEC SP_RENAME N'dbo._prisma_new_t', N't';
COMMIT;

COMMIT TRAN;

END TRY
BEGIN CATCH

IF @@TRANCOUNT > 0
BEGIN
    ROLLBACK TRAN;
END;
THROW

END CATCH
"""


def test_a_script_of_prisma_for_sql_server() -> None:
    found = statements(REDEFINITION, "sqlserver")
    assert [(s.kind, [type(c).__name__ for c in s.changes]) for s in found] == [
        ("BEGIN", ["ControlTransaction"]),
        ("BEGIN", ["ControlTransaction"]),
        ("DECLARE", ["RunCode", "RunCode"]),
        ("CREATE TABLE", ["CreateTable"]),
        ("SET", ["SetParameter"]),
        ("IF", ["RunCode", "RunCode", "InsertRows"]),
        ("DROP TABLE", ["DropTable"]),
        ("EXECUTE", ["RenameTable"]),
        ("COMMIT", ["ControlTransaction"]),
        ("COMMIT", ["ControlTransaction"]),
    ]
    assert found[5].changes[2] == InsertRows(
        Name("_prisma_new_t", "dbo"), (Name("t", "dbo"),), ("id",)
    )
    assert found[7].changes == (RenameTable(Name("_prisma_new_t", "dbo"), "t"),)
    assert found[0].text == "BEGIN TRAN"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("N'dbo.t', N'u'", RenameTable(Name("t", "dbo"), "u")),
        ("'t', 'u'", RenameTable(T, "u")),
        ("'[dbo].[a.b]', 'u'", RenameTable(Name("a.b", "dbo"), "u")),
        ("'dbo.t.a', 'b', 'COLUMN'", RenameColumn(Name("t", "dbo"), "a", "b")),
        ("'t.a', 'b', 'column'", RenameColumn(T, "a", "b")),
        ("N'dbo.t.i', N'j', N'INDEX'", RenameIndex(Name("i", "dbo"), "j")),
        ("N'dbo.f', N'g', N'OBJECT'", RenameObject("OBJECT", Name("f", "dbo"), "g")),
        ("@objname = 't', @newname = 'u'", RenameTable(T, "u")),
        ("@a, @b", RunCode("EXECUTE", Name("sp_rename"))),
        ("'a', 'b', 'COLUMN'", RunCode("EXECUTE", Name("sp_rename"))),
    ],
)
def test_sp_rename(arguments: str, expected: Change) -> None:
    assert changes(f"EXEC sp_rename {arguments}", "sqlserver") == [expected]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("EXEC('DROP TABLE t; DROP TABLE u')", [RunCode("EXECUTE"), DropTable(T), DropTable(U)]),
        ("EXEC('DROP TABLE ' + @x)", [RunCode("EXECUTE")]),
        ("EXEC sp_executesql N'DROP TABLE t'",
         [RunCode("EXECUTE", Name("sp_executesql")), DropTable(T)]),
        ("EXEC sp_executesql @sql", [RunCode("EXECUTE", Name("sp_executesql"))]),
        ("IF OBJECT_ID('t') IS NOT NULL DROP TABLE t", [RunCode("IF"), DropTable(T)]),
        ("IF 1 = 1 BEGIN DROP TABLE t; DROP TABLE u; END",
         [RunCode("IF"), DropTable(T), DropTable(U)]),
        ("PRINT 'x'", [RunCode("PRINT")]),
    ],
)  # fmt: skip
def test_code_of_sql_server(sql: str, expected: list[Change]) -> None:
    assert changes(sql, "sqlserver") == expected


@pytest.mark.parametrize("provider", ["mysql", "sqlite", "sqlserver"])
def test_what_doubles_with_every_level_is_not_understood(provider: Provider) -> None:
    """ENUM may be a type or a column, and so may the one in it."""
    nested = f"CREATE TABLE t (a {'ENUM(' * 40}); DROP TABLE x"
    made, dropped = read(nested, provider).statements
    assert made.changes == (Opaque("CREATE TABLE"),)
    assert dropped.kind == "DROP TABLE"
