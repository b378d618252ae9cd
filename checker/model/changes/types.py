"""Data types, enums and domains."""

from __future__ import annotations

import re

from msgspec import Struct

from checker.model.changes.constraints import Constraint
from checker.model.changes.names import Name, quote

_PLAIN_TYPE = re.compile(r"[a-z_][a-z0-9_ ]*")


class Type(Struct, frozen=True):
    """A data type. ``name`` is PostgreSQL's long name where it has one (``character varying``).

    ``modifiers`` are the figures in parentheses as text: ``("10", "2")`` of numeric(10,2).
    """

    name: str
    schema: str | None = None
    modifiers: tuple[str, ...] = ()
    array: bool = False

    @property
    def sql(self) -> str:
        """The type for SQL: a name that would not survive unquoted is quoted."""
        plain = _PLAIN_TYPE.fullmatch(self.name) is not None
        name = self.name if plain else quote(self.name)
        schema = None if self.schema is None else quote(self.schema)
        return str(Type(name, schema, self.modifiers, self.array))

    def __str__(self) -> str:
        base = self.name if self.schema is None else f"{self.schema}.{self.name}"
        figures = ",".join(self.modifiers)
        if figures and " time zone" in base:
            head, tail = base.split(" ", 1)
            base = f"{head}({figures}) {tail}"
        elif figures:
            base = f"{base}({figures})"
        return base + ("[]" if self.array else "")


class CreateEnum(Struct, frozen=True):
    enum: Name
    values: tuple[str, ...]


class AddEnumValue(Struct, frozen=True):
    """ALTER TYPE … ADD VALUE; ``before`` or ``after`` names the neighbour where one was given."""

    enum: Name
    value: str
    before: str | None = None
    after: str | None = None
    if_not_exists: bool = False


class RenameEnumValue(Struct, frozen=True):
    enum: Name
    value: str
    to: str


class RenameType(Struct, frozen=True):
    type: Name
    to: str


class DropType(Struct, frozen=True):
    """DROP TYPE or DROP DOMAIN."""

    type: Name
    cascade: bool = False
    if_exists: bool = False


class CreateDomain(Struct, frozen=True):
    domain: Name
    type: Type
    not_null: bool = False
    default: str | None = None
    constraints: tuple[Constraint, ...] = ()


class AlterDomain(Struct, frozen=True):
    """ALTER DOMAIN; ``what`` names it (``SET NOT NULL``, ``ADD CONSTRAINT``).

    ``name`` is the constraint that is dropped, validated or renamed ``to`` another name.
    """

    domain: Name
    what: str
    constraint: Constraint | None = None
    name: str | None = None
    to: str | None = None
    default: str | None = None
