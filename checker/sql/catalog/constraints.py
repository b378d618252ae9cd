"""Constraints and indexes, and those that tables inherit from their parents."""

from __future__ import annotations

from msgspec.structs import replace

from checker.model.changes import Constraint
from checker.sql.catalog.schema import FoldedSchema
from checker.sql.catalog.table import KnownIndex, KnownTable
from checker.sql.naming import constraint_words


def inherit(child: KnownTable, parent: KnownTable) -> None:
    child.parents.append(parent)
    parent.children.append(child)


def disinherit(child: KnownTable, parent: KnownTable) -> None:
    if parent in child.parents:
        child.parents.remove(parent)
        parent.children.remove(child)
    for index in child.indexes.values():
        index.parent = None


def add_constraint(schema: FoldedSchema, table: KnownTable, constraint: Constraint) -> None:
    """Add a constraint, under PostgreSQL's name where it has none, also to those that inherit.

    An existing one of this name stays: the statement must have been guarded.
    """
    constraint = _settled_constraint(schema, constraint)
    name = constraint.name or constraint.using_index
    if name is None:
        columns, label = constraint_words(constraint)
        words = (table.name.name, columns, label)
        name = schema.choose(table.name.key[0], words, constraint=True)
    if name in table.constraints:
        return
    table.add_constraint(name, constraint, schema.pull_request)
    added = table.constraints[name]
    if added.kind == "primary_key":
        for each in table.family():
            for column in added.columns:
                each.alter_column(column, not_null=True)
    for child in table.children:
        inherit_constraint(schema, child, table, added)


def _settled_constraint(schema: FoldedSchema, constraint: Constraint) -> Constraint:
    """The constraint with the table and columns of a foreign key's target named in full."""
    if constraint.references is None:
        return constraint
    target = schema.relations.get(schema.key(constraint.references))
    columns = constraint.referenced_columns or (target.primary_key if target else ())
    references = schema.settled(constraint.references)
    return replace(constraint, references=references, referenced_columns=columns)


def inherit_constraint(
    schema: FoldedSchema, child: KnownTable, parent: KnownTable, constraint: Constraint
) -> None:
    """Give a child its parent's constraint: a CHECK in any case, others only to a partition."""
    if constraint.kind in ("check", "not_null"):
        add_constraint(schema, child, constraint)
    elif child.is_partition and constraint.kind == "foreign_key":
        if not any(_same_key(constraint, own) for own in child.constraints.values()):
            add_constraint(schema, child, constraint)
    elif child.is_partition:
        index = parent.indexes[constraint.name or ""]
        if not _attach_index(child, index, set(child.constraints)):
            before = set(child.indexes)
            add_constraint(schema, child, replace(constraint, name=None, using_index=None))
            for name in set(child.indexes) - before:
                child.indexes[name].parent = index


def inherit_index(schema: FoldedSchema, child: KnownTable, index: KnownIndex, label: str) -> None:
    """Give a partition its part of an index of the partitioned table."""
    if not _attach_index(child, index, set(child.indexes)):
        copy_index(schema, child, index, label).parent = index


def copy_index(
    schema: FoldedSchema, table: KnownTable, index: KnownIndex, label: str
) -> KnownIndex:
    """A copy of an index on this table, under PostgreSQL's name for it."""
    words = (table.name.name, label, "idx")
    copy = KnownIndex(
        schema.choose(table.name.key[0], words, constraint=False),
        index.columns,
        index.unique,
        index.partial,
        schema.pull_request,
        index.method,
        index.include,
        index.where,
        index.uses,
        index.nulls_not_distinct,
        plain=index.plain,
    )
    table.add_index(copy)
    return copy


def _attach_index(child: KnownTable, index: KnownIndex, names: set[str]) -> bool:
    """Attach the partition's equal index, if it has one of these names, to the parent's."""
    for own in (own for own in child.indexes.values() if own.name in names):
        same = (own.columns, own.unique, own.where, own.method, own.include)
        if own.parent is None and same == (
            index.columns, index.unique, index.where, index.method, index.include
        ):  # fmt: skip
            own.parent = index
            return True
    return False


def drop_referencing(schema: FoldedSchema, table: KnownTable, name: str) -> None:
    """Drop the foreign keys that depend on a unique index dropped with CASCADE. Of several indexes
    over the same columns a foreign key depends on the oldest.
    """
    index = table.indexes.get(name)
    if index is None or not index.unique or index.partial:
        return
    columns = set(index.columns)
    alike = (i for i in table.indexes.values() if i.unique and not i.partial)
    if next(i for i in alike if set(i.columns) == columns) is not index:
        return
    for other, constraint in schema.references_to(table.name.key):
        if set(constraint.referenced_columns) == columns:
            other.constraints.pop(constraint.name or "", None)


def _same_key(one: Constraint, other: Constraint) -> bool:
    """Whether two foreign keys differ only in their names."""
    return replace(one, name=None) == replace(other, name=None)
