"""Foreign strings, judged where they arrive: by a Markdown parser, a terminal, the runner."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.report import safe
from tests.report.evil import STRINGS, strings
from tests.report.gfm import Page

LINE_ENDS = re.compile(r"\r\n|\r|\n")


def runner_obeys(log: str) -> bool:
    """Whether the runner finds a command: it trims lines, and looks for ``##[`` anywhere."""
    return any(x.strip().startswith("::") or "##[" in x for x in LINE_ENDS.split(log))


def visible(text: str) -> str:
    """A text as a browser shows it: spaces collapse, our gaps cannot be seen."""
    return " ".join(text.replace("\u200b", "").split())


def same(shown: str, original: str) -> bool:
    return visible(shown) == visible(safe.line(original))


@given(value=strings)
def test_text_stays_text(value: str) -> None:
    for markdown in (safe.text(value), f"a {safe.text(value)} z"):
        page = Page(markdown)
        assert (page.problems, page.links, page.comments, page.codes) == ([], [], [], [])
        assert set(page.tags) <= {"p"}
    assert "$" not in safe.text(value)
    assert same(Page(safe.text(value)).text, value)


@given(value=strings)
def test_code_stays_code(value: str) -> None:
    for around in ("", "`", "$", "a"):
        text = safe.text(around)
        page = Page(f"{text}{safe.code(value)}{text}")
        assert (page.problems, page.links, page.comments, page.blocks) == ([], [], [], [])
        assert len(page.codes) == 1
        assert same(page.codes[0], value)
        assert page.text.strip() == around * 2


@given(value=strings)
def test_prose_marks_code_only_between_backticks(value: str) -> None:
    for page in (
        Page(safe.prose(value)),
        Page(f"<details><summary><b>{safe.prose(value, html=True)}</b></summary>\n\nx\n</details>"),
    ):
        assert (page.problems, page.links, page.comments, page.blocks) == ([], [], [], [])
        assert len(page.codes) <= value.count("`") // 2 + value.count("@")


def test_prose() -> None:
    assert safe.prose("`a_b` *is* `x|y`, not `") == (
        "`a_b` &#42;is&#42; <code>x&#124;y</code>, not &#96;"
    )
    assert safe.prose('write @map("x").') == 'write `@map("x")`.'
    assert safe.prose("`a` <b>", html=True) == "<code>a</code> &lt;b&gt;"


@given(one=strings, two=strings, three=strings)
def test_table_cells_stay_cells(one: str, two: str, three: str) -> None:
    row = f"| {safe.code(one)} | {safe.text(two)} | {safe.prose(three)} |\n"
    page = Page("| | | |\n|---|---|---|\n" + row * 2)
    assert page.problems == []
    assert (page.tags["tr"], page.tags["td"]) == (3, 6)


@given(value=strings)
def test_fences_close(value: str) -> None:
    page = Page(f"{safe.fence(value, 'sql')}\n\nafter")
    assert (page.problems, len(page.blocks)) == ([], 1)
    assert page.blocks[0].replace("\u200b", "").strip("\n") == safe.clean(value).strip("\n")
    assert page.text.strip() == "after"


@given(value=strings)
def test_clean_leaves_nothing_unseen(value: str) -> None:
    directing = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "BN"}
    for character in set(safe.clean(value)) - {"\n", "\t"}:
        assert unicodedata.category(character) not in ("Cc", "Cs")
        assert unicodedata.bidirectional(character) not in directing
    safe.clean(value).encode()


def test_what_an_escape_hides_stays_in_sight() -> None:
    assert safe.terminal("a\x1b]0;DROP TABLE x\x07b") == "a]0;DROP TABLE xb"


@given(value=strings)
def test_the_runner_finds_no_command(value: str) -> None:
    assert not runner_obeys(safe.log_untrusted(value))


@pytest.mark.parametrize("value", [s for s in STRINGS if runner_obeys(s)])
def test_the_runner_would_have_found_one(value: str) -> None:
    assert safe.log_untrusted(value) != value


@given(value=strings)
def test_log_data_is_read_back(value: str) -> None:
    data = safe.log_data(value)
    assert not re.search(r"[\r\n]", data)
    assert "##[" not in data
    read = data.replace("\u200b", "").replace("%0A", "\n").replace("%25", "%")
    assert read == safe.clean(value)
    value_of = safe.log_property(value)
    assert not set(value_of) & set(",:\r\n")


@given(value=st.text(), limit=st.integers(1, 50))
def test_clip(value: str, limit: int) -> None:
    assert len(safe.clip(value, limit)) <= limit
    assert safe.clip(value, limit) == value or safe.clip(value, limit).endswith("…")


@pytest.mark.parametrize("count", [59, 60, 79, 80, 81, 254, 255, 300, 3_000])
@pytest.mark.parametrize("signs", ["`", "~", "`~"])
def test_no_mark_is_longer_than_github_counts(count: int, signs: str) -> None:
    """cmark-gfm counts to 80 for code, to 255 for a fence, and takes what is longer for text."""
    value = "".join(f"a\n{sign * count}\n<b>\n" for sign in signs)
    fence, *_, end = safe.fence(value).split("\n")
    assert (len(fence) <= 61, end) == (True, fence)
    assert max(map(len, re.findall("`+", safe.code(value))), default=0) <= 61
    if len(signs) == 1:
        assert safe.fence(value) == f"{fence}\n{value.strip()}\n{fence}"


def test_a_very_long_name_is_written_at_once() -> None:
    for write in (safe.code_breaking, safe.text, safe.prose, safe.line, safe.terminal):
        assert write("x" * 1_000_000).count("x") == 1_000_000
