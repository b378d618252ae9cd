"""Checks of models and views: unique criteria, names, schemas, ids.

Source: prisma-engines, psl ``validations/models`` and ``views``.
"""

from __future__ import annotations

from collections import Counter

from checker.prisma.schema.schema import Enum, Model, SchemaIndex
from checker.prisma.schema.validation.context import (
    ValidationContext,
    columns,
    criteria,
    is_auto_increment,
    is_scalar,
    scalars,
)


def check_tables(context: ValidationContext) -> None:
    """Each table stands for one model."""
    seen: dict[tuple[str | None, str], Model] = {}
    for model in context.tables:
        other = seen.setdefault((model.schema, model.table), model)
        if other is model:
            continue
        at = context.notes.maps.get(model.name) or context.notes.maps.get(other.name)
        message = f"{other.name} and {model.name} are the same table {model.table}."
        context.wrong(message, at.position if at else model.position)


def check_model(model: Model, context: ValidationContext) -> None:
    if model.name in context.views:
        _check_view(model, context)
    else:
        _check_criteria(model, context)
        if model.primary_key:
            _check_id(model, model.primary_key, context)
    check_schema(model, context)
    _check_auto_increment(model, context)
    _check_client_names(model, context)


def _check_view(view: Model, context: ValidationContext) -> None:
    if "views" not in context.enabled:
        context.wrong("A view needs the preview feature views.", view.position)
    if not context.plain_views:
        return
    if view.primary_key:
        context.wrong("A view has no id.", view.primary_key.position)
    for index in view.indexes:
        if index.kind != "unique":
            context.wrong("A view has no indexes.", index.position)
        elif index.name is not None:
            message = "A unique criterion of a view is none of the database and has no map."
            context.wrong(message, index.position)
        if index.kind == "unique" and any(f.sort or f.length or f.ops for f in index.fields):
            context.wrong("A unique criterion of a view is of plain fields.", index.position)


def _check_criteria(model: Model, context: ValidationContext) -> None:
    if model.ignored:
        return
    fields = {f.name: f for f in model.fields}

    def strict(index: SchemaIndex) -> bool:
        used = [fields[name.split(".")[0]] for name in columns(index)]
        return all(f.arity != "optional" and f.kind != "unsupported" for f in used)

    if not any(strict(index) for index in criteria(model)):
        message = "needs an @id, or a @unique of required fields only, that tells its rows apart."
        context.wrong(f"{model.name} {message}", model.position)


def _check_id(model: Model, key: SchemaIndex, context: ValidationContext) -> None:
    database = context.database
    if key.name is not None and not database.named_ids:
        context.wrong(f"{database.title} gives ids no names.", model.position)
    if len(key.fields) > 1 and not database.compound_ids:
        context.wrong(f"{database.title} has no ids of several fields.", key.position)
    if not key.fields:
        context.wrong("An id has at least one field.", key.position)
    if any(f.length is not None for f in key.fields) and not database.lengths:
        context.wrong(f"{database.title} has no id with a length.", key.position)
    if any(f.sort is not None for f in key.fields) and not database.sorted_ids:
        context.wrong(f"{database.title} has no sorted id.", key.position)
    if any(f.ops is not None for f in key.fields):
        context.wrong("Only an @@index has operator classes.", key.position)
    joined = "_".join(columns(key))
    if len(key.fields) > 1 and is_scalar(context.field(model, joined)):
        message = f"The client calls the id {joined}, as the field: give the id another name."
        context.wrong(message, key.position)


def check_schema(owner: Model | Enum, context: ValidationContext) -> None:
    """``@@schema`` names a schema of the datasource, and does so everywhere or nowhere."""
    datasource = context.schema.datasource
    schemas = datasource.schemas if datasource else ()
    written = context.notes.schemas.get(owner.name)
    if written is None:
        if schemas and context.database.schemas:
            context.wrong(f"{owner.name} needs a @@schema, as all others.", owner.position)
    elif not context.database.schemas:
        context.wrong(f"{context.database.title} has no schemas.", written.position)
    elif owner.schema not in schemas:
        message = f"The datasource has no schema {owner.schema}: add it to its schemas."
        context.wrong(message, written.position)


def check_shard_keys(context: ValidationContext) -> None:
    """Shard keys are Vitess', which is a MySQL, and no migration knows them."""
    for arguments in context.notes.empty_keys:
        arguments.wrong("@@shardKey names no field.")
    for arguments in context.notes.shard_keys:
        if "shardKeys" not in context.enabled:
            arguments.wrong("A shard key needs the preview feature shardKeys.")
        elif context.provider not in (None, "mysql"):
            arguments.wrong(f"{context.database.title} has no shard keys.")


def _check_auto_increment(model: Model, context: ValidationContext) -> None:
    database = context.database
    fields = [f for f in scalars(model) if is_auto_increment(f)]
    if len(fields) > 1 and database.auto_increment and not database.several_auto_increments:
        message = f"{database.title} has one autoincrement() in a table."
        context.wrong(message, model.position)
    key = columns(model.primary_key) if model.primary_key else ()
    leading = {columns(i)[0] for i in model.indexes if i.fields} | set(key[:1])
    for field in fields:
        if not database.auto_increment:
            context.wrong(f"{database.title} has no autoincrement().", field.position)
            continue
        if not database.auto_increment_off_id and key != (field.name,):
            message = f"{database.title} has autoincrement() on the id only."
            context.wrong(message, field.position)
        if not database.auto_increment_unindexed and field.name not in leading:
            message = f"{database.title} has autoincrement() on a field with an index only."
            context.wrong(message, field.position)


def _check_client_names(model: Model, context: ValidationContext) -> None:
    """The client's names of criteria: each is unique, and none is a field's."""
    named = [i for i in criteria(model) if i.client_name is not None]
    names = Counter(i.client_name for i in named)
    for index in named:
        if names[index.client_name] > 1:
            message = f"There is more than one name {index.client_name} in {model.name}."
            context.wrong(message, index.position)
        if context.field(model, index.client_name or ""):
            message = f"{index.client_name} is a field of {model.name}, and an index's name."
            context.wrong(message, model.position)
