"""Findings for the other databases that Prisma writes migrations for."""

from __future__ import annotations

from tests.rules.test_cases import judge

MYSQL = "CREATE TABLE `User` (`id` INTEGER NOT NULL, `name` VARCHAR(191), `plan` ENUM('a','b'));"


def test_mysql_rename_is_quoted_as_mysql_does() -> None:
    sql = "ALTER TABLE `User` DROP COLUMN `name`, ADD COLUMN `fullName` VARCHAR(191) NULL;"
    (finding,) = judge(MYSQL, sql, "mysql")
    assert finding.rule == "drop-add-looks-like-rename"
    assert finding.fix == "ALTER TABLE `User` RENAME COLUMN `name` TO `fullName`;"


def test_mysql_narrowing() -> None:
    (finding,) = judge(MYSQL, "ALTER TABLE `User` MODIFY `name` VARCHAR(20) NULL;", "mysql")
    assert finding.rule == "no-data-loss-type-narrowing"
    assert finding.fix is None
    assert judge(MYSQL, "ALTER TABLE `User` MODIFY `name` VARCHAR(250) NULL;", "mysql") == ()
    (finding,) = judge(MYSQL, "ALTER TABLE `User` MODIFY `plan` ENUM('a') NULL;", "mysql")
    assert "'b'" in finding.message or "b no longer fits" in finding.message


def test_mysql_modify_to_required() -> None:
    (finding,) = judge(MYSQL, "ALTER TABLE `User` MODIFY `name` VARCHAR(191) NOT NULL;", "mysql")
    assert finding.rule == "adding-not-nullable-field"
    assert judge(MYSQL, "ALTER TABLE `User` MODIFY `id` INTEGER NOT NULL;", "mysql") == ()


def test_sqlserver() -> None:
    before = "CREATE TABLE [dbo].[User] ([id] INT NOT NULL, [age] INT);"
    sql = """BEGIN TRY
BEGIN TRAN;
ALTER TABLE [dbo].[User] DROP COLUMN [age];
COMMIT TRAN;
END TRY
BEGIN CATCH
IF @@TRANCOUNT > 0 BEGIN ROLLBACK TRAN; END;
THROW
END CATCH"""
    (finding,) = judge(before, sql, "sqlserver")
    assert (finding.rule, finding.line, finding.fix) == ("ban-drop-column", 3, None)


def test_sqlite_redefinition_that_fills_a_new_column() -> None:
    before = 'CREATE TABLE "User" ("id" TEXT NOT NULL PRIMARY KEY, "used" BOOLEAN NOT NULL);'
    sql = """CREATE TABLE "new_User" ("id" TEXT NOT NULL PRIMARY KEY, "left" INTEGER NOT NULL);
INSERT INTO "new_User" ("id", "left") SELECT "id", iif("used", 0, 1) FROM "User";
DROP TABLE "User";
ALTER TABLE "new_User" RENAME TO "User";"""
    dropped, added = judge(before, sql, "sqlite")
    assert (dropped.rule, dropped.severity) == ("ban-drop-column", "warning")
    assert "An INSERT into `new_User` read the values" in dropped.why
    assert (added.rule, added.severity) == ("adding-required-field", "warning")
    assert "left without a default" in added.message
