"""Checks that only one database needs.

Source: prisma-engines, psl, the validations of the connectors.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.prisma.schema.schema import Field, Model, SchemaIndex
from checker.prisma.schema.validation.context import (
    ValidationContext,
    columns,
    is_auto_increment,
    scalars,
)


def check_provider(model: Model, context: ValidationContext) -> None:
    """The special rules of MongoDB, CockroachDB and SQL Server."""
    if context.provider == "mongodb":
        _check_mongodb(model, context)
    elif context.provider == "cockroachdb":
        _check_cockroachdb(model, context)
    elif context.provider == "sqlserver":
        _check_sqlserver(model, context)


def _check_mongodb(model: Model, context: ValidationContext) -> None:
    key = columns(model.primary_key) if model.primary_key else ()
    if not model.primary_key:
        context.wrong(f"{model.name} needs an @id for MongoDB.", model.position)
    elif len(key) == 1:
        field = context.field(model, key[0])
        if field and field.column != "_id":
            message = f'{field.name} is the id and needs @map("_id") for MongoDB.'
            context.wrong(message, field.position)
    for field in scalars(model):
        for message in _mongodb_problems(field, key):
            context.wrong(message, field.position)
    for index in model.indexes:
        if index.kind == "unique" and len(key) == 1 and columns(index) == key:
            context.wrong("The id is unique already.", index.position)


def _mongodb_problems(field: Field, key: tuple[str, ...]) -> Iterator[str]:
    function = field.default.function if field.default else None
    if function == "auto":
        if not field.native or field.native.name != "ObjectId":
            yield f"{field.name} has the default auto() and needs @db.ObjectId."
        if field.name not in key:
            yield f"{field.name} has the default auto(), which is for an id."
    if function == "dbgenerated":
        yield "MongoDB has no dbgenerated()."
    if field.column != field.name and (field.column.startswith("$") or "." in field.column):
        yield "A field of MongoDB has no dot in its name, and no dollar sign at its beginning."


def _check_cockroachdb(model: Model, context: ValidationContext) -> None:
    for field in scalars(model):
        if is_auto_increment(field) and field.type == "Int":
            context.wrong("CockroachDB has autoincrement() for BigInt only.", field.position)
    for index in model.indexes:
        for message in _inverted_problems(model, index, context) if index.type == "Gin" else ():
            context.wrong(message, index.position)


def _inverted_problems(
    model: Model, index: SchemaIndex, context: ValidationContext
) -> Iterator[str]:
    for at, part in enumerate(index.fields):
        field = context.field(model, part.field)
        if part.ops is not None:
            yield "CockroachDB has no operator classes."
        elif field and field.kind != "unsupported":
            if field.type == "Json" and at < len(index.fields) - 1:
                yield "Only the last field of an inverted index is JSON."
            elif field.type != "Json" and field.arity != "list":
                yield f"An inverted index cannot have {field.name}."


def _check_sqlserver(model: Model, context: ValidationContext) -> None:
    keys = [model.primary_key] if model.primary_key else []
    for key in keys:
        fields = [context.field(model, name) for name in columns(key)]
        if any(f and f.type == "Bytes" for f in fields):
            context.wrong("An id of SQL Server has no Bytes.", key.position)
