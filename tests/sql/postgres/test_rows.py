from __future__ import annotations

import pytest

from checker.model.changes import (
    Change,
    CreateObject,
    CreateTable,
    DeleteRows,
    InsertRows,
    Name,
    ReadRows,
    RunCode,
    SetParameter,
    TruncateTable,
    UpdateRows,
)
from tests.sql.reading import change, changes, statements

T, U, V = Name("t"), Name("u"), Name("v")


@pytest.mark.parametrize(
    ("sql", "kind", "expected"),
    [
        ("INSERT INTO t (a, b) VALUES (1, 2)", "INSERT", [InsertRows(T, (), ("a", "b"))]),
        (
            "INSERT INTO t SELECT * FROM u JOIN s.v USING (id) WHERE EXISTS (SELECT FROM u)",
            "INSERT",
            [InsertRows(T, (U, Name("v", "s")))],
        ),
        ("INSERT INTO t WITH c AS (SELECT * FROM u) TABLE c", "INSERT", [InsertRows(T, (U,))]),
        (
            "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1, c = 2",
            "INSERT",
            [InsertRows(T), UpdateRows(T, ("b", "c"))],
        ),
        ("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", "INSERT", [InsertRows(T)]),
        ("INSERT INTO t DEFAULT VALUES", "INSERT", [InsertRows(T)]),
        ("UPDATE t SET a = 1, (b, c) = (2, 3)", "UPDATE", [UpdateRows(T, ("a", "b", "c"), False)]),
        ("UPDATE s.t x SET a = 1 WHERE x.b", "UPDATE", [UpdateRows(Name("t", "s"), ("a",))]),
        (
            "UPDATE t SET a = 1 FROM u WHERE t.id = u.id",
            "UPDATE",
            [UpdateRows(T, ("a",), joined=True)],
        ),
        ("UPDATE t SET a = 1 FROM u", "UPDATE", [UpdateRows(T, ("a",), False, True)]),
        ("DELETE FROM t USING u WHERE t.id = u.id", "DELETE", [DeleteRows(T, joined=True)]),
        ("DELETE FROM ONLY t WHERE CURRENT OF c", "DELETE", [DeleteRows(T)]),
        (
            "WITH d AS (DELETE FROM t RETURNING *), i AS (UPDATE u SET a = 1 WHERE b) "
            "INSERT INTO v SELECT * FROM d",
            "INSERT",
            [DeleteRows(T, False), UpdateRows(U, ("a",)), InsertRows(V)],
        ),
        (
            "INSERT INTO v WITH d AS (DELETE FROM t WHERE a RETURNING *) SELECT * FROM d",
            "INSERT",
            [DeleteRows(T), InsertRows(V, (T,))],
        ),
        (
            "WITH d AS (DELETE FROM t RETURNING *) SELECT count(*) FROM d",
            "SELECT",
            [DeleteRows(T, False)],
        ),
        (
            "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED AND u.b THEN DELETE "
            "WHEN MATCHED THEN UPDATE SET c = 1 WHEN NOT MATCHED THEN INSERT (a) VALUES (1)",
            "MERGE",
            [
                DeleteRows(T, joined=True),
                UpdateRows(T, ("c",), joined=True),
                InsertRows(T, (U,), ("a",)),
            ],
        ),
        (
            "TRUNCATE t, s.u CASCADE",
            "TRUNCATE TABLE",
            [TruncateTable(T, True), TruncateTable(Name("u", "s"), True)],
        ),
        ("COPY t (a) FROM STDIN", "COPY", [InsertRows(T, (), ("a",))]),
        ("COPY t TO STDOUT", "COPY", [ReadRows()]),
        ("COPY t FROM PROGRAM 'x'", "COPY", [RunCode("COPY"), InsertRows(T)]),
        ("COPY (DELETE FROM t RETURNING *) TO STDOUT", "COPY", [DeleteRows(T, False)]),
        ("EXPLAIN DELETE FROM t", "EXPLAIN", [ReadRows()]),
        ("EXPLAIN (ANALYZE) DELETE FROM t", "EXPLAIN", [DeleteRows(T, False)]),
        ("EXPLAIN (ANALYZE off) DELETE FROM t", "EXPLAIN", [ReadRows()]),
        ("PREPARE p AS DELETE FROM t", "PREPARE", [ReadRows()]),
        ("DECLARE c CURSOR FOR SELECT 1", "DECLARE CURSOR", [ReadRows()]),
        (
            "CREATE TABLE t AS SELECT f() FROM u",
            "CREATE TABLE AS",
            [RunCode("SELECT", Name("f")), CreateTable(T, from_query=True)],
        ),
        ("SELECT * INTO t FROM u", "SELECT INTO", [CreateTable(T, from_query=True)]),
        (
            "CREATE MATERIALIZED VIEW v AS TABLE u",
            "CREATE MATERIALIZED VIEW",
            [CreateObject("MATERIALIZED VIEW", V, source=(Name("u"),), columns=("*",))],
        ),
    ],
)
def test_a_statement_about_rows(sql: str, kind: str, expected: list[Change]) -> None:
    (statement,) = statements(sql)
    assert (statement.kind, list(statement.changes)) == (kind, expected)


