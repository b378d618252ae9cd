"""Checks of relations: both sides, their keys and actions.

Source: prisma-engines, psl ``validations/relations`` and ``relation_fields``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from checker.prisma.schema.schema import Field, Model, SchemaRelation
from checker.prisma.schema.validation.context import ValidationContext, columns, criteria
from checker.prisma.schema.validation.links import Link, Side


def check_relation_fields(model: Model, context: ValidationContext) -> bool:
    """Checks each side by itself; returns whether the relations can be told apart. If not, further
    checks would report relations that nobody meant.
    """
    keys = Counter(_identity(f) for f in model.fields if f.relation)
    for field in model.fields:
        if field.relation is None:
            continue
        if _is_ambiguous(model, field, keys[_identity(field)]):
            message = f"{model.name} has several relations to {field.relation.model}"
            hint = "give each a name of its own" if field.relation.name else "name them"
            context.wrong(f"{message} that nothing tells apart: {hint}.", field.position)
            return False
        for message in _field_problems(model, field.relation, context, ignored=field.ignored):
            context.wrong(f"{field.name} {message}", field.position)
    return True


def _identity(field: Field) -> tuple[str, str | None]:
    assert field.relation is not None
    return (field.relation.model, field.relation.name)


def _is_ambiguous(model: Model, field: Field, alike: int) -> bool:
    relation = field.relation
    both = relation is not None and relation.model == model.name and relation.name is not None
    return alike > 2 or (alike == 2 and not both)


def _field_problems(
    model: Model, relation: SchemaRelation, context: ValidationContext, *, ignored: bool
) -> Iterator[str]:
    database = context.database
    if context.table(relation.model).ignored and not (ignored or model.ignored):
        yield f"needs @ignore, as {relation.model} is ignored."
    allowed = database.emulated_actions if context.emulated else database.actions
    for action in (relation.on_delete, relation.on_update):
        if action and action not in allowed:
            yield f"has the action {action}, which {database.title} has not."
    if relation.constraint is None:
        return
    if not database.named_foreign_keys:
        yield f"has a name, which {database.title} gives no relation."
    elif len(relation.constraint.encode()) > database.longest:
        yield f"has a name longer than {database.longest} bytes."


def check_link(link: Link, context: ValidationContext) -> None:
    """Checks a one-to-one or one-to-many relation."""
    _check_key(link, context)
    if link.kind == "one_to_one":
        _check_one_to_one(link, context)
    else:
        _check_one_to_many(link, context)


def _check_key(link: Link, context: ValidationContext) -> None:
    side = link.forward
    if side is None:
        return
    relation, at = side.relation, side.field.position
    fields = [context.field(side.model, name) for name in relation.fields]
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


def _check_references(side: Side, context: ValidationContext) -> None:
    relation = side.relation
    if not relation.references:
        return
    other = context.table(relation.model)
    if not context.tells_apart(other, relation.references):
        names = ", ".join(relation.references)
        message = f"{side.label} refers to {names} of {relation.model}, which is not unique."
        context.wrong(message, side.field.position)
    elif context.database.any_reference_order:
        return
    elif relation.references not in [columns(index) for index in criteria(other)]:
        message = f"{side.label} names its references in another order than {relation.model} does."
        context.wrong(message, side.field.position)


def _check_types(side: Side, context: ValidationContext) -> None:
    other = context.table(side.relation.model)
    for own, name in zip(side.relation.fields, side.relation.references, strict=False):
        field, referenced = context.field(side.model, own), context.field(other, name)
        if field is None or referenced is None:
            continue
        if (field.kind, field.type) != (referenced.kind, referenced.type):
            message = f"{own} is of another type than {other.name}.{name}, to which it refers."
            context.wrong(message, side.field.position)


def _check_one_to_many(link: Link, context: ValidationContext) -> None:
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


def _check_missing(side: Side | None, context: ValidationContext) -> None:
    if side:
        message = f"{side.label} needs an opposite field in {side.relation.model}."
        context.wrong(message, side.field.position)


def _check_actions(forward: Side, back: Side, context: ValidationContext) -> None:
    if _has_actions(back):
        message = f"{back.label} holds no key: its actions belong to {forward.label}."
        context.wrong(message, back.field.position)


def _has_actions(side: Side) -> bool:
    return bool(side.relation.on_delete or side.relation.on_update)


def _check_one_to_one(link: Link, context: ValidationContext) -> None:
    forward, back = link.forward, link.back
    if forward is None or back is None:
        _check_missing(forward or back, context)
    else:
        _check_sides(forward, back, context)
    if forward is None:
        return
    fields = forward.relation.fields
    if fields and not context.tells_apart(forward.model, fields):
        message = f"{forward.label} is one-to-one: its key {', '.join(fields)} must be unique."
        context.wrong(message, forward.field.position)
    if back and not context.report:
        _check_wrong_side(forward, back, context)


def _check_sides(forward: Side, back: Side, context: ValidationContext) -> None:
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
    if _has_actions(back) and _has_actions(forward):
        message = f"Only {forward.label} or {back.label} has actions."
        context.wrong(message, forward.field.position)


def _check_wrong_side(forward: Side, back: Side, context: ValidationContext) -> None:
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
