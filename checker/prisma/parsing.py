"""The text of schema files to blocks, by the grammar in ``schema.lark``.

A line that does not fit is reported and left out, so that one slip does not hide the others.
Source: Prisma's grammar of its schema language, whose engine recovers line by line as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NoReturn

from checker.prisma.schema import Arity, SchemaProblem
from checker.prisma.syntax import (
    Argument,
    Attribute,
    Block,
    Call,
    Expression,
    FieldLine,
    Items,
    Members,
    Number,
    Property,
    Source,
    Text,
    Word,
)

if TYPE_CHECKING:
    from lark import Lark, Token

MAX_CHARACTERS = 2_000_000
MAX_BROKEN_LINES = 20
MAX_NESTING = 50

_ARITIES: dict[str, Arity] = {"[]": "list", "?": "optional"}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))?", re.DOTALL)
_ESCAPED = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_OPENING = re.compile(r"^[ \t]*((?:model|view|type|enum|datasource|generator)[^\n{]*\{)", re.MULTILINE)
_UNKNOWN_BLOCK = re.compile(r"[ \t]*\w[\w-]*[ \t]*\{[^}]*\}?")


class _Slip(Exception):
    """What the grammar allows and the language does not; the offset says where."""

    def __init__(self, message: str, start: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start


def parse(source: Source) -> tuple[tuple[Block, ...], tuple[SchemaProblem, ...]]:
    """The blocks of a file, and a problem for each line that is none of the language."""
    text = source.text + "\n"
    if len(text) > MAX_CHARACTERS:
        message = f"The file is larger than {MAX_CHARACTERS:,} characters."
        return (), (SchemaProblem(message, source.position(0)),)
    broken: list[tuple[int, str]] = []
    while True:
        try:
            return _build(text, source), _problems(source, broken)
        except _Broken as error:
            broken.append((error.start, error.message))
            if len(broken) == MAX_BROKEN_LINES or error.fatal:
                return (), _problems(source, broken)
            text = text[: error.start] + _blank(text[error.start : error.end]) + text[error.end :]


class _Broken(Exception):
    """A part of the text to report and leave out; after a fatal one there is no going on."""

    def __init__(self, message: str, start: int, end: int, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.message, self.start, self.end, self.fatal = message, start, end, fatal


def _build(text: str, source: Source) -> tuple[Block, ...]:
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    builder = _Builder(source)
    try:
        return builder.blocks(_grammar().parse(text))
    except _Slip as slip:
        raise _line(text, slip.start, slip.message) from None
    except UnexpectedToken as error:
        if error.token.type == "$END":
            start = _last_opening(text)
            message = "The block is opened here and never closed."
            raise _Broken(message, start, len(text), fatal=True) from None
        _misfit(text, int(error.token.start_pos or 0), error.accepts or error.expected)
    except UnexpectedCharacters as error:
        _misfit(text, error.pos_in_stream, error.allowed or set())


def _misfit(text: str, start: int, expected: Iterable[str]) -> NoReturn:
    """Says what a line should have been, from what the parser could have gone on with."""
    if "MODEL" in expected:
        line = text.rfind("\n", 0, start) + 1
        block = _UNKNOWN_BLOCK.match(text, line)
        message = "No block begins so: it takes model, enum, view, type, datasource or generator."
        if block:
            raise _Broken(message, start, block.end())
        raise _line(text, start, message)
    raise _line(text, start, "The line is no valid declaration here.")


def _line(text: str, start: int, message: str) -> _Broken:
    begin = text.rfind("\n", 0, start) + 1
    end = text.find("\n", start)
    first = len(text[begin:end]) - len(text[begin:end].lstrip())
    return _Broken(message, begin + first, end)


def _last_opening(text: str) -> int:
    """Where the last block is opened: the one that the end of the file finds open."""
    found = list(_OPENING.finditer(text))
    return found[-1].start(1) if found else 0


def _blank(text: str) -> str:
    return re.sub(r"[^\r\n]", " ", text)


def _problems(source: Source, broken: list[tuple[int, str]]) -> tuple[SchemaProblem, ...]:
    return tuple(SchemaProblem(message, source.position(at)) for at, message in sorted(broken))


@cache
def _grammar() -> Lark:
    # Read on first use: most commands never look into a schema.
    from lark import Lark

    text = files("checker.prisma").joinpath("schema.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", lexer="contextual", maybe_placeholders=True)


class _Builder:
    """The parser's tree to blocks."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.expressions: dict[str, Callable[[Any, int], Expression]] = {
            "word": self._word,
            "call": self._call,
            "items": self._items,
            "members": self._members,
        }

    def blocks(self, tree: Any) -> tuple[Block, ...]:
        return tuple(self._block(child) for child in tree.children)

    def _block(self, tree: Any) -> Block:
        keyword, name, *members = tree.children
        fields, attributes, properties = [], [], []
        for member in members:
            if member.data == "block_attribute":
                attributes.append(self._attribute(member))
            elif member.data == "property":
                properties.append(self._property(member))
            else:
                fields.append(self._field(member))
        return Block(
            keyword.value,  # type: ignore[arg-type]
            str(name),
            keyword.start_pos,
            self.source,
            tuple(fields),
            tuple(attributes),
            tuple(properties),
        )

    def _property(self, tree: Any) -> Property:
        name, *value = tree.children
        found = self._expression(value[0], 0) if value else None
        return Property(str(name), found, name.start_pos)

    def _field(self, tree: Any) -> FieldLine:
        name = tree.children[0]
        if tree.data == "value":
            attributes = tuple(self._attribute(a) for a in tree.children[1:])
            return FieldLine(str(name), "", False, "required", attributes, name.start_pos)
        _, colon, type_, *rest = tree.children
        if colon is not None:
            raise _Slip("A field is declared without a colon.", name.start_pos)
        if type_ is None:
            raise _Slip(f"The field {name} has no type.", name.start_pos)
        if type_.data == "bracketed_type":
            raise _Slip(f"A list is written {type_.children[1]}[].", name.start_pos)
        base, sign = type_.children
        return FieldLine(
            str(name),
            *self._base(base),
            self._arity(sign, name.start_pos),
            tuple(self._attribute(a) for a in rest),
            name.start_pos,
        )

    def _base(self, token: Token) -> tuple[str, bool]:
        if token.type != "UNSUPPORTED":
            return str(token), False
        quoted = token[token.index('"') : token.rindex('"') + 1]
        return _unescape(quoted, token.start_pos or 0), True

    def _arity(self, sign: Token | None, start: int) -> Arity:
        if sign is None:
            return "required"
        arity = _ARITIES.get(str(sign))
        if arity is None:
            wrong = "Every field is required unless marked with ?: leave the ! out."
            both = "A list cannot be optional: write either [] or ?."
            raise _Slip(wrong if sign == "!" else both, start)
        return arity

    def _attribute(self, tree: Any) -> Attribute:
        name, arguments = tree.children
        found = () if arguments is None else self._arguments(arguments, name.start_pos, 0)
        return Attribute(name.lstrip("@"), found, name.start_pos)

    def _arguments(self, tree: Any, start: int, depth: int) -> tuple[Argument, ...]:
        *children, comma = tree.children
        if comma is not None:
            raise _Slip("There is a comma behind the last argument: remove it.", start)
        return tuple(self._argument(child, depth) for child in children)

    def _argument(self, tree: Any, depth: int) -> Argument:
        if tree.data == "unnamed":
            value = self._expression(tree.children[0], depth)
            return Argument(None, value, value.start)
        label, *value = tree.children
        name = label[:-1].rstrip()
        if not value:
            raise _Slip(f"The argument {name} has no value.", label.start_pos)
        return Argument(name, self._expression(value[0], depth), label.start_pos)

    def _expression(self, tree: Any, depth: int) -> Expression:
        if tree.__class__.__name__ == "Token":
            if tree.type == "TEXT":
                return Text(_unescape(tree, tree.start_pos), tree.start_pos)
            return Number(str(tree), tree.start_pos)
        return self.expressions[tree.data](tree, depth + 1)

    def _word(self, tree: Any, _: int) -> Word:
        (token,) = tree.children
        return Word(str(token), token.start_pos)

    def _call(self, tree: Any, depth: int) -> Call:
        (name, arguments) = tree.children
        if depth > MAX_NESTING:
            raise _Slip("Functions are nested too deeply.", name.start_pos)
        found = self._arguments(arguments, name.start_pos, depth)
        return Call(str(name), found, name.start_pos)

    def _items(self, tree: Any, depth: int) -> Items:
        sign, *children = tree.children
        if depth > MAX_NESTING:
            raise _Slip("Lists are nested too deeply.", sign.start_pos)
        values = tuple(self._expression(c, depth) for c in children)
        return Items(values, sign.start_pos)

    def _members(self, tree: Any, depth: int) -> Members:
        sign, *children = tree.children
        if depth > MAX_NESTING:
            raise _Slip("Conditions are nested too deeply.", sign.start_pos)
        found = []
        for child in children:
            label, value = child.children
            found.append((label[:-1].rstrip(), self._expression(value, depth)))
        return Members(tuple(found), sign.start_pos)


def _unescape(quoted: str, start: int) -> str:
    body = quoted[1:-1]
    if "\\" not in body:
        return body

    def one(match: re.Match[str]) -> str:
        unit, sign = match.groups()
        if unit:
            return chr(int(unit, 16))
        if sign not in _ESCAPED:
            message = f"\\{sign} is no escape; a backslash itself is written \\\\."
            raise _Slip(message, start)
        return _ESCAPED[sign]

    try:
        # Two escapes may make one character: a pair of surrogates.
        return _ESCAPE.sub(one, body).encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise _Slip("The string has half a character: \\u… without its pair.", start) from None
