"""The rules on the history itself: files, order, lock file, replay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from checker.model import (
    Base,
    Deviation,
    Failure,
    Finding,
    History,
    Lineage,
    Migration,
    Outcome,
    PrismaVersion,
    Project,
    Replay,
    Script,
)
from checker.report.told import seen_words
from checker.trials.departures import find_departures
from checker.verdict.judge import Judge

PROJECT = Project("prisma/schema.prisma", "prisma/migrations", "postgresql", PrismaVersion(6, 19))
BASE = Base("main", "0123456789abcdef0123456789abcdef01234567")
FAILURE = Failure("2_b", 3, "42701", 'column "x" exists', statement="ALTER TABLE t ADD x int")


def migration(name: str, state: str = "unchanged", **more: str | None) -> Migration:
    values: dict[str, object] = {"sql": "SELECT 1;\n", **more}
    path = f"prisma/migrations/{name}/migration.sql"
    return Migration(name, path, state=state, **values)  # type: ignore[arg-type]


def findings(
    migrations: Sequence[Migration],
    removed: Sequence[Migration] = (),
    replay: Replay | None = None,
    lock: str | None = "postgresql",
    said: Sequence[Deviation] | None = None,
    scripts: Mapping[str, Script] | None = None,
    **more: Any,
) -> tuple[Finding, ...]:
    """The findings on a history; ``said`` is what the replay made of its departures."""
    history = History(tuple(migrations), tuple(removed), BASE, lock_provider=lock, **more)
    lineage = Lineage(tuple(find_departures(history, PROJECT) if said is None else said))
    return Judge(PROJECT, history, scripts or {}).findings(replay or Replay("skipped"), lineage)


def test_nothing_to_say() -> None:
    assert findings([migration("1_a"), migration("2_b", "new")]) == ()


def test_edited() -> None:
    (found,) = findings(
        [migration("1_a", "edited", base_sql="SELECT 1;\n-- x\n", sql="SELECT 1;\n")]
    )
    assert (found.rule, found.severity, found.line) == ("migration-edited-after-merge", "error", 2)
    assert found.fix == "git checkout 0123456789ab -- prisma/migrations/1_a/migration.sql"
    (found,) = findings([migration("1_a", "edited", base_sql="A;\nB;\n", sql="A;\nC;\n")])
    assert found.line == 2
    assert "asks to reset" in found.why
    assert found.evidence == "read"


EDITED = [migration("2_b", "edited", base_sql="A;\nB;\n", sql="A;\nC;\n")]


@pytest.mark.parametrize(
    ("outcome", "more", "severity", "words"),
    [
        ("equal", {}, "error", "other statements, with the same result"),
        ("different", {"differences": ("table `T` …",)}, "error", "fresh databases will differ"),
        ("broken", {"failure": FAILURE}, "error", "edited and fails in line 3: column"),
        ("repaired", {"failure": FAILURE}, "warning", "so fresh databases can be made again"),
        ("unknown", {"reason": "the server is gone"}, "error", "was edited"),
    ],
)
def test_an_edit_is_weighed_by_what_it_comes_to(
    outcome: Outcome, more: dict[str, Any], severity: str, words: str
) -> None:
    (found,) = findings(EDITED, said=[Deviation("edited", ("2_b",), outcome, **more)])
    assert found.severity == severity
    assert words in found.message
    assert "was modified after it was applied" in found.why
    assert found.evidence == ("read" if outcome == "unknown" else "proven")
    if outcome == "equal":
        assert EDITED[0].checksum
        assert EDITED[0].checksum in found.advice
    if outcome == "repaired":
        assert found.fix == "npx prisma migrate resolve --rolled-back 2_b"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("A;\r\nB;\n", "A;\nB;\n", "line ends only"),
        ("A;\nB;\n", "A;\n\n  B;\n", "whitespace only"),
        ("A;\nB;\n", "-- why\nA;\nB;\n", "comments or whitespace only"),
    ],
)
def test_what_an_edit_is_about_that_leaves_the_statements_alone(
    old: str, new: str, words: str
) -> None:
    (found,) = findings([migration("1_a", "edited", base_sql=old, sql=new)])
    assert f"was edited: {words}, its statements are the same" in found.message


def test_a_broken_edit_is_said_once() -> None:
    said = [Deviation("edited", ("2_b",), "broken", failure=FAILURE)]
    replay = Replay("failed", server="PostgreSQL", failure=FAILURE)
    (found,) = findings(EDITED, replay=replay, said=said)
    assert (found.rule, found.line) == ("migration-edited-after-merge", 3)
    assert found.statement == FAILURE.statement


def test_removed() -> None:
    (found,) = findings([], [migration("1_a", "removed")])
    assert (found.rule, found.severity) == ("migration-removed", "error")
    assert "migrate dev finds it missing" in found.why
    gone = [migration("1_a", "removed")]
    (found,) = findings(gone, said=[Deviation("removed", ("1_a",), "equal")])
    assert "DELETE FROM" in found.advice
    (found,) = findings(gone, said=[Deviation("removed", ("1_a",), "broken", failure=FAILURE)])
    assert "`2_b` fails in line 3" in found.message
    (found,) = findings(gone, said=[Deviation("removed", ("1_a",), "repaired", failure=FAILURE)])
    assert (found.severity, found.fix) == (
        "warning",
        "npx prisma migrate resolve --rolled-back 1_a",
    )


def test_many_removed_are_one_finding() -> None:
    gone = [migration(f"{n}_a", "removed") for n in range(8)]
    (found,) = findings([migration("9_z")], gone)
    assert "8 merged migrations were removed, among them `0_a`, `1_a`, `2_a` and 5 more" in (
        found.message
    )
    assert found.fix == "git checkout 0123456789ab -- prisma/migrations"


def test_replaced() -> None:
    gone = [migration(f"{n}_a", "removed") for n in range(8)]
    names = tuple(m.name for m in gone)
    said = Deviation("replaced", names, "equal", failure=FAILURE, where="deployed", others=("0_i",))
    (found,) = findings([migration("0_i", "new")], gone, said=[said])
    assert (found.rule, found.severity, found.migration) == ("migration-replaced", "error", "0_i")
    assert "8 merged migrations were replaced by `0_i`, with the same result" in found.message
    assert found.fix == "npx prisma migrate resolve --applied 0_i"
    assert "column" in found.why
    rows = Deviation("replaced", names[:1], "different", ("table `T` has 3 rows",), others=("0_i",))
    (found,) = findings([migration("0_i", "new")], gone[:1], said=[rows])
    assert "the same tables but other rows" in found.message
    assert seen_words(found.sightings) == "table `T` has 3 rows"
    assert """IN ('0_a')""" in found.advice


def test_renamed() -> None:
    (found,) = findings([migration("2_a", "renamed", previous="1_a", base_sql="SELECT 1;\n")])
    assert (found.rule, found.severity) == ("migration-renamed", "error")
    assert found.fix == "git mv prisma/migrations/2_a prisma/migrations/1_a"
    renamed = [migration("2_a", "renamed", previous="1_a", base_sql="SELECT 2;\n")]
    (found,) = findings(renamed)
    assert "and edited" in found.message
    assert found.fix == (
        "git rm -r prisma/migrations/2_a\ngit checkout 0123456789ab -- prisma/migrations/1_a"
    )
    said = Deviation("renamed", ("2_a",), "broken", failure=FAILURE, where="deployed")
    (found,) = findings(renamed, said=[said])
    assert "migrate deploy runs it again, and `2_b` fails in line 3" in found.message
    assert "resolve --applied 2_a" in found.advice
    (found,) = findings(renamed, said=[Deviation("renamed", ("2_a",), "repaired")])
    assert found.fix == "npx prisma migrate resolve --rolled-back 1_a"


def test_commands_quote_hostile_names() -> None:
    (found,) = findings([], [migration("1_$(id)", "removed")])
    assert found.fix
    assert "'prisma/migrations/1_$(id)/migration.sql'" in found.fix
    hostile = [migration("1_'; DROP", "edited", base_sql="A;", sql="A ;")]
    (found,) = findings(hostile, said=[Deviation("edited", ("1_'; DROP",), "equal")])
    assert "'1_''; DROP'" in found.advice


def test_out_of_order() -> None:
    found = findings([migration("1_a"), migration("2_b", "new"), migration("3_c")])
    assert [(f.rule, f.severity) for f in found] == [("migration-out-of-order", "notice")]
    assert "3_c" in found[0].message
    assert (found[0].fix or "").startswith("git mv prisma/migrations/2_b prisma/migrations/2")
    assert findings([migration("1_a", "new"), migration("2_b", "new")]) == ()


@pytest.mark.parametrize(
    ("outcome", "more", "severity", "words"),
    [
        ("equal", {}, "notice", "in both orders the databases end up the same"),
        ("different", {"differences": ("enum `E` …",)}, "error", "will differ from"),
        ("broken", {"failure": FAILURE, "where": "deployed"}, "error", "on a deployed one `2_b`"),
        ("broken", {"failure": FAILURE}, "error", "on a fresh database `2_b` fails in line 3"),
        ("repaired", {"failure": FAILURE}, "notice", "without it `2_b` fails"),
        ("unknown", {"reason": "no server"}, "notice", "already merged"),
    ],
)
def test_out_of_order_is_weighed(
    outcome: Outcome, more: dict[str, Any], severity: str, words: str
) -> None:
    said = Deviation("out_of_order", ("2_b",), outcome, others=("3_c",), **more)
    history = [migration("1_a"), migration("2_b", "new"), migration("3_c")]
    (found,) = findings(history, said=[said])
    assert found.severity == severity
    assert words in found.message
    if outcome in ("broken", "repaired"):
        assert FAILURE.message not in found.seen


def test_the_base_that_has_moved_on_counts() -> None:
    new = [migration("1_a"), migration("2_b", "new")]
    (found,) = findings(new, meanwhile=(migration("3_c"),))
    assert "sorts before `3_c`, which the base has gained in the meantime" in found.message
    said = Deviation("behind", ("2_b",), "broken", failure=FAILURE, others=("3_c",))
    (found,) = findings(new, said=[said], meanwhile=(migration("3_c"),))
    assert (found.rule, found.line, found.fix) == ("merge-breaks-history", 3, "git merge main")
    assert findings(new, said=[Deviation("behind", ("2_b",), "equal", others=("3_c",))]) == ()


def test_the_same_timestamp_is_named() -> None:
    early, late = "20240101000000_a", "20240101000000_b"
    (found,) = findings([migration(early, "new"), migration(late)])
    assert (found.rule, found.severity) == ("migration-out-of-order", "notice")
    assert f"has the same timestamp as `{late}`" in found.message
    (found,) = findings([migration(early), migration(late, "new")])
    assert (found.rule, found.severity) == ("migration-name", "notice")
    assert f"has the same time as `{early}`" in found.message


@pytest.mark.parametrize(
    ("name", "words"),
    [("20240230000000_a", "a time that does not exist"), ("20240201_a", "is not named as Prisma")],
)
def test_names_that_prisma_does_not_write(name: str, words: str) -> None:
    (found,) = findings([migration("20240101000000_a"), migration(name, "new")])
    assert (found.rule, found.severity) == ("migration-name", "notice")
    assert words in found.message


def test_a_rename_leaves_the_order_of_the_new_ones_as_it_is() -> None:
    old = migration("20240101000000_a")
    odd, far = migration("20240201_b", "new"), migration("99990101000000_c", "new")
    found = findings([old, odd, migration("20240301000000_c", "new")])
    assert [f.fix for f in found] == [None]
    assert "together with the new migrations beside it" in found[0].advice
    first, last = findings([old, far, migration("99990102000000_d", "new")])
    assert (first.fix, last.fix) == (None, None)
    (last,) = findings([old, migration("20240201000000_b", "new"), far])
    assert last.fix is not None


@pytest.mark.parametrize(
    ("name", "hangs"),
    [("20240201_a", False), ("20240230000000_a", False), ("20240101000000_B", True)],
)
def test_letters_are_blamed_only_where_versions_of_prisma_differ(name: str, hangs: bool) -> None:
    (found,) = findings([migration("20240101000000_a"), migration(name, "new")])
    assert (found.rule, found.severity) == ("migration-name", "notice")
    assert ("compares letters" in found.why) is hangs


def test_a_team_may_name_migrations_as_it_likes() -> None:
    assert findings([migration("0001_a"), migration("0002_b"), migration("0003_c", "new")]) == ()


def test_a_lone_file_is_no_directory_of_a_history() -> None:
    lone = Migration("m", "/tmp/m.sql", "SELECT 1;", "new")
    assert findings([lone], lock=None) == ()


@pytest.mark.parametrize("sql", ["", " \n", "-- This is an empty migration.", ";\n"])
def test_empty(sql: str) -> None:
    (found,) = findings([migration("1_a", "new", sql=sql)])
    assert (found.rule, found.severity, found.line) == ("migration-empty", "warning", 1)
    assert findings([migration("1_a", sql=sql)]) == ()


def test_empty_on_purpose() -> None:
    assert findings([migration("1_a", "new", sql="-- kept for the databases that have it")]) == ()


def test_outside_the_folder() -> None:
    strays = ("migrations/2_b/migration.sql", "prisma/migrations/3_c.sql")
    found = findings([migration("1_a")], strays=strays)
    assert [f.rule for f in found] == ["migration-outside-folder"] * 2
    assert found[0].fix == "git mv migrations/2_b prisma/migrations/2_b"
    assert found[1].fix == (
        "mkdir prisma/migrations/3_c\n"
        "git mv prisma/migrations/3_c.sql prisma/migrations/3_c/migration.sql"
    )


def test_the_lock_file_was_changed() -> None:
    (found,) = findings([migration("1_a")], base_lock_provider="sqlite")
    assert (found.rule, found.severity) == ("lock-file-changed", "error")
    assert "1 merged migration is written for sqlite" in found.message
    (found,) = findings([migration("1_a")], lock=None, base_lock_provider="postgresql")
    assert (found.severity, found.fix) == (
        "notice",
        "git checkout 0123456789ab -- prisma/migrations/migration_lock.toml",
    )
    (found,) = findings(
        [migration("2_b", "new")], [migration("1_a", "removed")], base_lock_provider="sqlite"
    )
    assert (found.rule, found.severity) == ("lock-file-changed", "warning")
    (found,) = findings([migration("1_a")], lock="mysql", base_lock_provider="postgresql")
    assert found.rule == "lock-provider-mismatch"


def test_unreadable() -> None:
    (found,) = findings([migration("1_a", sql=None, problem="missing")])
    assert (found.rule, found.severity) == ("migration-unreadable", "error")
    assert "P3015" in found.why
    (found,) = findings([migration("1_a", "new", sql=None, problem="not_utf8")])
    assert "is not UTF-8" in found.message


def test_lock_provider() -> None:
    (found,) = findings([migration("1_a")], lock="mysql")
    assert (found.rule, found.path) == (
        "lock-provider-mismatch",
        "prisma/migrations/migration_lock.toml",
    )
    assert found.fix == 'provider = "postgresql"'
    (found,) = findings([migration("1_a")], lock="")
    assert "no provider that Prisma can read" in found.message
    assert findings([migration("1_a")], lock=None) == ()


def test_a_name_after_the_one_that_prisma_makes_next() -> None:
    for name in ("99990101000000_far", "init"):
        (found,) = findings([migration("20260101000000_a"), migration(name, "new")])
        assert (found.rule, found.severity) == ("migration-name", "warning")
        assert found.fix
        assert found.fix.endswith(f"_{name.removeprefix('99990101000000_')}")


def test_a_name_that_needs_no_time() -> None:
    assert findings([migration("01_init", "new"), migration("20260101000000_a", "new")]) == ()
    assert findings([migration("99990101000000_far")]) == ()
