"""When two spellings are the same value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.witness.losses.values import canonical, same

KINDS = (
    "int4", "numeric", "float4", "float8", "text", "bpchar", "bool", "json", "jsonb", "uuid",
    "enum", "timestamp", "timestamptz", "date", "bytea", "_text", "money",
)  # fmt: skip

SAME = [
    ("1.50", "numeric", "1.5", "float8"),
    ("-0.00", "numeric", "0", "int4"),
    ("1e+20", "float8", "100000000000000000000", "numeric"),
    ("0.1", "float4", "0.10000000149011612", "float8"),
    ("t", "bool", "true", "text"),
    ("$1,000.50", "money", "1000.50", "numeric"),
    ("abc  ", "bpchar", "abc", "text"),
    ('{"b": 1.0, "a": null}', "json", '{"a": null, "b": 1.00}', "jsonb"),
    ("a b", "text", '"a b"', "jsonb"),
    ("{6B29FC40-CA47-1067-B31D-00DD010662DA}", "text",
     "6b29fc40-ca47-1067-b31d-00dd010662da", "uuid"),
    ("2024-03-01", "date", "2024-03-01 00:00:00", "timestamp"),
    ("2024-02-29 23:30:00", "timestamp", "2024-03-01 04:30:00+00", "timestamptz"),
    ("0001-12-31 23:00:00 BC", "timestamp", "0001-01-01 01:00:00", "timestamptz"),
    ("1709164800000", "int8", "2024-02-29 00:00:00+00", "timestamptz"),
    ("2024-02-29 00:00:00.5+00", "timestamptz", "1709164800.500000", "numeric"),
    ("infinity", "timestamp", "infinity", "timestamptz"),
    ("active", "text", "ACTIVE", "enum"),
    ("ab", "text", "\\x6162", "bytea"),
    ('a "b"', "text", '{"a \\"b\\""}', "_text"),
]  # fmt: skip
OTHER = [
    ("1.5", "numeric", "2", "int4"),
    ("007", "text", "7", "int4"),
    ("a", "text", "A", "text"),
    ("a ", "text", "a", "varchar"),
    ("1", "text", "1.0", "text"),
    ("0.123456789", "float8", "0.12345679", "float4"),
    ("2024-03-01 00:00:01", "timestamp", "2024-03-01", "date"),
    ("2024-03-01 00:00:00.4", "timestamp", "2024-03-01 00:00:00", "timestamptz"),
    ("2024-03-01 00:00:00", "timestamp", "2024-03-03 00:00:00+00", "timestamptz"),
    ('{"a": "1"}', "json", '{"a": 1}', "jsonb"),
    ("[1, 2]", "json", "[2, 1]", "jsonb"),
    ("1e999999999", "text", "2e999999999", "numeric"),
]


def alike(before: str, before_kind: str, after: str, after_kind: str) -> bool:
    return same(
        canonical(before, before_kind), before_kind, canonical(after, after_kind), after_kind
    )


@pytest.mark.parametrize(("before", "before_kind", "after", "after_kind"), SAME)
def test_the_same_in_another_type(
    before: str, before_kind: str, after: str, after_kind: str
) -> None:
    assert alike(before, before_kind, after, after_kind)


@pytest.mark.parametrize(("before", "before_kind", "after", "after_kind"), OTHER)
def test_another_value(before: str, before_kind: str, after: str, after_kind: str) -> None:
    assert not alike(before, before_kind, after, after_kind)


@given(st.text(), st.sampled_from(KINDS), st.text(), st.sampled_from(KINDS))
def test_any_text_is_compared(before: str, one: str, after: str, other: str) -> None:
    assert alike(before, one, before, one)
    assert alike(before, one, after, one) is (canonical(before, one) == canonical(after, one))
    alike(before, one, after, other)


@pytest.mark.parametrize("text", ["[" * 100_000, "1e999999999", "[1e999999999]", "9" * 5000])
def test_hostile_text_is_compared_at_once(text: str) -> None:
    for kind in KINDS:
        assert alike(text, kind, text, kind)
        alike(text, kind, "1", "numeric")
