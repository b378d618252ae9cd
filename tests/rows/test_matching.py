"""What is proposed before any server is asked."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.rows.catalog import FillType
from checker.rows.matching import matching
from checker.rows.mining import mine
from checker.rows.values import Proposals

PATTERNS = [
    r"^[A-Z]{3}-\d{2,4}$",
    r"^[A-Za-z0-9._%-]+@[A-Za-z0-9.-]+[.][A-Za-z]{2,}$",
    r"^#[0-9a-f]{6}$",
    r"^(https?)://[^\s/$.?#].[^\s]*$",
    r"^\+?[1-9]\d{1,14}$",
    r"^(?:a|b+)(c|d)?$",
    r"^[^0-9]{4}$",
    r"^[\w-]{2,}$",
    r"^[]a-]{3}$",
    r"^\d{4}-(0[1-9]|1[0-2])$",
    r"x\.y\*",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_texts_match(pattern: str) -> None:
    random = Random(1)
    made = [matching(pattern, random) for _ in range(50)]
    assert all(text is not None and re.search(pattern, text) for text in made), made


def test_classes_by_name() -> None:
    made = matching("^[[:upper:]]{2}[[:digit:]_]{3}$", Random(1))
    assert re.fullmatch("[A-Z]{2}[0-9_]{3}", made or "")


@given(st.text(alphabet="ab[]()*+?{}|\\^$.-:,019", max_size=20))
def test_any_pattern_gives_a_text_or_none(pattern: str) -> None:
    made = matching(pattern, Random(1))
    assert made is None or isinstance(made, str)


@pytest.mark.parametrize("pattern", ["(", "[a", "a{99999}", ")", "\\", "(" * 2000])
def test_what_is_not_understood(pattern: str) -> None:
    assert matching(pattern, Random(1)) is None


@given(st.text(max_size=60))
def test_any_expression_can_be_mined(text: str) -> None:
    assert all(isinstance(found, str) for found in mine([text], Random(1)))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("((kind)::text = 'it''s'::text)", {"it's"}),
        ("((n >= 18) AND (n < 65))", {"18", "19", "64"}),
        ("(rate <= 0.25)", {"0.25", "0.24", "1.25"}),
        ("(char_length(code) = 4)", {"aaaa", "0001"}),
        ("(kind = ANY ('{draft,sent}'::text[]))", {"draft", "sent"}),
        ("(jsonb_typeof((data -> 'to'::text)) = 'array'::text)", {'{"to": []}'}),
        ("(data ->> 'kind'::text) = 'a'::text", {'{"kind": "a"}'}),
        ("(data #>> '{a,b}'::text[]) = 'x'::text", {'{"a": {"b": "x"}}'}),
        ("(path ~~ '/home/%'::text)", {"/home/a"}),
        ("(name = lower('ABC'::text))", {"abc"}),
    ],
)
def test_constants_become_proposals(expression: str, expected: set[str]) -> None:
    assert expected <= set(mine([expression], Random(1)))


def test_a_type_that_is_made_of_itself_comes_to_an_end() -> None:
    node = FillType(1, "node", "c", False, fields=((2, -1), (3, -1)))
    array = FillType(2, "_node", "b", False, element=1, array=True)
    number = FillType(3, "int4", "b", True)
    proposals = Proposals({1: node, 2: array, 3: number})
    assert len(proposals.of(1).awkward) < 100
