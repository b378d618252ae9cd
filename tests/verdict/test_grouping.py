"""What says the same of several parts of a table reaches people as one finding."""

from __future__ import annotations

import pytest

from checker.model import Deviation, Finding, Sighting
from checker.model.words import message_of
from checker.rules._subjects import ITS, WAS, about
from checker.verdict.grouping import join
from tests.rules.test_cases import judge
from tests.verdict.test_settings import run

BEFORE = """
    CREATE TABLE "User" ("id" INTEGER NOT NULL, "a" TEXT NOT NULL, "b" TEXT, "c" TEXT,
      CONSTRAINT "User_pkey" PRIMARY KEY ("id"));
    CREATE UNIQUE INDEX "User_b_key" ON "User"("b");
    CREATE TABLE "Post" ("id" INTEGER NOT NULL, "u" INTEGER, "v" INTEGER);
"""
TWO = 'CREATE INDEX "x" ON "User"("a");\nCREATE INDEX "y" ON "User"("c");\n'


def joined(sql: str, before: str = BEFORE) -> list[Finding]:
    return list(join(judge(before, sql)))


def test_indexes_of_one_table_are_one_finding() -> None:
    (finding,) = joined(TWO + 'CREATE INDEX "z" ON "User"("b");')
    assert finding.message == (
        "Writes to `User` wait until `x`, `y` (line 2) and `z` (line 3) are built"
    )
    assert finding.line == 1
    assert finding.fix
    assert finding.fix.count("in a migration of its own, alone in the file") == 3
    assert finding.fix.count("CREATE INDEX CONCURRENTLY") == 3


def test_another_table_is_another_finding() -> None:
    found = joined(TWO + 'CREATE INDEX "z" ON "Post"("u");')
    assert [f.line for f in found] == [1, 3]
    assert "`z` is built" in found[1].message


def test_columns_of_one_statement_are_one_finding() -> None:
    (finding,) = joined('ALTER TABLE "User" DROP COLUMN "a", DROP COLUMN "b", DROP COLUMN "c";')
    assert finding.message == (
        "Columns `User.a`, `User.b` (with `User_b_key`) and `User.c` are dropped with all their "
        "values"
    )
    assert finding.why == "No later migration brings the values back."
    assert finding.fix == (
        'ALTER TABLE "User" ALTER COLUMN "a" DROP NOT NULL;\n\n'
        "-- in a migration of the next release, when no running code selects it:\n"
        'ALTER TABLE "User" DROP COLUMN "a";\n'
        'ALTER TABLE "User" DROP COLUMN "b";\n'
        'ALTER TABLE "User" DROP COLUMN "c";'
    )


def test_the_steps_of_the_fixes_stand_together() -> None:
    before = 'CREATE UNIQUE INDEX "p" ON "Post"("id");'
    (finding,) = joined(
        'ALTER TABLE "Post" ADD CONSTRAINT "one" FOREIGN KEY ("u") REFERENCES "User"("id");\n'
        'ALTER TABLE "Post" ADD CONSTRAINT "two" FOREIGN KEY ("v") REFERENCES "Post"("id");',
        BEFORE + before,
    )
    assert finding.message == (
        "Foreign keys `one` (to `User`) and `two` (to `Post`) (line 2) are checked for every row "
        "of `Post`"
    )
    assert finding.fix
    now, later = finding.fix.split("\n\n")
    assert now.count("NOT VALID;") == 2
    assert later.startswith("-- in a migration of its own:\n")
    assert later.count("VALIDATE CONSTRAINT") == 2


def test_severity_keeps_apart() -> None:
    found = joined(
        'ALTER TABLE "User" ADD COLUMN "d" TEXT; UPDATE "User" SET "d" = "c" WHERE "c" <> \'\';'
        'ALTER TABLE "User" DROP COLUMN "b"; ALTER TABLE "User" DROP COLUMN "c";'
    )
    drops = [f for f in found if f.rule == "ban-drop-column"]
    assert {f.severity for f in drops} == {"error", "warning"}


def test_without_a_subject_nothing_is_joined() -> None:
    same = Finding("r", "error", "It fails", migration="m", table="t")
    assert join([same, same]) == (same, same)


