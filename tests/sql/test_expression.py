"""What a CHECK proves, and expressions under new names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.model.changes import CreateTable
from checker.sql.expression import proves_not_null, rename_in
from tests.sql.reading import change


@pytest.mark.parametrize(
    ("check", "proves"),
    [
        ("c IS NOT NULL", True),
        ("(((c)) IS NOT NULL)", True),
        ("t.c IS NOT NULL", True),
        ("NOT (c IS NULL)", True),
        ("c > 0 AND c IS NOT NULL", True),
        ("(c IS NOT NULL AND (a > 0 OR b > 0))", True),
        ("a > 0 AND (b > 0 AND c IS NOT NULL)", True),
        ("(c IS NOT NULL AND a > 0) OR (c IS NOT NULL AND b > 0)", True),
        ("c BETWEEN 1 AND 5 AND c IS NOT NULL", True),
        ("c > 0", False),
        ("c IS NULL", False),
        ("a IS NOT NULL", False),
        ("NOT (c IS NOT NULL)", False),
        ("c IS NOT NULL OR a > 0", False),
        ("a > 0 AND c IS NOT NULL OR b > 0", False),
        ("a > 0 OR (b > 0 AND c IS NOT NULL)", False),
        ("c IS NOT NULL IS NOT NULL", False),
        ("a BETWEEN 1 AND c IS NOT NULL", False),
        ("CASE WHEN a > 0 AND c IS NOT NULL AND b > 0 THEN true ELSE true END", False),
        ("coalesce(c, 1) IS NOT NULL", False),
        ("f(a AND c IS NOT NULL AND b)", False),
        ("(a, c) IS NOT NULL", False),
        ("'x AND c IS NOT NULL' <> b", False),
        ('"C" IS NOT NULL', False),
    ],
)
def test_what_a_check_proves(check: str, proves: bool) -> None:
    table = change(f"CREATE TABLE t (a int, b int, c int, CHECK ({check}))")
    assert isinstance(table, CreateTable)
    assert proves_not_null(table.constraints[0].expression or "", "c") is proves


def test_a_quoted_column_is_another_in_another_case() -> None:
    assert proves_not_null('"Name" IS NOT NULL', "Name")
    assert not proves_not_null("name IS NOT NULL", "Name")


@given(st.text(alphabet="()c 'AORND\"[]BETWEEN.", max_size=60))
def test_any_text_is_judged(text: str) -> None:
    assert proves_not_null(text, "c") in (True, False)


def test_what_is_too_deep_proves_nothing() -> None:
    deep = "a AND (b OR (" * 2000 + "c IS NOT NULL" + "))" * 2000
    assert not proves_not_null(deep, "c")


@pytest.mark.parametrize(
    ("expression", "renamed"),
    [
        ("a > 0 AND b > a", '"A b" > 0 AND b > "A b"'),
        ("a(a, 'a') <> '\"a\"'", "a(\"A b\", 'a') <> '\"a\"'"),
        ('"a" > aa', '"A b" > aa'),
    ],
)
def test_a_renamed_column(expression: str, renamed: str) -> None:
    assert rename_in(expression, "a", "A b") == renamed
