"""The attributes of a field or block, and the arguments of one: each is taken once, by its name.
Those never taken are unknown, and reported.
"""

from __future__ import annotations

from collections.abc import Iterable

from checker.prisma.schema.resolving.report import Problems
from checker.prisma.schema.syntax import (
    Argument,
    Attribute,
    Call,
    Expression,
    Items,
    Number,
    SchemaSource,
    SchemaText,
    Word,
)


class Attributes:
    """The attributes at one place, to be taken by name."""

    def __init__(
        self,
        attributes: Iterable[Attribute],
        source: SchemaSource,
        report: Problems,
        sign: str = "@",
    ) -> None:
        self.source, self.report, self.sign = source, report, sign
        self._left = list(attributes)

    def all(self, name: str) -> list[Arguments]:
        """Every attribute of this name, for those that may be repeated."""
        matching = [a for a in self._left if a.name == name]
        self._left = [a for a in self._left if a.name != name]
        return [self._arguments(a) for a in matching]

    def one(self, name: str) -> Arguments | None:
        """The attribute of the name; a second one is reported."""
        if not self._left:
            return None
        matching = self.all(name)
        if len(matching) > 1:
            for arguments in matching:
                arguments.wrong(f"{self.sign}{name} is written more than once.")
            return None
        return matching[0] if matching else None

    def scoped(self) -> Arguments | None:
        """The native type: the attribute with a dot in its name."""
        native = [a for a in self._left if "." in a.name]
        if not native:
            return None
        self._left = [a for a in self._left if "." not in a.name]
        for second in native[1:]:
            message = f"There can be one native type only, not {self.sign}{second.name} as well."
            self.report.add(message, self.source, second.start)
        return self._arguments(native[0])

    def finish(self) -> None:
        for attribute in self._left:
            message = f"There is no attribute {self.sign}{attribute.name} here."
            self.report.add(message, self.source, attribute.start)

    def _arguments(self, attribute: Attribute) -> Arguments:
        name = f"{self.sign}{attribute.name}"
        return Arguments(name, attribute.arguments, attribute.start, self.source, self.report)


class Arguments:
    """The arguments of an attribute or function, to be taken by name."""

    def __init__(
        self,
        name: str,
        arguments: tuple[Argument, ...],
        start: int,
        source: SchemaSource,
        report: Problems,
    ) -> None:
        self.name, self.start, self.source, self.report = name, start, source, report
        self.position = source.position(start)
        self._named: dict[str, Expression] = {}
        self._unnamed: list[Expression] = []
        for argument in arguments:
            if argument.value is None:
                continue
            if argument.name is None:
                self._unnamed.append(argument.value)
            elif argument.name in self._named:
                self.wrong(f"{name} is given {argument.name} more than once.")
            else:
                self._named[argument.name] = argument.value

    def wrong(self, message: str) -> None:
        self.report.at(message, self.position)

    def main(self, name: str, *, required: bool = True) -> Expression | None:
        """The argument whose name may be omitted."""
        named = self._named.pop(name, None)
        if named is not None and self._unnamed:
            self.wrong(f"{self.name} is given {name} twice, once with its name and once without.")
            self._unnamed.clear()
        elif len(self._unnamed) > 1:
            self.wrong(f"{self.name} takes one value without a name: are brackets missing?")
            self._unnamed.clear()
        elif named is None and not self._unnamed and required:
            self.wrong(f"{self.name} needs the argument {name}.")
        return self._unnamed.pop() if self._unnamed else named

    def take(self, name: str) -> Expression | None:
        return self._named.pop(name, None)

    def values(self) -> list[Expression]:
        """All unnamed values, for attributes that take a list."""
        for name in self._named:
            self.wrong(f"{self.name} takes no argument {name}.")
        found, self._unnamed = self._unnamed, []
        return found

    def finish(self) -> None:
        for name in self._named:
            self.wrong(f"{self.name} takes no argument {name}.")
        if self._unnamed:
            self.wrong(f"{self.name} takes no value without a name.")

    def map(self) -> str | None:
        """The name in the database."""
        return self.filled("map")

    def filled(self, name: str) -> str | None:
        value = self.string(self.take(name))
        if value == "":
            self.wrong(f"The {name} of {self.name} is empty.")
        return value or None

    def string(self, value: Expression | None) -> str | None:
        if value is None or isinstance(value, SchemaText):
            return None if value is None else value.value
        self._expected("a string", value)
        return None

    def word(self, value: Expression | None) -> str | None:
        if value is None or isinstance(value, Word):
            return None if value is None else value.value
        self._expected("a name", value)
        return None

    def integer(self, value: Expression | None) -> int | None:
        if value is None:
            return None
        if isinstance(value, Number) and "." not in value.value and len(value.value) < 20:
            return int(value.value)
        self._expected("a whole number", value)
        return None

    def boolean(self, value: Expression | None) -> bool | None:
        if value is None:
            return None
        if isinstance(value, Word) and value.value in ("true", "false"):
            return value.value == "true"
        self._expected("true or false", value)
        return None

    def words(self, value: Expression) -> list[str] | None:
        """A list of names; a single name needs no brackets."""
        words = [self.word(v) for v in (value.values if isinstance(value, Items) else (value,))]
        names = [name for name in words if name is not None]
        return names if len(names) == len(words) else None

    def _expected(self, wanted: str, value: Expression) -> None:
        self.wrong(f"{self.name} expects {wanted}, not {describe(value)}.")


def describe(value: Expression) -> str:
    """The value found where another was expected, cut short."""
    if isinstance(value, SchemaText):
        return "a string"
    if isinstance(value, Number):
        return f"the number {value.value[:40]}"
    if isinstance(value, Word):
        return f"the name {value.value[:40]}"
    return f"the function {value.name[:40]}()" if isinstance(value, Call) else "a list"