def test_a_comment_ignores_one_of_them() -> None:
    ignore = "-- migration-checker: ignore require-concurrent-index-creation: a small table\n"
    two = 'CREATE INDEX "x" ON "A"("a");\n' + ignore + 'CREATE INDEX "y" ON "A"("a");\n'
    settled = run(two + 'CREATE INDEX "z" ON "A"("a");')
    (finding,) = settled.findings
    assert "`x` and `z` (line 4) are built" in finding.message
    assert len(settled.ignored) == 1


def edited(name: str, what: str = "comments or blanks only", reason: str = "") -> Finding:
    after = (" ", WAS, f" edited: {what}, ", ITS, " statements are the same")
    wording = about("Merged migration", f"`{name}`", *after, across=True)
    deviation = Deviation("edited", (name,), "same_statements", reason=reason)
    return Finding(
        "migration-edited-after-merge",
        "error",
        message_of(wording),
        migration=name,
        path=f"migrations/{name}/migration.sql",
        line=len(name),
        fix=f"git checkout base -- migrations/{name}/migration.sql",
        wording=wording,
        sightings=(Sighting(deviation=deviation),),
    )


def test_edits_of_one_kind_are_one_finding() -> None:
    (finding,) = join([edited("1_a"), edited("2_bb")])
    assert finding.message == (
        "Merged migrations `1_a` and `2_bb` were edited: comments or blanks only, their statements "
        "are the same"
    )
    assert finding.fix
    assert finding.fix.count("git checkout") == 2
    (finding,) = join([edited(f"{n}_a") for n in range(13)])
    assert "Merged migrations `0_a`, `1_a`, `2_a` and 10 more were edited" in finding.message
    assert finding.fix
    assert finding.fix.count("git checkout") == 13


def test_names_are_never_read_as_words() -> None:
    before = 'CREATE TABLE "its" ("is" INTEGER NOT NULL, "was" INTEGER NOT NULL);'
    (finding,) = joined(
        'ALTER TABLE "its" DROP COLUMN "is"; ALTER TABLE "its" DROP COLUMN "was";', before
    )
    assert finding.message == ("Columns `its.is` and `its.was` are dropped with all their values")
    assert finding.columns == ("is", "was")


def test_edits_of_different_kinds_stand_apart() -> None:
    assert len(join([edited("1_a"), edited("2_b", "line ends only")])) == 2
    assert len(join([edited("1_a", reason="x"), edited("2_b", reason="y")])) == 2


RESTRICTED = """
    CREATE TABLE "User" ("id" INTEGER, "a" TEXT, "b" TEXT, "c" TEXT);
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
"""


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ('CREATE UNIQUE INDEX "x" ON "User"("a")', "Unique index `x` of `User` holds for"),
        (
            'CREATE UNIQUE INDEX "x" ON "User"("a"); CREATE UNIQUE INDEX "y" ON "User"("b")',
            "Unique indexes `x` and `y` of `User` hold for",
        ),
        (
            'CREATE UNIQUE INDEX "x" ON "User"("a");'
            'ALTER TABLE "User" ADD CONSTRAINT "y" UNIQUE ("b")',
            "Unique index `x` and constraint `y` of `User` hold for",
        ),
        ('CREATE UNIQUE INDEX ON "User"("a")', "Unique index without a name of `User` holds for"),
        (
            'CREATE POLICY "p" ON "User"; CREATE POLICY "q" ON "User"',
            "Policies `p` and `q` of `User` hold for",
        ),
        (
            'ALTER TABLE "User" ALTER "a" SET NOT NULL, ALTER "b" SET NOT NULL',
            "NOT NULL constraints on `a` and `b` of `User` hold for",
        ),
        (
            'ALTER TABLE "User" ADD CONSTRAINT "x" CHECK ("a" <> \'\'),'
            ' ADD CONSTRAINT "y" CHECK ("b" <> \'\')',
            "Constraints `x` and `y` of `User` hold for",
        ),
    ],
)
def test_nouns_have_their_own_plurals(sql: str, words: str) -> None:
    name = "new-write-restriction"
    findings = join(judge(RESTRICTED, sql, asked={name}))
    (finding,) = (f for f in findings if f.rule == name)
    assert finding.message.startswith(words)
