"""Applies changes of types, views, sequences and schemas to the schema."""

from __future__ import annotations

import re

from msgspec.structs import replace

from checker.model import changes as c
from checker.model.changes import Constraint, Name
from checker.sql.catalog import relations, types
from checker.sql.catalog.folding import folds
from checker.sql.catalog.schema import FoldedSchema, Key, KnownSequence
from checker.sql.catalog.table import KnownDomain, KnownTable
from checker.sql.naming import choose_name

_VIEWS = ("VIEW", "MATERIALIZED VIEW")
# The types that an extension takes along (PostgreSQL documentation, appendix F; pgvector, PostGIS),
# and the functions that no built-in function replaces.
_TYPES_OF = {
    "citext": ("citext",),
    "cube": ("cube",),
    "hstore": ("hstore",),
    "intarray": ("query_int",),
    "isn": ("ean13", "isbn", "isbn13", "ismn", "ismn13", "issn", "issn13", "upc"),
    "lo": ("lo",),
    "ltree": ("lquery", "ltree", "ltxtquery"),
    "postgis": ("box2d", "box3d", "geography", "geometry"),
    "seg": ("seg",),
    "vector": ("halfvec", "sparsevec", "vector"),
}
_FUNCTIONS_OF = {"uuid-ossp": re.compile(r"\buuid_(generate_v|nil|ns_)")}


# -- types ----------------------------------------------------------------------------------


@folds(c.CreateEnum)
def create_enum(schema: FoldedSchema, change: c.CreateEnum) -> None:
    key = schema.new_key(change.enum)
    if key not in schema.types:
        schema.types[key] = schema.pull_request
        schema.enums[key] = change.values


@folds(c.AddEnumValue)
def add_enum_value(schema: FoldedSchema, change: c.AddEnumValue) -> None:
    key = schema.key(change.enum)
    values = schema.enums.get(key)
    if values is None or change.value in values:
        return
    at = len(values)
    if change.before in values:
        at = values.index(change.before)
    elif change.after in values:
        at = values.index(change.after) + 1
    schema.enums[key] = (*values[:at], change.value, *values[at:])


@folds(c.RenameEnumValue)
def rename_enum_value(schema: FoldedSchema, change: c.RenameEnumValue) -> None:
    key = schema.key(change.enum)
    values = schema.enums.get(key)
    if values is not None and change.to not in values:
        schema.enums[key] = tuple(change.to if v == change.value else v for v in values)


@folds(c.CreateDomain)
def create_domain(schema: FoldedSchema, change: c.CreateDomain) -> None:
    key = schema.new_key(change.domain)
    if key in schema.types:
        return
    schema.types[key] = schema.pull_request
    kind = schema.settled_type(change.type)
    domain = schema.domains[key] = KnownDomain(kind, change.not_null, change.default)
    for constraint in change.constraints:
        _add_domain_check(key[1], domain, constraint)


def _add_domain_check(name: str, domain: KnownDomain, constraint: Constraint) -> None:
    taken = {each.name for each in domain.constraints}
    chosen = constraint.name or choose_name(name, "", "check", taken.__contains__)
    if chosen not in taken:
        domain.constraints = (*domain.constraints, replace(constraint, name=chosen))


@folds(c.AlterDomain)
def alter_domain(schema: FoldedSchema, change: c.AlterDomain) -> None:
    key = schema.key(change.domain)
    domain = schema.domains.get(key)
    if domain is None:
        return
    match change.what:
        case "SET NOT NULL" | "DROP NOT NULL":
            domain.not_null = change.what == "SET NOT NULL"
        case "SET DEFAULT" | "DROP DEFAULT":
            domain.default = change.default
        case "ADD CONSTRAINT" if change.constraint is not None:
            if change.constraint.kind == "not_null":
                domain.not_null = True
            else:
                _add_domain_check(key[1], domain, change.constraint)
        case _:
            domain.constraints = tuple(
                each if each.name != change.name else altered
                for each in domain.constraints
                for altered in _altered(each, change)
            )


def _altered(constraint: Constraint, change: c.AlterDomain) -> tuple[Constraint, ...]:
    """The constraint that the change names, as it is after the change."""
    if constraint.name != change.name:
        return (constraint,)
    match change.what:
        case "VALIDATE CONSTRAINT":
            return (replace(constraint, not_valid=False),)
        case "RENAME CONSTRAINT":
            return (replace(constraint, name=change.to),)
        case "DROP CONSTRAINT":
            return ()
    return (constraint,)


@folds(c.RenameType)
def rename_type(schema: FoldedSchema, change: c.RenameType) -> None:
    key = schema.key(change.type)
    types.move_type(schema, key, (key[0], change.to))


@folds(c.DropType)
def drop_type(schema: FoldedSchema, change: c.DropType) -> None:
    types.drop_type(schema, schema.key(change.type), cascade=change.cascade)


