"""The rules on the history itself: files, order, lock file, replay."""

from __future__ import annotations

from collections.abc import Sequence

from checker.judge import Judge
from checker.model import (
    Base,
    Failure,
    Finding,
    History,
    Migration,
    PrismaVersion,
    Project,
    Replay,
)

PROJECT = Project("prisma/schema.prisma", "prisma/migrations", "postgresql", PrismaVersion(6, 19))
BASE = Base("main", "0123456789abcdef0123456789abcdef01234567")


def migration(name: str, state: str = "unchanged", **more: str | None) -> Migration:
    values: dict[str, object] = {"sql": "SELECT 1;\n", **more}
    path = f"prisma/migrations/{name}/migration.sql"
    return Migration(name, path, state=state, **values)  # type: ignore[arg-type]


def findings(
    migrations: Sequence[Migration],
    removed: Sequence[Migration] = (),
    replay: Replay | None = None,
    lock: str | None = "postgresql",
) -> tuple[Finding, ...]:
    history = History(tuple(migrations), tuple(removed), BASE, lock_provider=lock)
    return Judge(PROJECT, history, {}).findings(replay or Replay("skipped"))


def test_nothing_to_say() -> None:
    assert findings([migration("1_a"), migration("2_b", "new")]) == ()


def test_edited() -> None:
    (found,) = findings(
        [migration("1_a", "edited", base_sql="SELECT 1;\n-- x\n", sql="SELECT 1;\n")]
    )
    assert (found.rule, found.severity, found.line) == ("migration-edited-after-merge", "error", 1)
    assert found.fix == "git checkout 0123456789ab -- prisma/migrations/1_a/migration.sql"
    (found,) = findings([migration("1_a", "edited", base_sql="A;\nB;\n", sql="A;\nC;\n")])
    assert found.line == 2
    assert "asks to reset" in found.why


def test_removed() -> None:
    (found,) = findings([], [migration("1_a", "removed")])
    assert (found.rule, found.severity) == ("migration-removed", "error")
    assert "migrate dev finds it missing" in found.why


def test_renamed() -> None:
    (found,) = findings([migration("2_a", "renamed", previous="1_a", base_sql="SELECT 1;\n")])
    assert (found.rule, found.severity) == ("migration-renamed", "error")
    assert found.fix == "git mv prisma/migrations/2_a prisma/migrations/1_a"
    (found,) = findings([migration("2_a", "renamed", previous="1_a", base_sql="SELECT 2;\n")])
    assert "and edited" in found.message
    assert found.fix == (
        "git rm -r prisma/migrations/2_a\ngit checkout 0123456789ab -- prisma/migrations/1_a"
    )


def test_commands_quote_hostile_names() -> None:
    (found,) = findings([], [migration("1_$(id)", "removed")])
    assert found.fix
    assert "'prisma/migrations/1_$(id)/migration.sql'" in found.fix


def test_out_of_order() -> None:
    found = findings([migration("1_a"), migration("2_b", "new"), migration("3_c")])
    assert [(f.rule, f.severity) for f in found] == [("migration-out-of-order", "notice")]
    assert "3_c" in found[0].message
    assert findings([migration("1_a", "new"), migration("2_b", "new")]) == ()


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


def test_replay_failure() -> None:
    failure = Failure("2_b", 3, "42701", 'column "x" exists', "A detail", committed=True)
    (found,) = findings(
        [migration("1_a"), migration("2_b", "new")], replay=Replay("failed", failure=failure)
    )
    assert (found.rule, found.line, found.evidence) == ("history-does-not-replay", 3, "observed")
    assert "42701" in found.message
    assert "half applied" in found.why
    merged = findings([migration("2_b")], replay=Replay("failed", failure=failure))
    assert "at the base too" in merged[0].why


def test_a_failure_that_has_a_finding_of_its_own_is_not_said_twice() -> None:
    failure = Failure("1_a", None, None, "no migration.sql", prisma_code="P3015")
    found = findings(
        [migration("1_a", sql=None, problem="missing")], replay=Replay("failed", failure=failure)
    )
    assert [f.rule for f in found] == ["migration-unreadable"]


def test_a_name_after_the_one_that_prisma_makes_next() -> None:
    for name in ("99990101000000_far", "init"):
        (found,) = findings([migration("20260101000000_a"), migration(name, "new")])
        assert (found.rule, found.severity) == ("migration-name", "warning")
        assert found.fix
        assert found.fix.endswith(f"_{name.removeprefix('99990101000000_')}'")


def test_a_name_that_needs_no_time() -> None:
    assert findings([migration("01_init", "new"), migration("20260101000000_a", "new")]) == ()
    assert findings([migration("99990101000000_far")]) == ()
