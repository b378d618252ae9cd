"""Names of objects, and how SQL writes names and texts."""

from __future__ import annotations

from msgspec import Struct

DEFAULT_SCHEMA = "public"


def quote(identifier: str) -> str:
    """An identifier as Prisma writes it: always quoted (PostgreSQL 4.1.1, Identifiers)."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as a constant of SQL, where standard_conforming_strings is on (PostgreSQL 4.1.2.1)."""
    return "'" + text.replace("'", "''") + "'"


def safe_literal(text: str) -> str:
    """A text as a constant of SQL that every setting of a server reads alike (4.1.2.2)."""
    return "E" + literal(text.replace("\\", "\\\\")) if "\\" in text else literal(text)


class Name(Struct, frozen=True, order=True):
    """The name of a relation, type or other object. ``schema`` is None where none was written."""

    name: str
    schema: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """(schema, name), with the default schema where none was written."""
        return (self.schema or DEFAULT_SCHEMA, self.name)

    @property
    def sql(self) -> str:
        """The name quoted for SQL."""
        if self.schema is None:
            return quote(self.name)
        return f"{quote(self.schema)}.{quote(self.name)}"

    def __str__(self) -> str:
        """The name for people: ``User`` or ``auth.User``."""
        return self.name if self.schema is None else f"{self.schema}.{self.name}"
