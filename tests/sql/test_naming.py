"""The names that PostgreSQL makes up; all of them are compared with the server's elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.model.changes import Name
from checker.sql.naming import LONGEST_NAME, choose_name, joined, make_name, nextval, sequence_of

NAMES = st.text(min_size=1, max_size=70)


@given(NAMES, NAMES)
def test_a_name_fits(table: str, columns: str) -> None:
    assert len(make_name(table, columns, "key").encode()) <= LONGEST_NAME


def test_a_taken_name_is_numbered() -> None:
    assert choose_name("t", "a", "key", {"t_a_key", "t_a_key1"}.__contains__) == "t_a_key2"
    assert choose_name("t", "", "pkey", set().__contains__) == "t_pkey"


@pytest.mark.parametrize(
    ("keys", "label"),
    [
        (("a", "B"), "a_B"),
        (("(lower(a))", "(lower(b))"), "lower_lower1"),
        (("(public.f(a))", "(COALESCE(a, ')'))"), "f_coalesce"),
        (("(a || b)", "(f(a) || f(b))"), "expr_expr1"),
    ],
)
def test_keys_in_a_name(keys: tuple[str, ...], label: str) -> None:
    assert joined(keys) == label


@given(NAMES, st.none() | NAMES)
def test_a_sequence_is_found_in_its_default(name: str, schema: str | None) -> None:
    assert sequence_of(nextval(Name(name, schema))) == Name(name, schema)


@pytest.mark.parametrize("default", [None, "1", "'nextval'", "nextval(f())"])
def test_other_defaults_have_no_sequence(default: str | None) -> None:
    assert sequence_of(default) is None
