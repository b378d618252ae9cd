"""Findings against observations: what convicts, what clears, and what clears nothing."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from checker.model import (
    Command,
    DataFailure,
    Deviation,
    Fill,
    Finding,
    History,
    Lineage,
    Loss,
    Migration,
    Observation,
    Place,
    PrismaVersion,
    Project,
    Replay,
    Sighting,
    Spared,
    TableLock,
    Witness,
    Work,
)
from checker.sql import read
from checker.sql.catalog.catalog import fold_merged
from checker.verdict.evidence import Weighed, pass_over, weigh
from checker.verdict.judge import Judge
from checker.verdict.settings import Judged

BEFORE = (
    "CREATE TYPE \"Role\" AS ENUM ('a', 'b');"
    'CREATE TABLE "User" ("id" INTEGER PRIMARY KEY, "email" TEXT, "age" INTEGER, "role" "Role");'
)
PROJECT = Project("prisma/schema.prisma", "prisma/migrations", "postgresql", PrismaVersion(6, 19))
EXCLUSIVE = TableLock("User", "ACCESS EXCLUSIVE")
FAILURE = DataFailure("23502", "null", "a row whose `email` is NULL")


def weighed(sql: str, *seen: Observation, fills: tuple[Fill, ...] = (Fill("User", 60),)) -> Weighed:
    """The outcome, where the statements were seen to do so in their order."""
    texts = {"1_before": BEFORE, "2_change": sql}
    old, new = (
        Migration(name, f"prisma/migrations/{name}/migration.sql", text, state)  # type: ignore[arg-type]
        for (name, text), state in zip(texts.items(), ("unchanged", "new"), strict=True)
    )
    scripts = {name: read(text, "postgresql") for name, text in texts.items()}
    statements = scripts["2_change"].statements
    observations = tuple(
        replace(each, migration="2_change", start=s.start, line=s.line, kind=s.kind)
        for s, each in zip(statements, seen, strict=True)
    )
    history = History((old, new))
    judge = Judge(PROJECT, history, scripts)
    found = judge.findings(Replay("passed"))
    judged = Judged(
        PROJECT,
        history,
        scripts,
        found,
    )
    return weigh(judged, Witness("observed", observations, fills), fold_merged(history, scripts))


def ran(**what: object) -> Observation:
    """A statement that succeeded on rows and was measured."""
    known: dict[str, object] = {
        "locks": (EXCLUSIVE,), "on_rows": True, "measured": True,
        "commands": (Command("ALTER TABLE", "table", 'public."User"'),),
    }  # fmt: skip
    return Observation("", 0, 0, 0, "", **{**known, **what})  # type: ignore[arg-type]


REQUIRED = 'ALTER TABLE "User" ALTER COLUMN "email" SET NOT NULL;'


def test_what_fails_on_rows_is_proven() -> None:
    (finding,) = weighed(REQUIRED, ran(failure=FAILURE)).findings
    assert (finding.rule, finding.evidence) == ("adding-not-nullable-field", "proven")
    assert finding.sightings == (Sighting(failure=FAILURE),)


def test_what_neither_fails_nor_grows_is_cleared() -> None:
    found = weighed(REQUIRED, ran())
    assert found.findings == ()
    assert [c.rule for c in found.cleared] == ["adding-not-nullable-field"]


DROPPED = 'ALTER TABLE "User" DROP COLUMN "email", DROP COLUMN "age";'


def test_each_finding_is_about_its_own_columns() -> None:
    lost, spared = Loss("User", "column", 3, 9, "email"), Spared("User", "all NULL", "age")
    found = weighed(DROPPED, ran(losses=(lost,), spared=(spared,)))
    (finding,), (cleared,) = found.findings, found.cleared
    assert (finding.columns, finding.sightings) == (("email",), (Sighting(loss=lost),))
    assert finding.place == cleared.place
    assert cleared.sightings == (Sighting(spared=spared),)


def test_one_of_two_like_statements_on_a_line_is_not_the_other() -> None:
    sql = 'TRUNCATE "User"; TRUNCATE "User";'
    lost = Loss("User", "rows", 9, 9)
    found = weighed(sql, ran(losses=(lost,)), ran())
    (finding,), (cleared,) = found.findings, found.cleared
    assert finding.place == Place("2_change", 0)
    assert cleared.place == Place("2_change", 17)


def test_of_several_locks_the_strongest_counts() -> None:
    held = TableLock("User", "ROW EXCLUSIVE", held=True)
    found = weighed(REQUIRED, ran(locks=(EXCLUSIVE, held), work=(Work("User", "scan"),)))
    assert [f.evidence for f in found.findings] == ["observed"]


def test_without_rows_nothing_is_cleared() -> None:
    for fills in ((), (Fill("User", 0),), (Fill("User", problem="why not"),)):
        assert [f.evidence for f in weighed(REQUIRED, ran(), fills=fills).findings] == ["read"]
    assert weighed(REQUIRED, ran(on_rows=False)).cleared == ()
    assert weighed(REQUIRED, ran(locks=())).findings == weighed(REQUIRED, ran()).findings


def test_a_query_that_finds_no_row_clears_no_work() -> None:
    sql = (
        'ALTER TABLE "User" ADD COLUMN "seen" TEXT;\n'
        'UPDATE "User" SET "seen" = "email" WHERE "email" IS NOT NULL;'
    )
    found = weighed(sql, ran(), ran(commands=()))
    assert [f.evidence for f in found.findings] == ["read"]
    assert found.cleared == ()


def test_running_code_is_beyond_the_replay() -> None:
    sql = (
        'ALTER TABLE "User" ADD COLUMN "name" TEXT NOT NULL DEFAULT \'\';\n'
        'ALTER TABLE "User" ALTER COLUMN "name" DROP DEFAULT;'
    )
    found = weighed(sql, ran(), ran())
    assert [(f.rule, f.evidence) for f in found.findings] == [("adding-required-field", "read")]


ENUM = (
    "CREATE TYPE \"Role_new\" AS ENUM ('a');\n"
    'ALTER TABLE "User" ALTER COLUMN "role" TYPE "Role_new" USING ("role"::text::"Role_new");\n'
    'ALTER TYPE "Role" RENAME TO "Role_old";\nALTER TYPE "Role_new" RENAME TO "Role";\n'
    'DROP TYPE "Role_old";'
)


def test_a_change_of_several_statements_is_seen_in_all_of_them() -> None:
    other = ran(locks=())
    proven = weighed(ENUM, other, ran(failure=FAILURE), other, other, other)
    assert [(f.rule, f.evidence) for f in proven.findings] == [("enum-value-removal", "proven")]
    assert weighed(ENUM, ran(), ran(on_rows=False), ran(), ran(), ran()).cleared == ()


def test_a_renamed_table_is_still_the_one_that_is_updated() -> None:
    sql = (
        'ALTER TABLE "User" RENAME TO "Person";\n'
        'UPDATE "Person" SET "age" = "age" + 1 WHERE "id" > 0;'
    )
    lost = Loss("User", "values", 3, 9, "age")
    rules = {f.rule for f in weighed(sql, ran(), ran(losses=(lost,))).findings}
    assert "observed-loss" not in rules
    other = Loss("Else", "values", 3, 9, "age")
    rules = {f.rule for f in weighed(sql, ran(), ran(losses=(other,))).findings}
    assert "observed-loss" in rules


def test_what_a_block_refuses_itself_is_meant() -> None:
    block = "DO $$ BEGIN PERFORM 1; END $$;"
    assert weighed(block, ran(failure=replace(FAILURE, sqlstate="P0001"))).findings == ()
    (finding,) = weighed(block, ran(failure=FAILURE)).findings
    assert finding.rule == "observed-failure"


def test_a_scan_under_a_lock_that_was_there_is_not_another_finding() -> None:
    block = "DO $$ BEGIN PERFORM 1; END $$;"
    held = TableLock("User", "ACCESS EXCLUSIVE", held=True)
    assert weighed(block, ran(locks=(held,), work=(Work("User", "scan"),))).findings == ()
    (finding,) = weighed(block, ran(locks=(held,), work=(Work("User", "rewrite"),))).findings
    assert finding.rule == "observed-work"


REFERRING = (
    'CREATE TABLE "Post" ("id" INTEGER PRIMARY KEY, '
    '"by" INTEGER REFERENCES "User" ("id") ON DELETE CASCADE); '
    'CREATE TABLE "Note" ("id" INTEGER PRIMARY KEY, '
    '"on" INTEGER REFERENCES "Post" ("id") ON DELETE CASCADE, '
    '"of" INTEGER REFERENCES "User" ("id") ON DELETE SET NULL); '
    'CREATE TABLE "Own" ("id" INTEGER PRIMARY KEY, "by" INTEGER REFERENCES "User" ("id")); '
)


@pytest.mark.parametrize(
    ("loss", "why"),
    [
        (
            Loss("Post", "rows", 1, 60),
            "ON DELETE CASCADE takes them along with rows of `User`, which the statement deletes.",
        ),
        (
            Loss("Note", "rows", 1, 60),
            "ON DELETE CASCADE takes them along with rows of `Post`, these with rows of `User`, "
            "which the statement deletes.",
        ),
        (
            Loss("Note", "values", 1, 60, "of"),
            "ON DELETE SET NULL changes them with rows of `User`, which the statement deletes.",
        ),
        (
            Loss("Own", "rows", 1, 60),
            "The statement does not name them; the replay saw them go.",
        ),
    ],
)
def test_what_goes_by_foreign_keys_is_said_to(loss: Loss, why: str) -> None:
    sql = REFERRING + 'DELETE FROM "User" WHERE "id" = 1;'
    found = weighed(sql, ran(), ran(), ran(), ran(losses=(loss,))).findings
    assert [f.why for f in found if f.rule == "observed-loss"] == [why]


def test_what_deployed_databases_do_not_run_meets_no_rows_there() -> None:
    sql = f"{REQUIRED} DELETE FROM \"User\"; SET search_path = 'x';"
    found = weighed(sql, ran(failure=FAILURE), ran(losses=(Loss("Own", "rows", 1, 2),)), ran())
    of_history = Finding("migration-replaced", "error", "replaced", "2_change")
    found = Weighed((*found.findings, of_history), found.cleared)
    rules = [finding.rule for finding in found.findings]
    assert {"adding-not-nullable-field", "delete-without-where", "search-path-leak"} < set(rules)

    replaced = Deviation("replaced", ("0_old",), "equal", others=("2_change",))
    left = pass_over(found, Lineage((replaced,)))
    assert [finding.rule for finding in left.findings] == ["search-path-leak", "migration-replaced"]
    cleared = [each.rule for each in left.cleared]
    assert sorted([*cleared, "search-path-leak", "migration-replaced"]) == sorted(
        [*rules, *(each.rule for each in found.cleared)]
    )
    for others in (replace(replaced, others=("1_before",)), replace(replaced, kind="removed")):
        assert pass_over(found, Lineage((others,))) == found
