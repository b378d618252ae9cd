"""``@default``: which values and functions a field of each type can default to.

Source: Prisma's schema reference, "@default" and "Attribute functions".
"""

from __future__ import annotations

from collections.abc import Callable

from checker.prisma.schema.resolving.attributes import Arguments, describe
from checker.prisma.schema.schema import Arity, Default, FieldKind
from checker.prisma.schema.syntax import (
    Argument,
    Block,
    Call,
    Expression,
    Items,
    Number,
    SchemaText,
    Word,
)

# The scalars that each function can fill; None is every scalar.
_FILLS: dict[str, tuple[str, ...] | None] = {
    "autoincrement": ("Int", "BigInt"),
    "cuid": ("String",),
    "uuid": ("String",),
    "ulid": ("String",),
    "nanoid": ("String",),
    "now": ("DateTime",),
    "auto": None,
}
_LITERALS: dict[str, tuple[type, ...]] = {
    "String": (SchemaText,),
    "Json": (SchemaText,),
    "Bytes": (SchemaText,),
    "DateTime": (SchemaText,),
    "Int": (Number,),
    "BigInt": (Number,),
    "Float": (Number,),
    "Decimal": (Number, SchemaText),
}


class DefaultReader:
    """Reads the default of one field."""

    def __init__(
        self, given: Arguments, kind: FieldKind, type_: str, arity: Arity, enum: Block | None
    ) -> None:
        self.given, self.kind, self.type, self.arity, self.enum = given, kind, type_, arity, enum

    def read(self, *, composite: bool = False) -> Default | None:
        """The default, None where it is wrong. ``composite``: the field is one of a composite type.

        A function that Prisma does not know is left to the database."""
        arguments = self.given
        value = arguments.main("value")
        named = arguments.take("map")
        if composite and named is not None:
            arguments.wrong("The default of a composite type's field has no name.")
        name = None if composite else self._name(named)
        if value is None:
            return None
        if isinstance(value, Call):
            return self._function(value, name, composite=composite)
        if self.kind == "composite":
            arguments.wrong("A field of a composite type has no default.")
        elif self.kind == "unsupported":
            arguments.wrong('An unsupported type takes the default dbgenerated("…") only.')
        else:
            return self._literal(value, name)
        return None

    def _name(self, value: Expression | None) -> str | None:
        text = self.given.string(value)
        if text == "":
            self.given.wrong("The name of a default is empty.")
        return text or None

    def _literal(self, value: Expression, name: str | None) -> Default | None:
        if self.arity != "list":
            if isinstance(value, Items):
                self.given.wrong("The default is a list, the field is none.")
                return None
            text = self._text(value)
            return None if text is None else Default("value", (text,), name=name)
        if not isinstance(value, Items):
            self.given.wrong("The default of a list is a list.")
            return None
        texts = [self._text(v) for v in value.values]
        return Default("list", tuple(t for t in texts if t is not None), name=name)

    def _text(self, value: Expression) -> str | None:
        if self.enum is not None:
            if not isinstance(value, Word):
                self.given.wrong(f"The default is a value of {self.type}, not {describe(value)}.")
            elif all(value.value != line.name for line in self.enum.fields):
                self.given.wrong(f"{self.type} has no value {value.value}.")
            else:
                return value.value
            return None
        if self.type == "Boolean":
            if isinstance(value, Word) and value.value in ("true", "false"):
                return value.value
            self.given.wrong(f"The default of a Boolean is true or false, not {describe(value)}.")
            return None
        if isinstance(value, _LITERALS[self.type]) and isinstance(value, SchemaText | Number):
            return value.value
        self.given.wrong(f"{describe(value).capitalize()} is no default of the type {self.type}.")
        return None

    def _function(self, call: Call, name: str | None, *, composite: bool) -> Default | None:
        attribute = self.given
        if call.name == "dbgenerated":
            if composite:
                attribute.wrong("A field of a composite type has no dbgenerated() default.")
                return None
        elif self.kind in ("composite", "unsupported"):
            attribute.wrong(f"A field of this type has no default {call.name}().")
            return None
        elif self.kind == "enum":
            attribute.wrong(f"The default is a value of {self.type}, not a function.")
            return None
        elif call.name not in _FILLS and not composite:
            return Default("function", _written(call.arguments), call.name, name)
        elif not self._fills(call.name, name, composite=composite):
            return None
        arguments = _ARGUMENTS.get(call.name, _no_arguments)(call.arguments)
        if isinstance(arguments, str):
            attribute.wrong(arguments.format(call.name))
            return None
        return Default("function", arguments, call.name, name)

    def _fills(self, function: str, name: str | None, *, composite: bool) -> bool:
        types = _FILLS.get(function, ())
        if composite and function in ("auto", "autoincrement"):
            self.given.wrong(f"A field of a composite type has no default {function}().")
        elif function == "autoincrement" and name is not None:
            self.given.wrong("The default autoincrement() has no name.")
        elif types is not None and self.type not in types:
            self.given.wrong(f"{function}() does not fill a field of the type {self.type}.")
        else:
            return True
        return False


def _values(arguments: tuple[Argument, ...]) -> list[Expression]:
    return [a.value for a in arguments if a.value is not None]


def _no_arguments(arguments: tuple[Argument, ...]) -> tuple[str, ...] | str:
    return "{}() takes no argument." if arguments else ()


def _dbgenerated(arguments: tuple[Argument, ...]) -> tuple[str, ...] | str:
    values = _values(arguments)
    if not values:
        return ()
    first = values[0]
    if len(values) > 1 or not isinstance(first, SchemaText):
        return "{}() takes one string."
    return (first.value,) if first.value else "The string in {}() is empty."


def _number(low: int, high: int, only: tuple[int, ...] = ()) -> _Check:
    allowed = " or ".join(map(str, only)) if only else f"a number from {low} to {high}"

    def check(arguments: tuple[Argument, ...]) -> tuple[str, ...] | str:
        values = _values(arguments)
        if not values:
            return ()
        first = values[0]
        if len(values) > 1 or not isinstance(first, Number) or not first.value.isdigit():
            return f"{{}}() takes {allowed}."
        number = int(first.value[:9])
        if not low <= number <= high or (only and number not in only):
            return f"{{}}() takes {allowed}."
        return (first.value,)

    return check


def _written(arguments: tuple[Argument, ...]) -> tuple[str, ...]:
    """The arguments as written, ``name: value``; only plain ones are kept."""
    plain = [
        (a.name, a.value) for a in arguments if isinstance(a.value, SchemaText | Number | Word)
    ]
    return tuple(f"{name}: {value.value}" if name else value.value for name, value in plain)


_Check = Callable[[tuple[Argument, ...]], tuple[str, ...] | str]
_ARGUMENTS: dict[str, _Check] = {
    "dbgenerated": _dbgenerated,
    "uuid": _number(4, 7, (4, 7)),
    "cuid": _number(1, 2, (1, 2)),
    "nanoid": _number(2, 255),
}
