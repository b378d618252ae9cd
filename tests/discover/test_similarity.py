"""Which new script a removed one became."""

from __future__ import annotations

from checker.discover.similarity import Pair, find_renames

LINES = [f'CREATE TABLE "T{n}" ("id" INTEGER NOT NULL);\n'.encode() for n in range(8)]
ONE, TWO = b"".join(LINES[:4]), b"".join(LINES[4:6])


def test_the_same_text() -> None:
    assert find_renames({"1_a": ONE, "2_b": TWO}, {"3_b": TWO}) == [Pair("2_b", "3_b")]


def test_an_edited_text() -> None:
    assert find_renames({"1_a": ONE}, {"3_a": ONE + LINES[7]}) == [Pair("1_a", "3_a")]
    assert find_renames({"1_a": ONE, "2_b": TWO}, {"3_a": ONE + LINES[7]}) == [Pair("1_a", "3_a")]


def test_another_text() -> None:
    assert find_renames({"1_a": ONE}, {"3_c": TWO}) == []


def test_a_text_that_became_of_several() -> None:
    assert find_renames({"1_a": ONE, "2_b": TWO}, {"3_all": ONE + TWO}) == []


def test_one_that_is_kept_besides_is_no_part_of_another() -> None:
    pairs = find_renames({"1_a": ONE, "2_b": TWO}, {"3_all": ONE + TWO, "4_b": TWO})
    assert pairs == [Pair("2_b", "4_b"), Pair("1_a", "3_all")]
