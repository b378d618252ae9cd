"""Rendered Markdown as a reader's browser gets it: judged after a real GFM parser."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

from markdown_it import MarkdownIt

_VOID = {"br", "hr", "img", "input", "wbr"}
_OURS = {"details", "summary", "b", "code", "pre", "p", "h3", "h4", "a", "ul", "li", "strong"} | {
    *("table", "thead", "tbody", "tr", "th", "td", "em", "wbr"),
}
# What GitHub turns into links in text that is not code.
_LINKED = re.compile(r"@\w|#\d|\bGH-\d|www\.|://", re.IGNORECASE)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("gfm-like")
    assert parser.linkify is not None
    parser.linkify.set({"fuzzy_link": False})  # GitHub does not link a bare example.com
    return parser


class Page(HTMLParser):
    """Tags, links, comments, code blocks and text outside code of a page."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.links: list[str] = []
        self.comments: list[str] = []
        self.blocks: list[str] = []
        self.codes: list[str] = []
        self.text = ""
        self.problems: list[str] = []
        self._open: list[str] = []
        self.feed(_parser().render(markdown))
        self.close()
        if self._open:
            self.problems.append(f"left open: {self._open}")
        if found := _LINKED.search(self.text):
            self.problems.append(f"GitHub would link {self.text[found.start() - 9 :][:30]!r}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "a":
            self.links.append(dict(attrs).get("href") or "")
        elif tag not in _OURS or any(name not in ("class", "style") for name, _ in attrs):
            self.problems.append(f"<{tag}> {attrs}")
        if tag == "code":
            (self.blocks if "pre" in self._open else self.codes).append("")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"</{tag}> without its begin")

    def handle_data(self, data: str) -> None:
        if "code" in self._open:
            (self.blocks if "pre" in self._open else self.codes)[-1] += data
        elif "a" not in self._open:
            self.text += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_decl(self, decl: str) -> None:
        self.problems.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self.problems.append(f"<?{data}>")

    def unknown_decl(self, data: str) -> None:
        self.problems.append(f"<![{data}")