@pytest.mark.parametrize(
    ("condition", "restricted"),
    [
        ("true", False),
        ("'t'::boolean", True),  # sound, if not complete: a cast is not evaluated
        ("true::boolean", False),
        ("1 = 1", False),
        ("'a' = 'a'", False),
        ("1 = '1'", True),
        ("1.0 = 1.00", True),
        ("1 = 2", True),
        ("1 <> 2", True),
        ("NULL = NULL", True),
        ("NOT false", False),
        ("NOT true", True),
        ("a OR true", False),
        ("a AND true", True),
        ("true AND 1 = 1", False),
        ("false OR a", True),
        ("a = a", True),  # not true where a is NULL
        ("a IS NOT DISTINCT FROM a", False),
        ("a IS NOT DISTINCT FROM b", True),
        ("a IS NOT NULL", True),
        ("id > 0", True),
    ],
)
def test_a_condition_that_is_always_true_restricts_nothing(
    condition: str, restricted: bool
) -> None:
    assert change(f"DELETE FROM t WHERE {condition}") == DeleteRows(T, restricted)
    assert change(f"UPDATE t SET a = 1 WHERE {condition}") == UpdateRows(T, ("a",), restricted)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", [ReadRows()]),
        ("TABLE t", [ReadRows()]),
        ("VALUES (1)", [ReadRows()]),
        ("SELECT count(*), max(a), now(), lower(b) FROM t FOR UPDATE", [ReadRows()]),
        ("SELECT EXTRACT(year FROM a), a SIMILAR TO b FROM t", [ReadRows()]),
        (
            "SELECT setval(pg_get_serial_sequence('\"t\"', 'id'), coalesce(max(id), 1)) FROM t",
            [RunCode("SELECT", Name("setval"))],
        ),
        ("SELECT coalesce(f(), 1)", [RunCode("SELECT", Name("f"))]),
        (
            "SELECT * FROM s.f(g())",
            [RunCode("SELECT", Name("f", "s")), RunCode("SELECT", Name("g"))],
        ),
        ("SELECT cron.schedule('x', 'y')", [RunCode("SELECT", Name("schedule", "cron"))]),
        ("SELECT my.now()", [RunCode("SELECT", Name("now", "my"))]),
        (
            "SELECT pg_catalog.set_config('search_path', '', false)",
            [SetParameter("search_path", "")],
        ),
        ("SELECT set_config('a.b', 'c', true)", [SetParameter("a.b", "c", local=True)]),
        ("SELECT set_config('a', b, true) FROM t", [RunCode("SELECT", Name("set_config"))]),
    ],
)
def test_a_select_is_code_where_it_calls_for_an_effect(sql: str, expected: list[Change]) -> None:
    assert changes(sql) == expected
