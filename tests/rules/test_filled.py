"""What surely leaves no NULL in a column before SET NOT NULL, and what may leave some."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.rules._filled import is_value
from tests.rules.test_cases import judge
from tests.rules.test_cases_on_server import connection

__all__ = ["connection"]

BEFORE = """
    CREATE TABLE t (id int NOT NULL, "fullName" text NOT NULL, data jsonb NOT NULL,
      tags text[] NOT NULL, c text, d text DEFAULT 'x', other text, CHECK (other IS NOT NULL),
      maybe text, "isOn" bool);
    CREATE TABLE s (id int NOT NULL, v text, n int);
"""
VALUES = [
    "'it''s'",
    "DEFAULT",
    "now()",
    "CURRENT_TIMESTAMP",
    "gen_random_uuid()::text",
    "'user_' || id::varchar(10)",
    "lower(\"fullName\") || '-' || md5(random()::text)",
    "other",
    "t.other",
    "COALESCE(maybe, (SELECT v FROM s LIMIT 1), 'n')",
    "CASE WHEN maybe IS NULL THEN 'a' WHEN maybe = 'x' THEN other ELSE '' END",
    "(SELECT count(*) FROM s WHERE s.id = t.id)",
    "(SELECT coalesce(sum(n), 0) FROM s)::text",
    "maybe IS NOT NULL",
    "EXISTS (SELECT FROM s WHERE s.id = t.id)",
    "CAST(now() AT TIME ZONE 'UTC' AS timestamp(3) with time zone)::text",
]
MAYBE = [
    "NULL",
    "maybe",
    "lower(maybe)",
    "'a' || maybe",
    "(SELECT v FROM s WHERE s.id = t.id LIMIT 1)",
    "(SELECT sum(n) FROM s)",
    "(SELECT count(*) FROM s GROUP BY id LIMIT 1)",
    "COALESCE(maybe, (SELECT v FROM s LIMIT 1))",
    "NULLIF(other, '')",
    "CASE WHEN id > 5 THEN 'a' END",
    "CASE WHEN id > 5 THEN 'a' ELSE maybe END",
    "data->>'name'",
    "tags[1]",
    "substring(other from 'x')",
    "current_setting('a.b', true)",
    "maybe = 'x' AND id > 0",
]


def is_told(*statements: str) -> bool:
    """Whether SET NOT NULL after these is told as one that may fail."""
    found = judge(BEFORE, ";\n".join([*statements, "ALTER TABLE t ALTER c SET NOT NULL"]))
    (finding,) = (f for f in found if f.rule == "adding-not-nullable-field")
    return "the migration fails" in finding.message


@pytest.mark.parametrize("value", VALUES)
def test_a_value_fills(value: str, connection: psycopg.Connection) -> None:
    column = "d" if value == "DEFAULT" else "c"
    before = BEFORE.replace(" c text", " c text DEFAULT 'x'") if column == "d" else BEFORE
    update = f"UPDATE t SET c = {value}"
    found = judge(before, f"{update};\nALTER TABLE t ALTER c SET NOT NULL")
    assert not any("the migration fails" in f.message for f in found)
    connection.execute(before.encode())
    connection.execute(
        "INSERT INTO t (id, \"fullName\", data, tags, other) VALUES (1, 'n', '{}', '{}', 'o')"
    )
    connection.execute(f"{update}::text" if "::" not in value and column == "c" else update)
    assert connection.execute("SELECT count(c) FROM t").fetchone() == (1,)


@pytest.mark.parametrize("value", MAYBE)
def test_what_may_be_null_does_not_fill(value: str) -> None:
    assert is_told(f"UPDATE t SET c = {value}")


@pytest.mark.parametrize(
    "where",
    ["", " WHERE true", " WHERE c IS NULL", " WHERE t.c IS NULL OR c = '' OR id > 5"],
)
def test_rows_that_are_filled(where: str) -> None:
    assert not is_told(f"UPDATE t SET c = 'x'{where}")
    assert not is_told(f"DELETE FROM t{where}") if "c" in where else True


@pytest.mark.parametrize(
    "where",
    [
        "id > 5",
        "c = ''",
        "c IS NULL AND id > 5",
        "(c IS NULL OR c = '') AND id > 5",
        "maybe IS NULL",
        "c IS NOT NULL",
        "other = 'x) OR c IS NULL OR (y'",
        "c IS NULL AND (id > 5 OR id < 3)",
    ],
)
def test_rows_that_are_left(where: str) -> None:
    assert is_told(f"UPDATE t SET c = 'x' WHERE {where}")
    assert is_told(f"DELETE FROM t WHERE {where}")


def test_order_counts() -> None:
    fill, miss = "UPDATE t SET c = 'x'", "UPDATE t SET c = (SELECT v FROM s LIMIT 1)"
    assert not is_told(miss, fill)
    assert not is_told(fill, f"{miss} WHERE c IS NULL AND id > 5")
    assert is_told(fill, miss)
    assert not is_told(miss, "DELETE FROM t WHERE c IS NULL")
    assert is_told("UPDATE t SET c = v FROM s WHERE s.id = t.id")
    assert not is_told("UPDATE t AS x SET c = 'x' WHERE x.c IS NULL")
    assert is_told("UPDATE s SET v = 'x'", "DELETE FROM s WHERE v IS NULL")


@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(["(", ")", "[", ",", "'", '"', "a1 ", " CASE ", " END ", "->", "::"])
    ).map("".join)
)
def test_no_text_is_too_odd(text: str) -> None:
    assert is_value(text, lambda _: False) in (True, False)
    assert not is_value("COALESCE(" * 500 + text, lambda _: True)
