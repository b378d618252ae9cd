"""What is found becomes causes, each told once. What needs a database is in test_remedy."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from checker.live.advice import Cause
from checker.live.causes.unreachable import unreachable
from checker.live.commands import PrismaCommands
from checker.live.diagnose import diagnose
from checker.live.drift import gap
from checker.live.facts import (
    Diagnosis,
    Facts,
    Ledger,
    LedgerRow,
    LiveDatabase,
    LiveDrift,
    LiveGap,
    LockHolder,
    Standing,
    Trouble,
    TroubleKind,
)
from checker.model import Difference, History, Migration, PrismaVersion
from checker.prisma.database.model import ColumnType, DatabaseColumn, DatabaseSchema, DatabaseTable
from checker.report.status import make_status, render_status_markdown, render_status_text

AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ROW = LedgerRow("r", "1_a", "c" * 64, AT, AT, steps=1)
FACTS = Facts(
    "prisma/schema.prisma",
    "prisma/migrations",
    PrismaVersion(7, 10),
    LiveDatabase("shop", "public", "PostgreSQL 17.10", "app"),
    Ledger("public", "read", (ROW,)),
    Diagnosis(has_ledger=True),
    (Standing("1_a", "applied", row=ROW),),
    tables=("A",),
)
HISTORY = History((Migration("1_a", "prisma/migrations/1_a/migration.sql", "SELECT 1;\n"),))
GAP = LiveGap((Difference("both", "Column `A.x` is another"),), "FORTH;\n", "BACK;\n")


def ids(facts: Facts, history: History = HISTORY) -> list[str]:
    return [cause.id for cause in diagnose(facts, history, AT)]


def one(facts: Facts, history: History = HISTORY) -> Cause:
    (cause,) = diagnose(facts, history, AT)
    return cause


def test_nothing_is_said_where_all_is_well() -> None:
    assert ids(FACTS) == []


def test_a_replica_is_named() -> None:
    assert ids(replace(FACTS, database=replace(FACTS.database, standby=True))) == ["replica"]


def test_the_lock_s_holder_is_named_and_can_be_ended() -> None:
    cause = one(replace(FACTS, lock=LockHolder(4711, "prisma")))
    assert "4711" in cause.what
    assert "P1002" in cause.symptom
    assert [r.id for r in cause.remedies] == ["wait", "end-session"]
    assert "pg_terminate_backend(4711)" in cause.remedies[1].commands[0]
    assert cause.remedies[1].data == "at_risk"


def test_drift_is_not_told_beside_what_explains_it() -> None:
    edited = replace(FACTS.standings[0], edited=True)
    facts = replace(FACTS, standings=(edited,), drift=LiveDrift(by_hand=GAP))
    assert ids(facts) == ["edited"]


def test_db_push_is_told_by_the_schema_that_agrees() -> None:
    pushed = LiveDrift(by_hand=GAP, schema=LiveGap(), unmigrated=GAP)
    assert ids(replace(FACTS, drift=pushed)) == ["db-push"]
    changed = LiveDrift(by_hand=GAP, schema=GAP, unmigrated=LiveGap())
    assert ids(replace(FACTS, drift=changed)) == ["changed-by-hand"]


def test_what_was_marked_as_applied_and_never_ran_is_suspected() -> None:
    marked = replace(FACTS.standings[0], resolved=True)
    facts = replace(FACTS, standings=(marked,), drift=LiveDrift(by_hand=GAP, schema=GAP))
    assert "`1_a` was marked as applied and never ran" in one(facts).why


def test_an_edit_is_kept_as_a_migration_where_it_makes_other_tables() -> None:
    edited = (replace(FACTS.standings[0], edited=True),)
    other = one(replace(FACTS, standings=edited, drift=LiveDrift(by_hand=GAP)))
    assert [r.id for r in other.remedies] == ["restore", "new-migration", "reset"]
    assert other.remedies[1].files[0].text == "BACK;\n"
    same = one(replace(FACTS, standings=edited, drift=LiveDrift(by_hand=LiveGap())))
    assert [r.id for r in same.remedies] == ["restore", "edit-ledger", "reset"]
    assert str(HISTORY.migrations[0].checksum) in same.remedies[1].commands[0]
    unknown = one(replace(FACTS, standings=edited))
    assert [r.id for r in unknown.remedies] == ["restore", "reset"]


def test_a_way_that_drops_what_holds_values_is_known_to_put_them_at_risk() -> None:
    key = DatabaseColumn("id", ColumnType("Integer"), "required")
    more = DatabaseColumn("note", ColumnType("Text"), "nullable")
    bare, full = (
        DatabaseSchema((DatabaseTable("A", columns),)) for columns in ((key,), (key, more))
    )
    adds, drops = gap(bare, full), gap(full, bare)
    assert (adds.forth_at_risk, adds.back_at_risk) == (False, True)
    assert (drops.forth_at_risk, drops.back_at_risk) == (True, False)


def test_a_script_that_warns_puts_data_at_risk_and_comes_later() -> None:
    warned = replace(GAP, back_at_risk=True)
    pushed = LiveDrift(by_hand=warned, schema=LiveGap())
    assert [(r.id, r.data) for r in one(replace(FACTS, drift=pushed)).remedies] == [
        ("new-migration", "safe"),
        ("undo", "at_risk"),
        ("reset", "lost"),
    ]


def test_a_new_migration_sorts_after_all_that_are_there() -> None:
    late = replace(HISTORY.migrations[0], name="20991231235959_late")
    drift = LiveDrift(by_hand=GAP, schema=LiveGap())
    cause = one(replace(FACTS, drift=drift), replace(HISTORY, migrations=(late,)))
    assert cause.remedies[0].files[0].path.split("/")[2] == "21000101000000_take_over"


def test_the_options_of_a_project_elsewhere_are_given() -> None:
    facts = replace(
        FACTS,
        schema_path="apps/db/schema.prisma",
        migrations_path="apps/db/migrations",
        standings=(*FACTS.standings, Standing("2_b", "pending")),
    )
    (cause,) = diagnose(facts, HISTORY, AT, "apps/db/prisma.config.ts")
    assert cause.remedies[0].commands == (
        "npx prisma migrate deploy --schema apps/db/schema.prisma "
        "--config apps/db/prisma.config.ts",
    )


def test_up_to_7_8_a_row_that_is_rolled_back_still_counts() -> None:
    facts = replace(
        FACTS,
        standings=(replace(FACTS.standings[0], rolled_back=1),),
        diagnosis=Diagnosis(has_ledger=True, edited=("1_a",)),
    )
    assert ids(replace(facts, prisma=PrismaVersion(7, 8))) == ["rolled-back-row"]
    assert ids(replace(facts, prisma=PrismaVersion(7, 9))) == []


def test_a_failure_without_a_log_has_another_reason() -> None:
    begun = Standing("1_a", "failed", row=replace(ROW, finished_at=None))
    assert "left a transaction open" in one(replace(FACTS, standings=(begun,))).why
    assert begun.row is not None
    logged = replace(begun, row=replace(begun.row, logs="ERROR: no\n  0: trace"))
    why = one(replace(FACTS, standings=(logged,))).why
    assert why == "Its script ended with an error: ERROR: no"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("refused", "P1001"),
        ("timeout", "P1002"),
        ("authentication", "P1000"),
        ("no_database", "P1003"),
        ("no_rights", "P1010"),
        ("tls_required", "P1011"),
        ("closed", "P1017"),
    ],
)
def test_trouble_with_the_connection_has_prisma_s_code(kind: TroubleKind, code: str) -> None:
    prisma = PrismaCommands(FACTS.prisma, FACTS.schema_path, FACTS.migrations_path)
    cause = unreachable(Trouble(kind, "It cannot be used: do this"), prisma)
    assert code in cause.symptom
    assert cause.what == "It cannot be used: do this"
    assert (cause.remedies[-1].id == "deploy") == (kind == "no_database")


def test_the_report_has_the_commands_and_marks_what_is_lost() -> None:
    facts = replace(FACTS, drift=LiveDrift(by_hand=GAP, schema=LiveGap()))
    report = make_status(facts, diagnose(facts, HISTORY, AT))
    for text in (render_status_text(report), render_status_markdown(report)):
        assert "npx prisma migrate resolve --applied 20260601120000_take_over" in text
        assert "FORTH;" in text
        assert "LAST RESORT" in text
        assert text.index("_take_over") < text.index("npx prisma migrate reset")


def test_hostile_names_stay_harmless() -> None:
    name = "x'; rm -rf / #\x1b[31m\n```"
    standing = Standing(name, "missing", in_directory=False, row=replace(ROW, name=name))
    facts = replace(FACTS, standings=(*FACTS.standings, standing))
    causes = diagnose(facts, HISTORY, AT)
    assert [c.id for c in causes] == ["missing"]
    report = make_status(facts, causes)
    assert "\x1b" not in render_status_text(report) + render_status_markdown(report)
