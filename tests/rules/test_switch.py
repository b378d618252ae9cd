"""Code that knows nothing of the second column writes on, from the first step to the last."""

from __future__ import annotations

import re

import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from tests.rules.test_cases import judge
from tests.rules.test_fixes import Connection, connection

__all__ = ["connection"]

TABLE = """CREATE TABLE t (id serial PRIMARY KEY, n int NOT NULL DEFAULT 5, m int);"""
# Two rows that are written, one with a default; and a value that changes.
WRITTEN = """
    INSERT INTO t (n, m) VALUES (7, NULL); INSERT INTO t (m) VALUES (8);
    UPDATE t SET n = n + 1, m = 9 WHERE id = 1"""


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE t ALTER id TYPE bigint",
        "ALTER TABLE t ALTER n TYPE bigint",
        "ALTER TABLE t ALTER m TYPE bigint",
        "ALTER TABLE t ALTER n TYPE bigint USING t.n::bigint",
        "ALTER TABLE t ALTER n TYPE bigint, ALTER m TYPE bigint",
    ],
)
def test_writers_go_on(statement: str, connection: Connection, server: EphemeralServer) -> None:
    found = [f for f in judge(TABLE, statement) if f.rule == "changing-column-type"]
    steps = [step for f in found for step in re.split(r"\n\n(?=--)", f.fix or "")]
    connection.execute(TABLE.encode())
    connection.execute(WRITTEN.encode())
    for rounds, step in enumerate(steps, start=2):
        connection.execute(step.encode())
        connection.execute(WRITTEN.encode())
        rows = connection.execute(b"SELECT id, n, m FROM t ORDER BY id").fetchall()
        wanted: list[tuple[int, int, int | None]] = [(1, 7 + rounds, 9)]
        wanted += [(i, 5, 8) if i % 2 == 0 else (i, 7, None) for i in range(2, 2 * rounds + 1)]
        assert rows == wanted
    columns = connection.execute(
        b"SELECT attname, atttypid::regtype::text, attnotnull FROM pg_attribute "
        b"WHERE attrelid = 't'::regclass AND attnum > 0 AND NOT attisdropped"
    )
    changed = set(re.findall(r"ALTER (\w+) TYPE", statement))
    assert set(columns.fetchall()) == {
        (name, "bigint" if name in changed else "integer", name != "m") for name in ("id", "n", "m")
    }
