"""Every rule on its cases: which findings, at which line, how severe, with which fix.

A case holds one migration on top of ``before``. A bad one gives exactly the findings it says and
none of another rule, so that one change is one finding; a good one gives none at all.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from checker.model import Finding, History, Migration, PrismaVersion, Project, Replay
from checker.rules import all_rules
from checker.sql import read
from checker.verdict.judge import Judge

CASES = Path(__file__).parent.parent / "cases"
FILES = sorted(CASES.glob("*.yml"))
# Facts about the history itself have tests of their own, with histories instead of SQL.
OF_HISTORY = {
    "breaks-running-code",
    "history-does-not-replay",
    "lock-file-changed",
    "lock-provider-mismatch",
    "merge-breaks-history",
    "migration-edited-after-merge",
    "migration-empty",
    "migration-name",
    "migration-out-of-order",
    "migration-outside-folder",
    "migration-removed",
    "migration-renamed",
    "migration-replaced",
    "migration-unreadable",
    "needs-migration-first",
    "schema-drift",
    "schema-invalid",
    "unused-ignore",
}


@cache
def load(file: Path) -> dict[str, Any]:
    """A file of cases, read once for all the tests that are made of it; nobody changes it."""
    loaded = yaml.load(file.read_text(), yaml.CSafeLoader)
    assert isinstance(loaded, dict)
    return loaded


def judge(
    before: str,
    sql: str,
    provider: Any = "postgresql",
    prisma: str = "6.19",
    asked: Collection[str] = (),
) -> tuple[Finding, ...]:
    """The findings of a pull request that adds one migration to a history of one.

    ``asked`` names rules that are off by default.
    """
    texts = {"20260101000000_before": before, "20260201000000_change": sql}
    migrations = tuple(
        Migration(name, f"prisma/migrations/{name}/migration.sql", text, state)  # type: ignore[arg-type]
        for (name, text), state in zip(texts.items(), ("unchanged", "new"), strict=True)
    )
    project = Project("prisma/schema.prisma", "prisma/migrations", provider, version(prisma))
    scripts = {name: read(text, provider) for name, text in texts.items()}
    return Judge(project, History(migrations), scripts, asked=asked).findings(Replay("skipped"))


def version(prisma: str) -> PrismaVersion:
    major, minor = map(int, prisma.split("."))
    return PrismaVersion(major, minor)


def judge_case(rule: str, file: dict[str, Any], case: dict[str, Any]) -> tuple[Finding, ...]:
    """The findings of a case, with its rule turned on.

    ``also`` in a case names rules that rightly speak of something else in it.
    """
    provider = case.get("provider", file.get("provider", "postgresql"))
    prisma = str(case.get("prisma", file.get("prisma", "6.19")))
    return judge(file["before"], case["sql"], provider, prisma, {rule})


def cases(kind: str) -> list[Any]:
    return [
        pytest.param(file.stem, load(file), case, id=f"{file.stem}-{kind}-{number}")
        for file in FILES
        if not load(file).get("replayed")  # which the witness has to see: test_replayed
        for number, case in enumerate(load(file)[kind])
    ]


@pytest.mark.parametrize(("rule", "file", "case"), cases("bad"))
def test_bad(rule: str, file: dict[str, Any], case: dict[str, Any]) -> None:
    everything = judge_case(rule, file, case)
    found = [f for f in everything if f.rule not in case.get("also", ())]
    assert {f.rule for f in everything} - {rule} == set(case.get("also", ()))
    assert [f.rule for f in found] == [rule] * case.get("count", 1)
    for finding in found:
        assert (finding.line, finding.severity) == (case["line"], case["severity"])
        assert case.get("says", "") in f"{finding.message} {finding.why}".replace("`", "")
        assert case.get("fix", "") in (finding.fix or "")
        assert finding.path
        assert finding.path.endswith("change/migration.sql")


@pytest.mark.parametrize(("rule", "file", "case"), cases("good"))
def test_good(rule: str, file: dict[str, Any], case: dict[str, Any]) -> None:
    assert [f.rule for f in judge_case(rule, file, case)] == case.get("also", [])


def test_every_rule_has_cases() -> None:
    assert {rule.id for rule in all_rules()} == {f.stem for f in FILES} | OF_HISTORY
    for file in FILES:
        assert len(load(file)["bad"]) >= 2
        assert len(load(file)["good"]) >= 2


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_every_rule_explains_itself(rule: Any) -> None:
    assert rule.title
    assert not rule.title.endswith(".")
    assert len(rule.title) <= 90
    assert "\nInstead: " in rule.doc
