"""Names that Prisma makes up, and where it cuts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.prisma.database import names

LONG = "a" * 63
TABLES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)


def test_names_follow_tables_and_columns() -> None:
    assert names.primary_key_name("User") == "User_pkey"
    assert names.unique_name("User", ["email"]) == "User_email_key"
    assert names.index_name("User", ["first", "last"]) == "User_first_last_idx"
    assert names.foreign_key_name("Post", ["author_id"]) == "Post_author_id_fkey"


def test_the_suffix_is_kept() -> None:
    assert names.primary_key_name(LONG) == "a" * 58 + "_pkey"
    assert names.unique_name(LONG, ["x"]) == "a" * 59 + "_key"
    assert names.foreign_key_name("T", ["b" * 70]) == "T_" + "b" * 56 + "_fkey"


@pytest.mark.parametrize(
    ("relation", "table", "key", "foreign_key"),
    [
        ("AToB", "_AToB", "_AToB_AB_pkey", "_AToB_A_fkey"),
        ("r" * 70, "_" + "r" * 62, "_" + "r" * 54 + "_AB_pkey", "_" + "r" * 55 + "_A_fkey"),
    ],
)
def test_join_tables(relation: str, table: str, key: str, foreign_key: str) -> None:
    assert names.join_table_name(relation) == table
    assert names.join_table_index_name(table, "_AB_pkey") == key
    assert names.join_table_foreign_key_name(table, "A") == foreign_key


@given(table=TABLES, column=TABLES)
def test_no_name_is_too_long_or_cut_within_a_character(table: str, column: str) -> None:
    for made in (
        names.primary_key_name(table),
        names.unique_name(table, [column]),
        names.index_name(table, [column]),
        names.foreign_key_name(table, [column]),
    ):
        assert len(made.encode()) <= names.LONGEST
        body = made.rpartition("_")[0]
        assert f"{table}_{column}".startswith(body)
