"""The cases of other linters' own tests, beside what our rules say.

A case is about one rule of its peer: it fires or it does not, whatever else deserves a word.
``peers.yml`` says which rules of ours say the same, where we decided otherwise and why, and which
misses are known. ``python -m tests.corpus.test_peers`` prints the tables.
"""

from __future__ import annotations

import datetime
import json
import re
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest
import yaml

from checker.config import Config
from checker.model import Finding, History, Migration, PrismaVersion, Project, Replay
from checker.rules import all_rules
from checker.sql import read
from checker.verdict.judge import Judge
from checker.verdict.settings import Judged, Settings, settle
from tests.projects import SHARED

CASES = SHARED / "lint/cases"
PEERS: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "peers.yml").read_text())
RULES = {rule.id for rule in all_rules()}
STYLE = {rule.id for rule in all_rules() if rule.presets}
TODAY = datetime.date(2026, 1, 1)

pytestmark = pytest.mark.skipif(
    not CASES.is_dir(), reason="the other linters' cases are not on this machine (../shared)"
)

ANY = "any"
"""Stands for all rules of a peer, style aside: none of them fires, or one that is not named."""
Verdict = Literal["agrees", "differs", "known", "fails", "not ours"]


class Outcome(NamedTuple):
    """What became of one case: the peer's rule, whether it fires there, and what we say."""

    id: str
    rule: str
    fires: bool
    verdict: Verdict
    found: tuple[str, ...]
    sql: str


def rows(peer: str) -> list[dict[str, Any]]:
    """The cases of a peer, and the SQL that it does not write beside what it writes instead."""
    file = CASES / f"{peer}.jsonl"
    found = [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []
    avoided = [
        {
            **row,
            "id": f"{row['id']}/naive",
            "sql": row["naive_sql"],
            "expect": ["?"],
            "clean": False,
        }
        for row in found
        if row.get("naive_sql")
    ]
    return found + avoided


def findings(before: list[str], sql: str, prisma: PrismaVersion) -> tuple[Finding, ...]:
    """What stands of a migration on top of merged ones, with every rule that we have turned on."""
    texts = [*before, sql]
    migrations = tuple(
        Migration(f"{i}", f"{i}/migration.sql", text, "new" if i == len(before) else "unchanged")
        for i, text in enumerate(texts)
    )
    project = Project("schema.prisma", ".", "postgresql", prisma)
    history = History(migrations)
    scripts = {m.name: read(m.sql or "", "postgresql") for m in migrations}
    found = Judge(project, history, scripts, asked=RULES).findings(Replay("skipped"))
    every = Config(rules=dict.fromkeys(RULES, "warning"))
    (settled,) = settle([Judged(project, history, scripts, found)], Settings(every, TODAY))
    return settled.findings


def judged(row: dict[str, Any], table: dict[str, Any]) -> tuple[str, ...]:
    """The rules of ours that speak of a case.

    Where it takes tables for granted, they are those that the table of the peer gives.
    """
    options = row.get("opts") or {}
    alone = table.get("split", False) and not options.get("assume_in_transaction")
    alone = alone or options.get("in_transaction") is False
    taken = [sql for name, sql in table.get("before", {}).items() if fnmatchcase(row["id"], name)]
    before = [row.get("sql_before") or row.get("setup") or "".join(taken[-1:])]
    files = [f["sql"] for f in row.get("files") or () if isinstance(f, dict)]
    sql = files[-1] if files else row["sql"]
    found = findings(
        [*before, *files[:-1]], sql, PrismaVersion(7, 4) if alone else PrismaVersion(6)
    )
    return tuple(sorted({f.rule for f in found}))


def key(name: str) -> str:
    """A rule's name however the peer spells it: as a class, in snake case, with hyphens."""
    return re.sub(r"[_-]|Check$", "", name).lower()


def expectations(row: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """The peer's rules that a case asserts something of, and whether they fire."""
    if row.get("expect_scope", "").startswith("parser corpus"):
        yield "syntax-error", not row["parses"]
    elif row.get("kind") == "docs":
        if row["rule"] is not None:
            yield row["rule"], row["rule"] in row["observed_default"]
    elif row.get("clean") is None:
        return
    elif row.get("rule") is not None:
        yield row["rule"], not row["clean"]
    elif row["clean"]:
        yield ANY, False
    else:
        yield from ((ANY if rule == "?" else rule, True) for rule in row["expect"])


def is_left_out(rule: str, table: dict[str, Any]) -> bool:
    """Whether the table says that a peer's rule is none of ours, and why."""
    patterns = [*table.get("style", ()), *table.get("other", {})]
    return any(fnmatchcase(key(rule), key(pattern)) for pattern in patterns)


def named(patterns: dict[str, str], case: str, rule: str) -> bool:
    return any(fnmatchcase(case, p) or fnmatchcase(f"{rule}:{case}", p) for p in patterns)


@cache
def outcomes(peer: str) -> tuple[Outcome, ...]:
    table = PEERS[peer]
    ours = {key(name): set(rules) for name, rules in table["rules"].items()}
    ours[ANY] = set().union(*ours.values()) - STYLE
    fires_too = {k: {rule.lstrip("~") for rule in rules} for k, rules in ours.items()}
    differs, known = table.get("differs", {}), table.get("known", {})
    done = []
    for row in rows(peer):
        wanted = list(expectations(row))
        if not wanted:
            continue
        found = judged(row, table)
        for rule, fires in wanted:
            mapped = (fires_too if fires else ours).get(key(rule))
            verdict: Verdict
            if mapped is None:
                verdict = "not ours" if is_left_out(rule, table) else "fails"
            elif bool(mapped & set(found)) == fires:
                verdict = "agrees"
            elif named(differs, row["id"], rule):
                verdict = "differs"
            else:
                verdict = "known" if named(known, row["id"], rule) else "fails"
            done.append(Outcome(row["id"], rule, fires, verdict, found, row["sql"]))
    return tuple(done)


@pytest.mark.parametrize("peer", PEERS)
def test_peers_cases(peer: str) -> None:
    assert {o.id: (o.rule, o.fires) for o in outcomes(peer) if o.verdict == "fails"} == {}


@pytest.mark.parametrize("peer", PEERS)
def test_every_exception_is_one(peer: str) -> None:
    """No pattern of a decision or a known miss has become superfluous, and each has a reason."""
    for verdict in ("differs", "known"):
        for pattern, reason in PEERS[peer].get(verdict, {}).items():
            assert reason
            assert any(
                named({pattern: reason}, o.id, o.rule)
                for o in outcomes(peer)
                if o.verdict == verdict
            ), pattern


def test_the_table_names_rules_that_exist() -> None:
    every = [rules for peer in PEERS.values() for rules in peer["rules"].values()]
    mapped = {rule.lstrip("~") for rules in every for rule in rules}
    assert mapped - RULES == set()


def main() -> None:
    print(
        f"{'peer':<28}{'cases':>7}{'agree':>7}{'differ':>7}{'known':>7}{'fail':>7}{'not ours':>10}"
    )
    for peer in PEERS:
        count = Counter(o.verdict for o in outcomes(peer))
        shown = [count[v] for v in ("agrees", "differs", "known", "fails")]
        print(f"{peer:<28}{sum(shown):>7}" + "".join(f"{n:>7}" for n in shown), end="")
        print(f"{count['not ours']:>10}")
    for peer in PEERS:
        for o in outcomes(peer):
            if o.verdict == "fails":
                print(o.id, o.rule, "fires" if o.fires else "is quiet", *o.found, sep=" | ")
                print("   ", " ".join(o.sql.split())[:300])


if __name__ == "__main__":
    main()
