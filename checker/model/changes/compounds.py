"""One change that Prisma writes as several statements."""

from __future__ import annotations

from msgspec import Struct

from checker.model.changes.columns import Column
from checker.model.changes.names import Name


class RecreateColumn(Struct, frozen=True):
    """A column dropped and added again under its name: how Prisma writes a type it cannot cast."""

    table: Name
    column: Column


class ReplaceColumn(Struct, frozen=True):
    """A column dropped while one like it is added: how Prisma writes a renamed field."""

    table: Name
    column: str
    by: Column


class ReplaceTable(Struct, frozen=True):
    """A table dropped while one like it is created: how Prisma writes a renamed model."""

    table: Name
    by: Name


class RecreateEnum(Struct, frozen=True):
    """An enum replaced by another of its name: how Prisma writes removed values.

    ``before`` is empty where the old values are not known.
    """

    enum: Name
    before: tuple[str, ...]
    values: tuple[str, ...]
