"""The differences besides tables: schemas, extensions and enums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker.prisma.database.model import DatabaseColumn, DatabaseSchema, DatabaseTable, EnumType
from checker.prisma.diff.casting import enum_key
from checker.prisma.diff.steps import (
    AlterEnum,
    AlterExtension,
    CreateEnum,
    CreateExtension,
    CreateSchema,
    DropEnum,
    DropExtension,
    EnumUse,
    Step,
)


def created_schemas(before: DatabaseSchema, after: DatabaseSchema) -> Iterator[CreateSchema]:
    """A schema is created for the tables and enums in it."""
    used = {t.schema for t in (*before.tables, *after.tables)} | {e.schema for e in after.enums}
    for name in after.schemas:
        if name not in before.schemas and name in used:
            yield CreateSchema(name)


def extension_steps(before: DatabaseSchema, after: DatabaseSchema) -> Iterator[Step]:
    """An extension that the schema does not name stays."""
    known = {extension.name: extension for extension in before.extensions}
    for new in after.extensions:
        old = known.get(new.name)
        if old is None:
            yield CreateExtension(new)
        elif _differs(old.version, new.version) or _differs(old.schema, new.schema):
            if old.relocatable:
                yield AlterExtension(old, new)
            else:
                yield from (DropExtension(old), CreateExtension(new))


def _differs(old: str | None, new: str | None) -> bool:
    return bool(old and new) and old != new


def enum_steps(
    before: DatabaseSchema,
    after: DatabaseSchema,
    pairs: Sequence[tuple[DatabaseTable, DatabaseTable]],
) -> Iterator[Step]:
    """The order of an enum's values is not compared."""
    for old in before.enums:
        new = after.enum(old.schema, old.name)
        if new is None:
            yield DropEnum(old)
            continue
        added = tuple(value for value in new.values if value not in old.values)
        removed = tuple(value for value in old.values if value not in new.values)
        if added or removed:
            uses = tuple(_uses(old, before, pairs)) if removed else ()
            yield AlterEnum(old, new, added, removed, uses)
    for enum in after.enums:
        if before.enum(enum.schema, enum.name) is None:
            yield CreateEnum(enum)


def _uses(
    enum: EnumType, before: DatabaseSchema, pairs: Sequence[tuple[DatabaseTable, DatabaseTable]]
) -> Iterator[EnumUse]:
    after = {old.key: new for old, new in pairs}
    for table in before.tables:
        target = after.get(table.key)
        for column in filter(lambda c: _is_of(c, enum), table.columns):
            new = target.column(column.name) if target else None
            yield EnumUse(table, column, new if new and _is_of(new, enum) else None)


def _is_of(column: DatabaseColumn, enum: EnumType) -> bool:
    return column.type.enum and enum_key(column.type) == (enum.schema, enum.name)
