"""The comments of a script, told apart from strings and quoted names that look like comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from checker.model import Provider

# What has no end reaches to the end of the text: otherwise each of many would be looked for there.
_PARTS = r"""
    --(?P<line>[^\n]*)
  | /\*(?P<block>.*?)(?:\*/|\Z)
  | {string}
  | "(?:[^"]|"")*+"
  | `[^`]*`
"""
_DOLLAR = r"| (?<![\w$])(?P<quote>\$(?:[^\W\d]\w*)?\$).*?(?:(?P=quote)|\Z)"
_FLAGS = re.VERBOSE | re.DOTALL
# A backslash escapes in PostgreSQL's E'' alone (4.1.2.2), in MySQL in every string.
_PLAIN = r"'(?:[^']|'')*+'"
_BACKSLASHES = r"'(?:[^'\\]|\\.|'')*+(?:'|\Z)"
_STANDARD = re.compile(_PARTS.format(string=_PLAIN), _FLAGS)
_MYSQL = re.compile(_PARTS.format(string=_BACKSLASHES), _FLAGS)
_POSTGRES = re.compile(_PARTS.format(string=rf"\b[eE]{_BACKSLASHES} | {_PLAIN}") + _DOLLAR, _FLAGS)
_IN_DIALECT: dict[Provider, re.Pattern[str]] = {
    "mysql": _MYSQL,
    "postgresql": _POSTGRES,
    "cockroachdb": _POSTGRES,
}


class SqlComment(Struct, frozen=True):
    """A comment without its marks. ``start`` is a character offset, ``line`` counts from 1."""

    text: str
    start: int
    line: int


def read_comments(sql: str, provider: Provider) -> Iterator[SqlComment]:
    """The comments of a script in their order; ``/* */`` ends at the first ``*/``."""
    line, counted = 1, 0
    for token in _IN_DIALECT.get(provider, _STANDARD).finditer(sql):
        text = token["line"] if token["line"] is not None else token["block"]
        if text is not None:
            line += sql.count("\n", counted, token.start())
            counted = token.start()
            yield SqlComment(text.strip(), token.start(), line)


def without_comments(sql: str, provider: Provider) -> str:
    """A script without its comments and with each run of blanks as one; strings stay as they are.
    Scripts with equal results hold the same statements.
    """
    words: list[str] = []
    position = 0
    for part in _IN_DIALECT.get(provider, _STANDARD).finditer(sql):
        words += sql[position : part.start()].split()
        if part["line"] is None and part["block"] is None:
            words.append(part.group())
        position = part.end()
    return "\0".join([*words, *sql[position:].split()]).rstrip("\0;")
