"""Checks of relations: both sides, their keys and actions.

Source: prisma-engines, psl ``validations/relations`` and ``relation_fields``.
"""

from __future__ import annotations

from collections import Counter

from checker.prisma.schema import Field, Model
from checker.prisma.validation.context import Context, columns, criteria
from checker.prisma.validation.links import Link, Side


def check_ambiguity(model: Model, context: Context) -> bool:
    """Fields that could belong to the same relation, which nothing tells apart."""
    keys = Counter(_identity(f) for f in model.fields if f.relation)
    for field in model.fields:
        if field.relation is None or keys[_identity(field)] < 2:
            continue
        to_itself = field.relation.model == model.name
        if to_itself and field.relation.name and keys[_identity(field)] == 2:
            continue
        message = f"{model.name} has several relations to {field.relation.model}"
        hint = "give each a name of its own" if field.relation.name else "name them"
        context.wrong(f"{message} that nothing tells apart: {hint}.", field.position)
        return True
    return False


def _identity(field: Field) -> tuple[str, str | None]:
    assert field.relation is not None
    return (field.relation.model, field.relation.name)


def check_relation_fields(model: Model, context: Context) -> None:
    """What holds for each side on its own."""
    database = context.database
    allowed = database.emulated_actions if context.emulated else database.actions
    for field in model.fields:
        relation = field.relation
        if relation is None:
            continue
        if context.table(relation.model).ignored and not (field.ignored or model.ignored):
            message = f"{field.name} needs @ignore, as {relation.model} is ignored."
            context.wrong(message, field.position)
        for action in (relation.on_delete, relation.on_update):
            if action and action not in allowed:
                message = f"{database.title} has no action {action} here."
                context.wrong(message, field.position)


def check_link(link: Link, context: Context) -> None:
    """What holds for a one-to-one or one-to-many relation."""
    _check_key(link, context)
    if link.kind == "one_to_one":
        _check_one_to_one(link, context)
    else:
        _check_one_to_many(link, context)


def _check_key(link: Link, context: Context) -> None:
    side = link.forward
    if side is None:
        return
    relation, at = side.relation, side.field.position
    fields = [side.model.field(name) for name in relation.fields]
    _check_references(side, context)
    if relation.fields and relation.references:
        if len(relation.fields) != len(relation.references):
            context.wrong("fields and references name the same number of fields.", at)
        _check_types(side, context)
    optional = [f.name for f in fields if f and f.arity == "optional"]
    if side.field.arity == "required" and optional:
        message = f"{side.label} is required, but its key {', '.join(optional)} is optional."
        context.wrong(message, at)
    required = any(f and f.arity == "required" for f in fields) or not relation.fields
    if required and not (context.database.set_null_on_required and not context.emulated):
        for name, action in (("onDelete", relation.on_delete), ("onUpdate", relation.on_update)):
            if action == "SetNull":
                context.wrong(f"{name} cannot be SetNull, as the key is required.", at)


def _check_references(side: Side, context: Context) -> None:
    relation = side.relation
    if not relation.references:
        return
    keys = [columns(index) for index in criteria(context.table(relation.model))]
    if sorted(relation.references) not in [sorted(k) for k in keys]:
        names = ", ".join(relation.references)
        message = f"{side.label} refers to {names} of {relation.model}, which is not unique."
        context.wrong(message, side.field.position)
    elif not context.database.any_reference_order and relation.references not in keys:
        message = f"{side.label} names its references in another order than {relation.model} does."
        context.wrong(message, side.field.position)


def _check_types(side: Side, context: Context) -> None:
    other = context.table(side.relation.model)
    for own, name in zip(side.relation.fields, side.relation.references, strict=False):
        field, referenced = side.model.field(own), other.field(name)
        if field is None or referenced is None:
            continue
        if (field.kind, field.type) != (referenced.kind, referenced.type):
            message = f"{own} is of another type than {other.name}.{name}, to which it refers."
            context.wrong(message, side.field.position)


def _check_one_to_many(link: Link, context: Context) -> None:
    forward, back = link.forward, link.back
    if forward is None or back is None:
        _check_missing(forward or back, context)
        return
    for name, given in (
        ("fields", forward.relation.fields),
        ("references", forward.relation.references),
    ):
        if not given:
            context.wrong(f"{forward.label} needs {name} in its @relation.", forward.field.position)
    if back.relation.fields or back.relation.references:
        message = f"{back.label} holds no key: fields and references belong to {forward.label}."
        context.wrong(message, back.field.position)
    _check_actions(forward, back, context)


def _check_missing(side: Side | None, context: Context) -> None:
    if side:
        message = f"{side.label} needs an opposite field in {side.relation.model}."
        context.wrong(message, side.field.position)


def _check_actions(forward: Side, back: Side, context: Context) -> None:
    if back.relation.on_delete or back.relation.on_update:
        message = f"{back.label} holds no key: its actions belong to {forward.label}."
        context.wrong(message, back.field.position)


def _check_one_to_one(link: Link, context: Context) -> None:
    forward, back = link.forward, link.back
    if forward is None or back is None:
        _check_missing(forward or back, context)
    else:
        _check_sides(forward, back, context)
    if forward is None:
        return
    fields = forward.relation.fields
    if fields and sorted(fields) not in [sorted(columns(i)) for i in criteria(forward.model)]:
        message = f"{forward.label} is one-to-one: its key {', '.join(fields)} must be unique."
        context.wrong(message, forward.field.position)
    if back and not context.report:
        _check_wrong_side(forward, back, context)


def _check_sides(forward: Side, back: Side, context: Context) -> None:
    for name, own, other in (
        ("fields", forward.relation.fields, back.relation.fields),
        ("references", forward.relation.references, back.relation.references),
    ):
        if not own and not other:
            wanted = f"{forward.label} or {back.label} needs {name} in its @relation."
            context.wrong(wanted, forward.field.position)
            context.wrong(wanted, back.field.position)
        elif own and other:
            message = f"Only one of {forward.label} and {back.label} has {name}."
            context.wrong(message, forward.field.position)
            context.wrong(message, back.field.position)
    _check_actions(forward, back, context)
    if back.relation.on_delete or back.relation.on_update:
        if forward.relation.on_delete or forward.relation.on_update:
            message = f"Only {forward.label} or {back.label} has actions."
            context.wrong(message, forward.field.position)


def _check_wrong_side(forward: Side, back: Side, context: Context) -> None:
    own, other = forward.relation, back.relation
    if own.fields and other.references:
        message = "fields and references stand on the same side of a relation."
        context.wrong(message, forward.field.position)
        context.wrong(message, back.field.position)
    elif own.references and other.fields:
        message = "fields and references stand on the same side of a relation."
        context.wrong(message, forward.field.position)
    elif back.field.arity == "required":
        message = f"{back.label} cannot be required: nothing in the database could ensure it."
        context.wrong(message, back.field.position)
    elif forward.field.arity == "required" and (other.fields or other.references):
        message = f"The key belongs to {forward.label}, the side that is required."
        context.wrong(message, back.field.position)
