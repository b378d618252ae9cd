"""Where the statements of a script begin and end, and how Prisma cuts it.

Prisma sends a whole script as one simple query up to 7.3. From 7.4 on it asks the Rust crate
sqlparser to read the script, cuts the original text between the statements and sends piece after
piece; a script that the crate cannot read is sent whole as before (prisma-engines, pull requests
5767 and 5799).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from checker.model import PrismaVersion
from checker.prisma.sending.sqlparser import count_statements

_LETTER = r"A-Za-z_\x80-\U0010ffff"
# PostgreSQL docs 4.1, Lexical Structure. An unterminated token reaches to the end.
_TOKEN = re.compile(
    rf"""
    (?P<space>  [\s\ufeff]++ | --[^\r\n]*+ )
  | (?P<comment> /\* )
  | (?P<string> [eE]'(?: [^'\\] | \\. | '' )*+ '? | '[^']*+'? | "[^"]*+"? )
  | (?P<dollar> \$ (?: [{_LETTER}] [{_LETTER}0-9]*+ )? \$ )
  | (?P<word>   [{_LETTER}] [{_LETTER}0-9$]*+ )
  | (?P<number> [0-9][\w.]*+ )
  | (?P<other>  . )
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_MARK = re.compile(r"/\*|\*/")


class Piece(Struct, frozen=True):
    """One statement: offsets in characters, without the semicolon and what surrounds it."""

    start: int
    end: int


def find_pieces(script: str) -> tuple[Piece, ...]:
    """The statements of a script, told by PostgreSQL's lexical rules alone.

    A semicolon ends a statement unless it stands in a string, a comment, parentheses or the body
    of a routine that begins with BEGIN ATOMIC.
    """
    pieces = []
    start = end = -1
    nesting = atomic = 0
    previous = ""
    for kind, first, last in _tokens(script):
        text = script[first:last].upper() if kind in ("word", "other") else kind
        if text == ";" and nesting <= 0 and not atomic:
            if start >= 0:
                pieces.append(Piece(start, end))
            start = -1
            continue
        if start < 0:
            start, nesting, previous = first, 0, ""
        end = last
        nesting += (text == "(") - (text == ")")
        if (previous, text) == ("BEGIN", "ATOMIC") or (atomic and text == "CASE"):
            atomic += 1
        elif atomic and text == "END":
            atomic -= 1
        previous = text
    if start >= 0:
        pieces.append(Piece(start, end))
    return tuple(pieces)


def _tokens(script: str) -> Iterator[tuple[str, int, int]]:
    """(kind, start, end) of each token that is neither white space nor comment."""
    position = 0
    while match := _TOKEN.match(script, position):
        kind, position = match.lastgroup or "", match.end()
        if kind == "comment":
            position = _end_of_comment(script, position)
        elif kind == "dollar":
            close = script.find(match[0], position)
            position = len(script) if close < 0 else close + len(match[0])
        if kind not in ("space", "comment"):
            yield kind, match.start(), position


def _end_of_comment(script: str, position: int) -> int:
    """Block comments nest (PostgreSQL docs 4.1.5)."""
    depth = 1
    while depth and (mark := _COMMENT_MARK.search(script, position)):
        depth += 1 if mark[0] == "/*" else -1
        position = mark.end()
    return len(script) if depth else position


def cut_all(scripts: Sequence[str], prisma: PrismaVersion) -> list[tuple[Piece, ...] | None]:
    """For each script the pieces that this Prisma version sends one by one, or None if it sends
    the script whole.
    """
    if not prisma.splits_scripts:
        return [None] * len(scripts)
    pieces = [find_pieces(script) for script in scripts]
    counts = count_statements(scripts)
    # Where the two disagree the crate has read the script in a way that is not PostgreSQL's.
    return [p if len(p) == count else None for p, count in zip(pieces, counts, strict=True)]
