from __future__ import annotations

import json
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.discover.listing import order
from checker.model import PrismaVersion

NODE = shutil.which("node")
SORT = """
const lists = JSON.parse(require("fs").readFileSync(0, "utf8"));
const bytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
console.log(JSON.stringify(lists.map(l => l.sort(bytes).sort((a, b) => a.localeCompare(b)))));
"""
OLD, NEW = PrismaVersion(6, 5, 9), PrismaVersion(6, 6)
needs_node = pytest.mark.skipif(NODE is None, reason="node, the oracle, is not installed")


def node_order(lists: list[list[str]]) -> list[list[str]]:
    done = subprocess.run(
        [NODE or "", "-e", SORT],
        input=json.dumps(lists),
        capture_output=True,
        text=True,
        check=True,
    )
    sorted_lists: list[list[str]] = json.loads(done.stdout)
    return sorted_lists


def test_since_6_6_the_order_is_that_of_locale_compare() -> None:
    names = ["_u", ".hidden", "10_b", "20240101_x", "20240101000000_add", "20240101000000_Add",
             "20240101000000_add_b", "20240101000000_y", "20240101000000-y", "9_a", "a_x", "A_x",
             "B_x"]  # fmt: skip
    assert order(reversed(names), NEW) == names


def test_before_6_6_the_order_is_that_of_the_bytes() -> None:
    names = ["20240101000000_y", "20240101_x", "B", "_", "a", "é", "😀"]
    assert order(reversed(names), OLD) == names


def test_the_same_timestamp_with_and_without_a_time_changes_places() -> None:
    names = ["20240101000000_y", "20240101_x"]
    assert order(names, OLD) == names
    assert order(names, NEW) == names[::-1]


def test_names_that_collate_as_equal_stay_in_byte_order() -> None:
    assert order(["a\x01", "a"], NEW) == ["a", "a\x01"]
    assert order(["\u00e9", "e\u0301"], NEW) == ["e\u0301", "\u00e9"]


@needs_node
@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.lists(st.text(st.characters(codec="ascii"), max_size=6), unique=True, max_size=8),
        min_size=50,
        max_size=200,
    )
)
def test_ascii_is_exact(lists: list[list[str]]) -> None:
    assert [order(names, NEW) for names in lists] == node_order(lists)


@needs_node
@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.lists(
            st.text(
                "äöüÄÖÜßéèêàâçñåøØæÆœłŁđĐśźżšíúýčřабвёйжяαβγωώσς漢字かカ한글aAbBzZ019_-. ",
                max_size=5,
            ),
            unique=True,
            max_size=2,
        ),
        min_size=50,
        max_size=200,
    )
)
def test_everyday_letters_of_other_scripts_are_in_order(lists: list[list[str]]) -> None:
    assert [order(names, NEW) for names in lists] == node_order(lists)


@given(st.lists(st.text(max_size=5)))
def test_no_name_is_lost_and_the_order_is_stable(names: list[str]) -> None:
    ordered = order(names, NEW)
    assert sorted(ordered) == sorted(names)
    assert order(ordered, NEW) == ordered
