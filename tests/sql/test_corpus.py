"""Real histories: nothing in them that changes schema or rows may go unread."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from checker.model import Provider
from checker.model.changes import Opaque
from checker.sql import read
from tests.sql.reading import shared

# Placeholders of a runner of their own stand in these files; PostgreSQL rejects them too.
REJECTED = {"stack-auth__stack-auth": 12}


@pytest.mark.parametrize("provider", ["postgresql", "mysql", "sqlite"])
def test_no_statement_of_a_real_history_is_opaque(provider: Provider) -> None:
    problems: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    opaque = []
    for history in sorted(shared("corpus").iterdir()):
        lock = history / "prisma" / "migrations" / "migration_lock.toml"
        if not lock.is_file() or f'"{provider}"' not in lock.read_text():
            continue
        for path in history.rglob("migration.sql"):
            with path.open(encoding="utf-8", newline="") as file:
                sql = file.read()
            script = read(sql, provider)
            problems[history.name] += script.problem is not None
            data = sql.encode()
            for statement in script.statements:
                kinds[statement.kind] += 1
                assert data[statement.start : statement.end].decode() == statement.text
                opaque += [c for c in statement.changes if isinstance(c, Opaque)]
    expected = REJECTED if provider == "postgresql" else {}
    assert {name: count for name, count in problems.items() if count} == expected
    assert opaque == []
    assert kinds.total() > 300


def test_the_cases_of_other_linters_are_read_as_postgresql_reads_them() -> None:
    opaque = []
    disagreements = []
    for path in sorted(shared("lint", "cases").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            script = read(case["sql"], "postgresql")
            if "parses" in case and case["parses"] != (script.problem is None):
                disagreements.append(case["id"])
            for statement in script.statements:
                opaque += [c for c in statement.changes if isinstance(c, Opaque)]
    assert (opaque, disagreements) == ([], [])
