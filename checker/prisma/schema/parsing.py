"""Turns the text of schema files into blocks, by the grammar in ``schema.lark``.

A line that does not fit is reported and left out, so that one slip does not hide the others.
Source: Prisma's grammar of its schema language, whose engine recovers line by line as well.
"""

from __future__ import annotations

import re
from collections.abc import Set
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from checker.bounds import SCHEMA_BROKEN_LINES
from checker.prisma.schema.building import Builder
from checker.prisma.schema.schema import SchemaProblem
from checker.prisma.schema.syntax import Block, SchemaSource

if TYPE_CHECKING:
    from lark import Lark

_OPENING = re.compile(
    r"^[ \t]*((?:model|view|type|enum|datasource|generator)[^\n{]*\{)", re.MULTILINE
)
_UNKNOWN_BLOCK = re.compile(r"\w[^\n{}]*\{[ \t]*\r?\n[^}]*\}")
_NOT_A_BLOCK = "No block begins so: it takes model, enum, view, type, datasource or generator."
_NOT_A_LINE = "The line is no valid declaration here."
_NOT_CLOSED = "The block is opened here and never closed."


class _BrokenError(Exception):
    """A part of the text to report and leave out."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message, self.start, self.end = message, start, end


def parse(source: SchemaSource) -> tuple[tuple[Block, ...], tuple[SchemaProblem, ...]]:
    """The blocks of a file, and a problem for each part that is not in the language."""
    text = source.text + "\n"
    slips: list[tuple[int, str]] = []
    blocks: tuple[Block, ...] = ()
    while len(slips) < SCHEMA_BROKEN_LINES:
        try:
            blocks = _build(text, source, slips)
            break
        except _BrokenError as broken:
            slips.append((broken.start, broken.message))
            blank = re.sub(r"[^\r\n]", " ", text[broken.start : broken.end])
            text = text[: broken.start] + blank + text[broken.end :]
    return blocks, tuple(SchemaProblem(what, source.position(at)) for at, what in slips)


def _build(text: str, source: SchemaSource, slips: list[tuple[int, str]]) -> tuple[Block, ...]:
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken  # noqa: PLC0415 - see _grammar

    try:
        tree = _grammar().parse(text)
    except UnexpectedToken as error:
        if error.token.type == "$END":
            raise _BrokenError(_NOT_CLOSED, _last_opening(text), len(text)) from None
        raise _misfit(text, error.token.start_pos or 0, error.expected) from None
    except UnexpectedCharacters as error:
        raise _misfit(text, error.pos_in_stream or 0, error.allowed or set()) from None
    builder = Builder(source)
    blocks = builder.blocks(tree)
    slips += builder.slips
    return blocks


def _misfit(text: str, start: int, expected: Set[str]) -> _BrokenError:
    """The part to leave out where the parser stopped, chosen by the tokens that it expected."""
    line = text.rfind("\n", 0, start) + 1
    end = text.find("\n", start)
    between = "MODEL" in expected
    if not between:
        line += len(text[line:end]) - len(text[line:end].lstrip())
    begin = start if between else line
    if between or expected in ({"NAME"}, {"_OPEN"}):
        block = _UNKNOWN_BLOCK.match(text, begin)
        return _BrokenError(_NOT_A_BLOCK, begin, block.end() if block else end)
    return _BrokenError(_NOT_A_LINE, begin, end)


def _last_opening(text: str) -> int:
    """Where the last block opens, which the end of the file leaves open."""
    openings = list(_OPENING.finditer(text))
    return openings[-1].start(1) if openings else 0


@cache
def _grammar() -> Lark:
    # On first use: most commands never look into a schema, and lark takes long to import.
    from lark import Lark  # noqa: PLC0415

    text = files("checker.prisma.schema").joinpath("schema.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", lexer="contextual", maybe_placeholders=True)
