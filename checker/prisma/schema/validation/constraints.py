"""The names of constraints: short enough, and each given once where the database wants that.

Source: prisma-engines, psl ``constraint_names`` and ``constraint_namespace``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from checker.prisma.schema.schema import Model, Position, SchemaIndex
from checker.prisma.schema.validation.context import ValidationContext, columns, scalars
from checker.prisma.schema.validation.databases import Kind
from checker.prisma.schema.validation.links import Link


class Named(Struct, frozen=True):
    """A constraint's name, and where it comes from."""

    kind: Kind
    model: Model
    name: str
    position: Position


def check_names(links: list[Link], context: ValidationContext, reported: frozenset[Kind]) -> None:
    """Reports the clashes of constraints of these kinds, with any others."""
    constraints = list(_named(links, context))
    for scope in context.database.scopes:
        inside = [n for n in constraints if n.kind in scope.kinds]
        keys = Counter(_key(n, local=scope.local) for n in inside)
        for named in inside:
            if named.kind in reported - {scope.silent} and keys[_key(named, local=scope.local)] > 1:
                message = f"The name {named.name} is given more than once: set another with map."
                context.wrong(message, named.position)


def _key(named: Named, *, local: bool) -> tuple[str | None, str]:
    return (named.model.name if local else named.model.schema, named.name)


def _named(links: list[Link], context: ValidationContext) -> Iterator[Named]:
    for model in context.tables:
        key = model.primary_key
        if key and context.database.named_ids:
            name = key.name or _cut(context, "_pkey", model.table)
            yield Named("primary_key", model, name, key.position)
        for index in model.indexes:
            yield Named("index", model, _index_name(model, index, context), index.position)
        if context.database.named_defaults:
            for field in scalars(model):
                if field.default:
                    name = field.default.name or _cut(context, "_df", model.table, field.column)
                    yield Named("default", model, name, field.position)
    for link in links:
        side = link.forward
        if side is None or link.many:
            continue
        relation = side.field.relation
        if relation is None:
            continue
        own = [context.field(side.model, f) for f in relation.fields]
        names = [f.column for f in own if f is not None]
        name = relation.constraint or _cut(context, "_fkey", side.model.table, *names)
        yield Named("foreign_key", side.model, name, side.field.position)


def _index_name(model: Model, index: SchemaIndex, context: ValidationContext) -> str:
    if index.name:
        return index.name
    parts = []
    for path in columns(index):
        field = context.field(model, path)
        parts.append(field.column if field else path.replace(".", "_"))
    suffix = "_key" if index.kind == "unique" else "_idx"
    return _cut(context, suffix, model.table, *parts)


def _cut(context: ValidationContext, suffix: str, *parts: str) -> str:
    kept = "_".join(parts).encode()[: context.database.longest - len(suffix)]
    return kept.decode(errors="ignore") + suffix


def check_lengths(context: ValidationContext) -> None:
    longest = context.database.longest
    message = f"The name of the constraint is longer than {longest} bytes."
    for model in context.tables:
        keys = [model.primary_key] if model.primary_key else []
        for index in (*keys, *model.indexes):
            if index.name and len(index.name.encode()) > longest:
                context.wrong(message, index.position)
