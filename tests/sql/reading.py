"""What the tests of the readers share."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.model import Provider, Statement
from checker.model.changes import Change
from checker.sql import read

SHARED = Path(__file__).parents[3] / "shared"


def statements(sql: str, provider: Provider = "postgresql") -> tuple[Statement, ...]:
    script = read(sql, provider)
    assert script.problem is None, script.problem
    return script.statements


def changes(sql: str, provider: Provider = "postgresql") -> list[Change]:
    return [change for statement in statements(sql, provider) for change in statement.changes]


def change(sql: str, provider: Provider = "postgresql") -> Change:
    (only,) = changes(sql, provider)
    return only


def shared(*parts: str) -> Path:
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the reference data {path} is not here")
    return path
