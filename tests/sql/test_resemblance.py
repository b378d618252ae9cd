"""Names that look alike."""

from __future__ import annotations

import pytest

from checker.sql.resemblance import ALIKE, LIKE_NAME, resemblance


@pytest.mark.parametrize(
    ("old", "new"),
    [("name", "fullName"), ("user_id", "userId"), ("createdAt", "created_at"), ("URL", "url")],
)
def test_alike(old: str, new: str) -> None:
    assert resemblance(old, new) >= LIKE_NAME


def test_case_and_underscores_do_not_count() -> None:
    assert resemblance("authorUserId", "author_user_id") == 1 >= ALIKE


@pytest.mark.parametrize(
    ("old", "new"), [("authorId", "teamId"), ("createdAt", "expiresAt"), ("age", "bio")]
)
def test_what_both_end_in_counts_for_nothing(old: str, new: str) -> None:
    assert resemblance(old, new) < LIKE_NAME


def test_a_name_that_is_but_the_end_is_compared_whole() -> None:
    assert 0 < resemblance("userId", "id") < 1
