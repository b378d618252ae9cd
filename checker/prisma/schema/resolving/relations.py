"""``@relation``, and the opposite field in the other model.

Source: Prisma's schema reference, "@relation", and "Relations".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast, get_args

from msgspec.structs import replace

from checker.prisma.schema.resolving.attributes import Arguments
from checker.prisma.schema.resolving.scope import Scope
from checker.prisma.schema.schema import Field, Model, ReferentialAction, SchemaRelation
from checker.prisma.schema.syntax import Block, FieldLine

_ACTIONS = get_args(ReferentialAction)


def read_relation(
    given: Arguments | None, line: FieldLine, block: Block, scope: Scope
) -> SchemaRelation:
    """The relation as its field declares it; the opposite is not known yet."""
    if given is None:
        return SchemaRelation(line.type, None)
    fields = _fields(given, "fields", block, scope)
    references = _fields(given, "references", scope.blocks[line.type], scope)
    name = given.string(given.main("name", required=False))
    if name == "":
        given.wrong("The name of a relation is empty.")
    relation = SchemaRelation(
        model=line.type,
        opposite=None,
        name=name or None,
        fields=fields,
        references=references,
        on_delete=_action(given, "onDelete"),
        on_update=_action(given, "onUpdate"),
        constraint=given.map(),
    )
    given.finish()
    return relation


def _fields(given: Arguments, argument: str, block: Block, scope: Scope) -> tuple[str, ...]:
    value = given.take(argument)
    names = None if value is None else given.words(value)
    if names is None:
        return ()
    unknown = [n for n in names if scope.line(block.name, n) is None]
    if unknown:
        given.wrong(f"{block.name} has no field {', '.join(unknown)}.")
    relations = [n for n in names if scope.is_relation(block, n)]
    if relations:
        given.wrong(f"{', '.join(relations)} of {block.name} is a relation, not a column.")
    if len(set(names)) < len(names):
        given.wrong(f"A field is named more than once in {argument}.")
    return tuple(names)


def _action(given: Arguments, argument: str) -> ReferentialAction | None:
    word = given.word(given.take(argument))
    if word is not None and word not in _ACTIONS:
        given.wrong(f"{argument} is one of {', '.join(_ACTIONS)}.")
        return None
    return cast(ReferentialAction | None, word)


def pair(models: Iterable[Model]) -> dict[str, Model]:
    """The models by name, each relation with its opposite: the first field of the other model that
    points back under the same name."""
    known = {m.name: m for m in models}
    back: dict[tuple[str, str, str | None], list[Field]] = {}
    for model in known.values():
        for field in model.fields:
            if field.relation:
                key = (model.name, field.relation.model, field.relation.name)
                back.setdefault(key, []).append(field)
    for model in known.values():
        fields = tuple(_paired(model, field, back) for field in model.fields)
        known[model.name] = replace(model, fields=fields)
    return known


def _paired(
    model: Model, field: Field, back: dict[tuple[str, str, str | None], list[Field]]
) -> Field:
    relation = field.relation
    if relation is None:
        return field
    candidates = back.get((relation.model, model.name, relation.name), ())
    # In a relation of a model to itself, a field is not its own opposite.
    opposite = next(
        (f.name for f in candidates if relation.model != model.name or f.name != field.name), None
    )
    return replace(field, relation=replace(relation, opposite=opposite)) if opposite else field
