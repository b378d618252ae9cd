"""Renaming, moving and dropping types, with the columns that have them."""

from __future__ import annotations

from msgspec.structs import replace

from checker.model.changes import DEFAULT_SCHEMA, Type
from checker.sql.catalog.relations import drop_column
from checker.sql.catalog.schema import FoldedSchema, Key


def move_type(schema: FoldedSchema, old: Key, new: Key) -> None:
    """Rename a type or move it to another schema: columns, defaults and domains follow."""
    if old not in schema.types or new in schema.types:
        return

    def moved(kind: Type) -> Type:
        if schema.type_key(kind) != old:
            return kind
        kept = kind.schema if old[0] == new[0] else None
        where = kept or (None if new[0] == DEFAULT_SCHEMA else new[0])
        return replace(kind, name=new[1], schema=where)

    for table in schema.relations.values():
        for known in table.columns.values():
            if known.column.type.name == old[1]:
                known.column = replace(known.column, type=moved(known.column.type))
            if known.default_type is not None:
                known.default_type = moved(known.default_type)
    schema.types[new] = schema.types.pop(old)
    if old in schema.enums:
        schema.enums[new] = schema.enums.pop(old)
    if old in schema.domains:
        schema.domains[new] = schema.domains.pop(old)
    for domain in schema.domains.values():
        domain.type = moved(domain.type)


def drop_type(schema: FoldedSchema, key: Key, *, cascade: bool) -> None:
    """Drop a type, with ``cascade`` also the columns and domains that have it."""
    schema.types.pop(key, None)
    schema.enums.pop(key, None)
    schema.domains.pop(key, None)
    if not cascade:
        return
    for table, column in schema.columns_of(key):
        drop_column(schema, table, column.name, cascade=True)
    for table in schema.relations.values():
        for name, known in table.columns.items():
            if known.default_type is not None and schema.type_key(known.default_type) == key:
                table.alter_column(name, default=None)
    for over in [k for k, d in schema.domains.items() if schema.type_key(d.type) == key]:
        drop_type(schema, over, cascade=True)
