"""Links are built from parts, each of which stays in its place."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import msgspec
import pytest
from hypothesis import given

from tests.report.evil import strings
from tests.report.samples import LINKS


@given(path=strings)
def test_a_path_cannot_leave_the_repository(path: str) -> None:
    address = LINKS.file(path, 1)
    if address is None:
        assert {"", ".", ".."} & set(path.split("/"))
        return
    url = urlsplit(address)
    start = f"/acme/shop/blob/{LINKS.sha}/"
    assert (url.netloc, url.query, url.fragment) == ("github.example", "", "L1")
    assert url.path.startswith(start)
    assert not set("()[]<>`| \n\\") & set(address)
    printable = path.encode("utf-8", "replace").decode()
    assert unquote(url.path.removeprefix(start)) == printable


@pytest.mark.parametrize(
    ("first", "last", "anchor"),
    [(None, None, ""), (4, None, "#L4"), (4, 4, "#L4"), (4, 6, "#L4-L6"), (4, 2, "#L4")],
)
def test_lines(first: int | None, last: int | None, anchor: str) -> None:
    address = LINKS.file("a/b.sql", first, last)
    assert address is not None
    assert address.endswith(f"/a/b.sql{anchor}")


def test_no_link_without_a_commit() -> None:
    unknown = msgspec.structs.replace(LINKS, sha="")
    assert unknown.file("a.sql") is unknown.commit is None
