"""A dropped column may be one renamed, although no name tells."""

from __future__ import annotations

import pytest

from tests.rules.test_cases import judge

BEFORE = """CREATE TABLE t (id int PRIMARY KEY, ip text, note text, rank int NOT NULL);"""


def advice(sql: str) -> str:
    (finding,) = (f for f in judge(BEFORE, sql) if f.rule == "ban-drop-column")
    return finding.advice


@pytest.mark.parametrize(
    ("sql", "old", "new"),
    [
        ("ALTER TABLE t DROP COLUMN ip, ADD COLUMN client text", "ip", "client"),
        ("ALTER TABLE t ADD COLUMN client text; ALTER TABLE t DROP COLUMN ip", "ip", "client"),
        (
            "ALTER TABLE t DROP COLUMN rank, ADD COLUMN client int, ADD UNIQUE (id)",
            "rank",
            "client",
        ),
    ],
)
def test_one_dropped_and_one_added_of_its_type(sql: str, old: str, new: str) -> None:
    text = advice(sql)
    assert f"If `{new}` is this column under a new name" in text
    assert f'RENAME COLUMN "{old}" TO "{new}";' in text
    assert f'@map("{old}")' in text


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE t DROP COLUMN ip",
        "ALTER TABLE t DROP COLUMN ip, ADD COLUMN client int",
        "ALTER TABLE t DROP COLUMN ip, ADD COLUMN client text NOT NULL DEFAULT ''",
        "ALTER TABLE t DROP COLUMN ip, ADD COLUMN client text, ADD COLUMN agent text",
        "ALTER TABLE t DROP COLUMN ip, ADD COLUMN client text; UPDATE t SET client = 'x'",
        "ALTER TABLE t DROP COLUMN rank, ADD COLUMN client serial",
    ],
)
def test_no_rename(sql: str) -> None:
    assert "RENAME" not in advice(sql)