# -- views, sequences, schemas, extensions ----------------------------------------------------


@folds(c.CreateObject)
def create_object(schema: FoldedSchema, change: c.CreateObject) -> None:
    key = schema.new_key(change.name)
    if change.kind in _VIEWS:
        known = schema.relations.get(key)
        if known is None:
            known = KnownTable(schema.named(key, change.name), schema.pull_request)
            known.kind = "view" if change.kind == "VIEW" else "materialized view"
            known.complete = False
        elif not change.replace:
            return
        known.sources = source_tables(schema, change.source)
        schema.add_relation(key, known)
        known.reads = set(change.columns)
        for source in known.sources if "*" in change.columns else ():
            known.reads |= set(source.columns) | source.reads
    elif change.kind == "SCHEMA":
        schema.dropped.discard(change.name.name)
        schema.set_path(schema.given)
    elif change.kind == "SEQUENCE":
        schema.sequences.setdefault(key, KnownSequence())
    elif change.kind == "TYPE":
        schema.types.setdefault(key, schema.pull_request)


@folds(c.AlterObject)
def alter_object(schema: FoldedSchema, change: c.AlterObject) -> None:
    key = schema.key(change.name)
    if change.what == "SET SCHEMA" and change.argument is not None:
        target = (change.argument, key[1])
        if change.kind in ("TYPE", "DOMAIN"):
            types.move_type(schema, key, target)
        elif change.kind in (*_VIEWS, "SEQUENCE"):
            relations.move_relation(schema, key, target)
    elif change.kind == "SEQUENCE" and "OWNED BY" in change.what and key in schema.sequences:
        owner = schema.relations.get(schema.key(change.on)) if change.on else None
        schema.sequences[key] = KnownSequence(owner, change.argument)


@folds(c.RenameObject)
def rename_object(schema: FoldedSchema, change: c.RenameObject) -> None:
    if change.kind == "SCHEMA":
        rename_space(schema, change.name.name, change.to)
    elif change.kind in (*_VIEWS, "SEQUENCE"):
        key = schema.key(change.name)
        relations.move_relation(schema, key, (key[0], change.to))


@folds(c.DropObject)
def drop_object(schema: FoldedSchema, change: c.DropObject) -> None:
    if change.kind in _VIEWS:
        relations.drop_relation(schema, schema.key(change.name), cascade=change.cascade)
    elif change.kind == "SEQUENCE":
        relations.drop_sequence(schema, schema.key(change.name))
    elif change.kind == "SCHEMA":
        drop_in(schema, change.name.name)
    elif change.kind == "EXTENSION" and change.cascade:
        _drop_extension(schema, change.name)


def _drop_extension(schema: FoldedSchema, extension: Name) -> None:
    """Drop the columns of its types and the defaults that call its functions.

    Indexes that use its operator classes go too, but which those are is not in an index's keys.
    """
    names = _TYPES_OF.get(extension.name, ())
    calls = _FUNCTIONS_OF.get(extension.name)
    for table in list(schema.relations.values()):
        for name, known in list(table.columns.items()):
            if known.column.type.name in names:
                relations.drop_column(schema, table, name, cascade=True)
            elif calls is not None and calls.search(known.column.default or ""):
                table.alter_column(name, default=None)


@folds(c.SetParameter)
def set_parameter(schema: FoldedSchema, change: c.SetParameter) -> None:
    if change.name in ("search_path", "ALL"):
        schema.set_path(change.value if change.name == "search_path" else None)


def drop_in(schema: FoldedSchema, space: str) -> None:
    """Drop a schema with everything in it (DROP SCHEMA … CASCADE)."""
    schema.dropped.add(space)
    schema.set_path(schema.given)
    tables: list[Key] = [key for key in schema.relations if key[0] == space]
    for key in tables:
        relations.drop_relation(schema, key, cascade=True)
    for key in [key for key in schema.types if key[0] == space]:
        types.drop_type(schema, key, cascade=True)
    for key in [key for key in schema.sequences if key[0] == space]:
        relations.drop_sequence(schema, key)


def rename_space(schema: FoldedSchema, old: str, new: str) -> None:
    """ALTER SCHEMA … RENAME TO."""
    for key in [key for key in schema.relations if key[0] == old]:
        relations.move_relation(schema, key, (new, key[1]))
    for key in [key for key in schema.types if key[0] == old]:
        types.move_type(schema, key, (new, key[1]))
    for key in [key for key in schema.sequences if key[0] == old]:
        relations.move_sequence(schema, key, (new, key[1]))


def source_tables(schema: FoldedSchema, names: tuple[Name, ...]) -> list[KnownTable]:
    """The known relations among these."""
    relations = (schema.relations.get(schema.key(name)) for name in names)
    return [table for table in relations if table is not None]
