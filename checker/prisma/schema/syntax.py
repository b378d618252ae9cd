"""A schema file as written, before its meaning is resolved."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import Literal

from msgspec import Struct

from checker.prisma.schema.schema import Arity, Position


class SchemaSource:
    """A schema file: its name, its text, and where its lines begin."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text

    @cached_property
    def lines(self) -> list[int]:
        starts = [0]
        at = self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    def position(self, offset: int) -> Position:
        line = bisect_right(self.lines, offset)
        return Position(self.file, line, offset - self.lines[line - 1] + 1)


class SchemaText(Struct, frozen=True):
    """A string; ``value`` is without quotes and escapes."""

    value: str
    start: int


class Number(Struct, frozen=True):
    value: str
    start: int


class Word(Struct, frozen=True):
    """A bare name, perhaps with dots."""

    value: str
    start: int


class Call(Struct, frozen=True):
    name: str
    arguments: tuple[Argument, ...]
    start: int


class Items(Struct, frozen=True):
    values: tuple[Expression, ...]
    start: int


class Members(Struct, frozen=True):
    """``{ name: value }``, the condition of a partial index."""

    values: tuple[tuple[str, Expression], ...]
    start: int


Expression = SchemaText | Number | Word | Call | Items | Members


class Argument(Struct, frozen=True):
    """``value`` is missing after a name without one: ``map:``."""

    name: str | None
    value: Expression | None
    start: int


class Attribute(Struct, frozen=True):
    """``@id`` or ``@@map("x")``; ``name`` is without its signs."""

    name: str
    arguments: tuple[Argument, ...]
    start: int


class FieldLine(Struct, frozen=True):
    """A field, or a value of an enum, which has no type."""

    name: str
    attributes: tuple[Attribute, ...]
    start: int
    type: str = ""
    unsupported: bool = False
    arity: Arity = "required"


class Property(Struct, frozen=True):
    """A line of a datasource or generator."""

    name: str
    value: Expression | None
    start: int


class Block(Struct, frozen=True):
    """A block that a keyword opens. ``fields`` also holds an enum's values."""

    keyword: Literal["model", "view", "type", "enum", "datasource", "generator"]
    name: str
    start: int
    source: SchemaSource
    fields: tuple[FieldLine, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    properties: tuple[Property, ...] = ()
