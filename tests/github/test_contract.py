"""The judge of the fake must itself be able to find fault."""

from __future__ import annotations

import pytest

from tests.github import contract

pytestmark = pytest.mark.usefixtures("described")
COMMENTS = "/repos/acme/shop/issues/7/comments"


def test_a_right_call_passes() -> None:
    target = f"{COMMENTS}?per_page=100"
    assert contract.violations("GET", target, b"", 200, "application/json", b"[]") == []


@pytest.mark.parametrize(
    ("method", "target", "body", "answer"),
    [
        ("GET", f"{COMMENTS}?per_page=many", b"", b"[]"),
        ("GET", COMMENTS, b"", b'[{"id": 1}]'),
        ("POST", COMMENTS, b'{"text": "x"}', b"{}"),
        ("GET", "/repos/acme/shop/comment", b"", b"[]"),
    ],
)
def test_a_wrong_call_is_found(method: str, target: str, body: bytes, answer: bytes) -> None:
    assert contract.violations(method, target, body, 200, "application/json", answer)
