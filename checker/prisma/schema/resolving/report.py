"""The problems of a schema, collected while it is read."""

from __future__ import annotations

from checker.prisma.schema.schema import Position, SchemaProblem
from checker.prisma.schema.syntax import SchemaSource

_LONGEST = 300


class Problems:
    """The problems found so far, each once."""

    def __init__(self) -> None:
        self._problems: dict[SchemaProblem, None] = {}

    def add(self, message: str, source: SchemaSource, start: int) -> None:
        self.at(message, source.position(start))

    def at(self, message: str, position: Position) -> None:
        # Names in it come from strangers: they may be long, or reverse the text.
        shown = "".join(
            c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in message[:_LONGEST]
        )
        self._problems[SchemaProblem(shown, position)] = None

    def extend(self, problems: tuple[SchemaProblem, ...]) -> None:
        self._problems.update(dict.fromkeys(problems))

    @property
    def problems(self) -> tuple[SchemaProblem, ...]:
        return tuple(sorted(self._problems, key=lambda p: p.position))

    def __bool__(self) -> bool:
        return bool(self._problems)
