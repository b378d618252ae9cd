"""The relations of a schema: which field holds the key, and which one is the other side.

Source: prisma-engines, psl ``relations`` of its parser database.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from checker.prisma.schema.schema import Field, Model, SchemaRelation
from checker.prisma.schema.validation.context import ValidationContext, columns

LinkKind = Literal["one_to_one", "one_to_many", "implicit", "embedded"]


class Side(Struct, frozen=True):
    """A relation field and its model."""

    model: Model
    field: Field

    @property
    def relation(self) -> SchemaRelation:
        assert self.field.relation is not None  # only relation fields are sides
        return self.field.relation

    @property
    def label(self) -> str:
        return f"{self.model.name}.{self.field.name}"


class Link(Struct, frozen=True):
    """A relation. ``forward`` holds the key; of a many-to-many relation it is the first by name."""

    kind: LinkKind
    forward: Side | None
    back: Side | None

    @property
    def many(self) -> bool:
        return self.kind in ("implicit", "embedded")


def links(context: ValidationContext) -> list[Link]:
    """Every relation once."""
    relations = []
    for model in context.tables:
        for field in model.fields:
            if field.relation:
                link = _link(Side(model, field), context)
                if link:
                    relations.append(link)
    return relations


def _link(side: Side, context: ValidationContext) -> Link | None:
    """The relation of a field, None where it is found from the other side."""
    relation = side.relation
    other_model = context.table(relation.model)
    opposite = context.field(other_model, relation.opposite) if relation.opposite else None
    if opposite is None:
        return _one_sided(side)
    other = Side(other_model, opposite)
    if side.field.arity == "list":
        if opposite.arity != "list" or _comes_after(side, other):
            return None
        embedded = relation.fields or other.relation.fields
        return Link("embedded" if embedded else "implicit", side, other)
    if opposite.arity == "list":
        return Link("one_to_many", side, other)
    return None if _is_back(side, other) else Link("one_to_one", side, other)


def _one_sided(side: Side) -> Link:
    if side.field.arity == "list":
        return Link("one_to_many", None, side)
    uniques = [columns(i) for i in side.model.indexes if i.kind == "unique"]
    unique = bool(side.relation.fields) and side.relation.fields in uniques
    return Link("one_to_one" if unique else "one_to_many", side, None)


def _is_back(side: Side, other: Side) -> bool:
    """Whether the field is the side of a one-to-one relation without the key."""
    if side.field.arity != other.field.arity:
        return side.field.arity == "optional"
    if side.field.arity == "optional" and (side.relation.fields or other.relation.fields):
        return not side.relation.fields
    return _comes_after(side, other)


def _comes_after(side: Side, other: Side) -> bool:
    return (side.model.name, side.field.name) > (other.model.name, other.field.name)
