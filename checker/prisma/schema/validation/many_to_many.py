"""Checks of many-to-many relations.

Source: prisma-engines, psl ``validations/relations/many_to_many``.
"""

from __future__ import annotations

from checker.prisma.schema.validation.context import ValidationContext, columns
from checker.prisma.schema.validation.links import Link, Side


def check_many_to_many(link: Link, context: ValidationContext) -> None:
    sides = [s for s in (link.forward, link.back) if s is not None]
    check = _check_implicit if link.kind == "implicit" else _check_embedded
    for side in sides:
        check(side, context)


def _check_implicit(side: Side, context: ValidationContext) -> None:
    at, relation = side.field.position, side.relation
    if not context.database.implicit_many_to_many:
        context.wrong(f"{context.database.title} has no implicit many-to-many relations.", at)
    if {side.model.name, relation.model} & context.views:
        context.wrong("A view has no implicit many-to-many relations.", at)
    key = context.table(relation.model).primary_key
    if key is None or len(key.fields) != 1:
        message = f"{relation.model} has no @id, which a many-to-many relation needs."
        context.wrong(message, at)
    if relation.references:
        context.wrong("An implicit many-to-many relation has no references.", at)
    if relation.on_delete or relation.on_update:
        context.wrong("An implicit many-to-many relation has no actions.", at)


def _check_embedded(side: Side, context: ValidationContext) -> None:
    at, relation = side.field.position, side.relation
    if not context.database.embedded_many_to_many:
        message = f"{context.database.title} has no many-to-many relations with fields in a list."
        context.wrong(message, at)
        return
    if len(relation.fields) != 1 or len(relation.references) != 1:
        context.wrong(f"{side.label} has one field in fields, and one in references.", at)
    if relation.on_delete or relation.on_update:
        context.wrong("This many-to-many relation has no actions.", at)
    other = context.table(relation.model)
    if relation.references:
        key = columns(other.primary_key) if other.primary_key else ()
        if relation.references[:1] != key:
            context.wrong(f"{side.label} refers to the id of {other.name} only.", at)
    own = context.field(side.model, relation.fields[0]) if relation.fields else None
    referenced = context.field(other, relation.references[0]) if relation.references else None
    if own and referenced:
        natives = [f.native.name if f.native else None for f in (own, referenced)]
        same = (own.kind, own.type) == (referenced.kind, referenced.type)
        if (
            not same
            or natives[0] != natives[1]
            or own.arity != "list"
            or referenced.arity == "list"
        ):
            context.wrong(f"{own.name} is a list of what {referenced.name} is.", at)
