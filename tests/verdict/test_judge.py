"""What rules are told: the transaction, what stands around a statement, and which rules run."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from checker.prisma.sending.splitting import Piece, cut_all
from checker.verdict import judge as judging
from tests.rules.test_cases import judge

BEFORE = 'CREATE TABLE "User" ("id" INTEGER NOT NULL, "email" TEXT);'
LOCAL = "SET LOCAL lock_timeout = '5s'; SELECT 1;"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """The scripts for which sqlparser was asked."""
    seen: list[Sequence[str]] = []

    def cut(scripts: Sequence[str], prisma: object) -> list[tuple[Piece, ...] | None]:
        seen.append(scripts)
        return cut_all(scripts, prisma)  # type: ignore[arg-type]

    monkeypatch.setattr(judging, "cut_all", cut)
    return seen


def rules(sql: str, *, prisma: str = "6.19", on: Sequence[str] = ()) -> list[str]:
    return [finding.rule for finding in judge(BEFORE, sql, "postgresql", prisma, on)]


def test_a_transaction_is_looked_up_only_where_a_rule_asks(asked: list[Sequence[str]]) -> None:
    assert rules('CREATE TABLE "Post" ("id" INTEGER); SELECT 1;', prisma="7.4") == []
    assert asked == []


def test_a_transaction_is_looked_up_once_for_all_migrations(asked: list[Sequence[str]]) -> None:
    assert rules(LOCAL * 2, prisma="7.4") == ["set-local-without-effect"] * 2
    assert asked == [[LOCAL * 2]]


def test_the_version_decides() -> None:
    assert rules(LOCAL, prisma="7.3") == []
    assert rules(LOCAL, prisma="7.4") == ["set-local-without-effect"]
    assert rules(f"{LOCAL} DO $$ BEGIN END $$;", prisma="7.4") == []


def test_a_rule_that_is_off_by_default_runs_where_it_is_asked_for() -> None:
    sql = 'ALTER TABLE "User" ALTER COLUMN "id" DROP NOT NULL;'
    assert rules(sql) == []
    assert rules(sql, on=["ban-drop-not-null"]) == ["ban-drop-not-null"]


@pytest.mark.parametrize(("provider", "expected"), [("postgresql", 1), ("cockroachdb", 0)])
def test_a_rule_of_one_database_is_silent_on_others(provider: str, expected: int) -> None:
    sql = 'SELECT 1; CREATE INDEX CONCURRENTLY "i" ON "User"("email");'
    found = [f.rule for f in judge(BEFORE, sql, provider)]
    assert found.count("ban-concurrent-index-creation-in-transaction") == expected
