"""``where`` of a partial index, as the SQL that Prisma writes for it.

Source: Prisma's reference, preview feature "partialIndexes"; the engine's answers and scripts.
"""

from __future__ import annotations

from checker.model.changes import literal, quote
from checker.prisma.schema.resolving.attributes import Arguments
from checker.prisma.schema.resolving.scope import Scope
from checker.prisma.schema.syntax import Block, Call, Expression, Members, Number, SchemaText, Word

_FITTING: dict[str, type] = {
    "Boolean": Word,
    "String": SchemaText,
    "DateTime": SchemaText,
    "Int": Number,
    "BigInt": Number,
    "Float": Number,
    "Decimal": Number,
}


class Conditions:
    """Reads the conditions of one model's indexes."""

    def __init__(self, block: Block, scope: Scope) -> None:
        self.block, self.scope = block, scope

    def read(self, given: Arguments) -> str | None:
        """The condition, None where there is none. Engines before 7 do not know the argument."""
        if self.scope.engine < 7:
            return None
        value = given.take("where")
        if value is None:
            return None
        if "partialIndexes" not in self.scope.enabled:
            given.wrong("A partial index needs the preview feature partialIndexes.")
        if isinstance(value, Call) and value.name == "raw":
            return self._raw(given, value)
        if isinstance(value, Members):
            return self._members(given, value)
        given.wrong('where is raw("…") or { field: value }.')
        return None

    def _raw(self, given: Arguments, value: Call) -> str | None:
        inner = [a.value for a in value.arguments]
        text = inner[0] if len(inner) == 1 else None
        if not isinstance(text, SchemaText) or not text.value:
            given.wrong("raw() takes one string that is not empty.")
            return None
        return text.value

    def _members(self, given: Arguments, members: Members) -> str | None:
        if not members.values:
            given.wrong("The condition is empty.")
        parts = [self._comparison(given, name, value) for name, value in members.values]
        return " AND ".join(p for p in parts if p is not None) or None

    def _comparison(self, given: Arguments, name: str, value: Expression) -> str | None:
        line = self.scope.line(self.block.name, name)
        if line is None:
            given.wrong(f"{self.block.name} has no field {name}.")
            return None
        if self.scope.kind(line) == "model":
            given.wrong(f"{name} is a relation: a condition compares other fields.")
            return None
        negated = isinstance(value, Members)
        if isinstance(value, Members):
            if len(value.values) != 1 or value.values[0][0] != "not":
                given.wrong("A nested condition is { not: value }.")
                return None
            value = value.values[0][1]
        column = quote(self._column(name))
        if isinstance(value, Word) and value.value == "null":
            return f"{column} IS {'NOT ' if negated else ''}NULL"
        constant = self._literal(value)
        if constant is None:
            given.wrong("A condition compares with true, false, null, a string or a number.")
            return None
        if self.scope.kind(line) == "scalar" and not isinstance(
            value, _FITTING.get(line.type, Call)
        ):
            given.wrong(f"{name} is of the type {line.type} and cannot be compared with this.")
            return None
        return f"{column} {'!=' if negated else '='} {constant}"

    def _literal(self, value: Expression) -> str | None:
        if isinstance(value, SchemaText):
            return literal(value.value)
        if isinstance(value, Number) or (
            isinstance(value, Word) and value.value in ("true", "false")
        ):
            return value.value
        return None

    def _column(self, field: str) -> str:
        line = self.scope.line(self.block.name, field)
        for attribute in line.attributes if line else ():
            for argument in attribute.arguments:
                if attribute.name == "map" and isinstance(argument.value, SchemaText):
                    return argument.value.value
        return field
