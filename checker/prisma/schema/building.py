"""Turns the parser's tree of a schema file into blocks. Whatever the grammar allows and the
language does not is noted and left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from checker.bounds import SCHEMA_NESTING
from checker.prisma.schema.schema import Arity
from checker.prisma.schema.syntax import (
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
    SchemaSource,
    SchemaText,
    Word,
)

if TYPE_CHECKING:
    from lark import Token

_ARITIES: dict[str, Arity] = {"[]": "list", "?": "optional"}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))?", re.DOTALL)
_ESCAPED = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class _SlipError(Exception):
    """What makes a field or string unusable; the offset says where."""

    def __init__(self, message: str, start: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start


class Builder:
    """Builds the blocks of one file; ``slips`` are offsets and what is wrong there."""

    def __init__(self, source: SchemaSource) -> None:
        self.source = source
        self.slips: list[tuple[int, str]] = []
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
                try:
                    fields.append(self._field(member))
                except _SlipError as slip:
                    self._note(slip)
        return Block(
            keyword.value,
            str(name),
            keyword.start_pos,
            self.source,
            tuple(fields),
            tuple(attributes),
            tuple(properties),
        )

    def _note(self, slip: _SlipError) -> None:
        self.slips.append((slip.start, slip.message))

    def _property(self, tree: Any) -> Property:
        name, *value = tree.children
        expression = self._expression(value[0], 0) if value else None
        return Property(str(name), expression, name.start_pos)

    def _field(self, tree: Any) -> FieldLine:
        name = tree.children[0]
        if tree.data == "value":
            attributes = tuple(self._attribute(a) for a in tree.children[1:])
            return FieldLine(str(name), attributes, name.start_pos)
        _, colon, type_, *rest = tree.children
        if colon is not None:
            raise _SlipError("A field is declared without a colon.", name.start_pos)
        if type_ is None:
            raise _SlipError(f"The field {name} has no type.", name.start_pos)
        if type_.data == "bracketed_type":
            raise _SlipError(f"A list is written {type_.children[1]}[].", name.start_pos)
        base, sign = type_.children
        type_name, unsupported = self._base(base)
        return FieldLine(
            str(name),
            tuple(self._attribute(a) for a in rest),
            name.start_pos,
            type=type_name,
            unsupported=unsupported,
            arity=self._arity(sign, name.start_pos),
        )

    def _base(self, token: Token) -> tuple[str, bool]:
        if token.type != "UNSUPPORTED":
            return str(token), False
        quoted = token[token.index('"') : token.rindex('"') + 1]
        return self._text(quoted, token.start_pos or 0), True

    def _text(self, quoted: str, start: int) -> str:
        try:
            return _unescape(quoted, start)
        except _SlipError as slip:
            self._note(slip)
            return ""

    def _arity(self, sign: Token | None, start: int) -> Arity:
        if sign is None:
            return "required"
        arity = _ARITIES.get(str(sign))
        if arity is None:
            wrong = "Every field is required unless marked with ?: leave the ! out."
            both = "A list cannot be optional: write either [] or ?."
            raise _SlipError(wrong if sign == "!" else both, start)
        return arity

    def _attribute(self, tree: Any) -> Attribute:
        name, arguments = tree.children
        built = () if arguments is None else self._arguments(arguments, name.start_pos, 0)
        return Attribute(name.lstrip("@ \t"), built, name.start_pos)

    def _arguments(self, tree: Any, start: int, depth: int) -> tuple[Argument, ...]:
        *children, comma = tree.children
        if comma is not None:
            self._note(_SlipError("There is a comma behind the last argument: remove it.", start))
        return tuple(self._argument(child, depth) for child in children)

    def _argument(self, tree: Any, depth: int) -> Argument:
        if tree.data == "unnamed":
            value = self._expression(tree.children[0], depth)
            return Argument(None, value, value.start)
        label, *value = tree.children
        name = label[:-1].rstrip()
        if not value:
            self._note(_SlipError(f"The argument {name} has no value.", label.start_pos))
        expression = self._expression(value[0], depth) if value else None
        return Argument(name, expression, label.start_pos)

    def _expression(self, tree: Any, depth: int) -> Expression:
        if tree.__class__.__name__ == "Token":
            if tree.type == "TEXT":
                return SchemaText(self._text(tree, tree.start_pos), tree.start_pos)
            return Number(str(tree), tree.start_pos)
        return self.expressions[tree.data](tree, depth + 1)

    def _too_deep(self, depth: int, token: Token) -> bool:
        if depth > SCHEMA_NESTING:
            self._note(
                _SlipError("Lists and functions are nested too deeply.", token.start_pos or 0)
            )
        return depth > SCHEMA_NESTING

    def _word(self, tree: Any, _: int) -> Word:
        (token,) = tree.children
        return Word(str(token), token.start_pos)

    def _call(self, tree: Any, depth: int) -> Call:
        (name, arguments) = tree.children
        if self._too_deep(depth, name):
            return Call(str(name), (), name.start_pos)
        built = self._arguments(arguments, name.start_pos, depth)
        return Call(str(name), built, name.start_pos)

    def _items(self, tree: Any, depth: int) -> Items:
        sign, *children = tree.children
        if self._too_deep(depth, sign):
            children = []
        values = tuple(self._expression(c, depth) for c in children)
        return Items(values, sign.start_pos)

    def _members(self, tree: Any, depth: int) -> Members:
        sign, *children = tree.children
        if self._too_deep(depth, sign):
            children = []
        built = []
        for child in children:
            label, value = child.children
            built.append((label[:-1].rstrip(), self._expression(value, depth)))
        return Members(tuple(built), sign.start_pos)


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
            raise _SlipError(message, start)
        return _ESCAPED[sign]

    try:
        # Two escapes may make one character: a pair of surrogates.
        return _ESCAPE.sub(one, body).encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise _SlipError("The string has half a character: \\u… without its pair.", start) from None
