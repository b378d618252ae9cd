"""Which rule speaks of a change where two could is declared, and settled in one order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from graphlib import CycleError

import pytest

from checker import rules
from checker.model import History, Migration, PrismaVersion, Project, Replay
from checker.rules import Rule, all_rules, find_rule, rules_by_fact
from checker.sql import read
from checker.verdict.judge import Judge

PROJECT = Project("schema.prisma", "migrations", "postgresql", PrismaVersion(6, 19))


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Rule]]:
    """The registry, to be changed for one test."""
    all_rules()
    copied = dict(rules._RULES)
    monkeypatch.setattr(rules, "_RULES", copied)
    _forget()
    yield copied
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    all_rules.cache_clear()
    rules_by_fact.cache_clear()


def _declared() -> list[tuple[Rule, Rule]]:
    return [
        (rule, find_rule(other)) for rule in all_rules() for other in rule.yields_to | rule.after
    ]


def test_every_declaration_can_take_effect() -> None:
    """Who is yielded to judges a fact of the same kind, and is on wherever the other is."""
    assert _declared()
    for rule, other in _declared():
        assert set(rule.facts) & set(other.facts), (rule.id, other.id)
        assert other.default, (rule.id, other.id)
        assert not rule.yields_to & rule.after, rule.id


def test_those_yielded_to_are_asked_first() -> None:
    for rule, other in _declared():
        for asked in rules_by_fact().values():
            if rule in asked and other in asked:
                assert asked.index(other) < asked.index(rule)


def test_a_circle_is_an_error(registry: dict[str, Rule]) -> None:
    rule = registry["unique-may-fail"]
    registry[rule.id] = replace(rule, yields_to=frozenset({"partitioned-index"}))
    with pytest.raises(CycleError):
        rules_by_fact()


def _spoken(sql: str) -> list[str]:
    texts = {"1": 'CREATE TABLE "User" ("id" INTEGER NOT NULL, "email" TEXT);', "2": sql}
    migrations = (
        Migration("1", "migrations/1/migration.sql", texts["1"], "unchanged"),
        Migration("2", "migrations/2/migration.sql", texts["2"], "new"),
    )
    scripts = {name: read(text, "postgresql") for name, text in texts.items()}
    return [
        f.rule for f in Judge(PROJECT, History(migrations), scripts).findings(Replay("skipped"))
    ]


UNIQUE = 'CREATE UNIQUE INDEX "User_email_key" ON "User" ("email");'


def test_a_rule_that_yields_is_not_asked() -> None:
    assert _spoken(UNIQUE) == ["unique-may-fail"]
    assert _spoken(UNIQUE.replace("UNIQUE ", "")) == ["require-concurrent-index-creation"]


def test_without_the_declaration_both_speak(registry: dict[str, Rule]) -> None:
    rule = registry["require-concurrent-index-creation"]
    registry[rule.id] = replace(rule, yields_to=frozenset())
    assert _spoken(UNIQUE) == ["require-concurrent-index-creation", "unique-may-fail"]


def test_one_speaks_of_its_own_change_only() -> None:
    two = UNIQUE + '\nCREATE INDEX "User_id_idx" ON "User" ("id");'
    assert _spoken(two) == ["unique-may-fail", "require-concurrent-index-creation"]
