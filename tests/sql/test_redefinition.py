"""Prisma's table redefinitions on SQLite, judged as the changes of columns that they are."""

from __future__ import annotations

from tests.rules.test_cases import judge

BEFORE = """
CREATE TABLE "User" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" TEXT,
    "age" INTEGER
);
"""


def redefine(columns: str, copied: str) -> str:
    return f"""
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_User" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    {columns}
);
INSERT INTO "new_User" ({copied}) SELECT {copied} FROM "User";
DROP TABLE "User";
ALTER TABLE "new_User" RENAME TO "User";
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
"""


def test_nothing_is_lost() -> None:
    sql = redefine('"name" TEXT, "age" INTEGER, "bio" TEXT', '"id", "name", "age"')
    assert judge(BEFORE, sql, "sqlite") == ()


def test_a_column_is_dropped() -> None:
    (finding,) = judge(BEFORE, redefine('"name" TEXT', '"id", "name"'), "sqlite")
    assert finding.rule == "ban-drop-column"
    assert "User.age" in finding.message


def test_a_column_is_renamed() -> None:
    sql = redefine('"name" TEXT, "ageYears" INTEGER', '"id", "name"')
    (finding,) = judge(BEFORE, sql, "sqlite")
    assert finding.rule == "drop-add-looks-like-rename"


def test_a_column_is_not_copied() -> None:
    sql = redefine('"name" TEXT, "age" INTEGER', '"id", "name"')
    (finding,) = judge(BEFORE, sql, "sqlite")
    assert finding.rule == "drop-and-recreate-column"


def test_a_column_becomes_required() -> None:
    sql = redefine('"name" TEXT NOT NULL, "age" INTEGER', '"id", "name", "age"')
    (finding,) = judge(BEFORE, sql, "sqlite")
    assert finding.rule == "adding-not-nullable-field"


def test_without_a_copy_it_is_a_dropped_table() -> None:
    sql = 'DROP TABLE "User"; CREATE TABLE "Cat" ("id" INTEGER NOT NULL PRIMARY KEY);'
    (finding,) = judge(BEFORE, sql, "sqlite")
    assert finding.rule == "ban-drop-table"
