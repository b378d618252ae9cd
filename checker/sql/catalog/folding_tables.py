"""Applies CREATE, DROP and ALTER TABLE to the schema, as far as they concern whole tables."""

from __future__ import annotations

from msgspec.structs import replace

from checker.model import changes as c
from checker.sql.catalog import constraints, relations
from checker.sql.catalog.folding import folds, folds_table, once
from checker.sql.catalog.schema import TEMPORARY, FoldedSchema
from checker.sql.catalog.table import INDEXED, KnownTable, RelationKind
from checker.sql.naming import joined

# -- tables ---------------------------------------------------------------------------------


@folds(c.CreateTable)
def create_table(schema: FoldedSchema, change: c.CreateTable) -> None:
    key = (TEMPORARY, change.table.name) if change.temporary else schema.new_key(change.table)
    if key in schema.relations:
        return
    table = KnownTable(schema.named(key, change.table), schema.pull_request, kind=_kind(change))
    table.complete = not change.from_query
    table.is_partition = change.partition_of is not None
    for name in (change.partition_of, *change.inherits):
        if name is not None:
            _take_columns(schema, table, schema.relations.get(schema.key(name)))
    like = schema.relations.get(schema.key(change.like)) if change.like else None
    if change.like is not None:
        _take_like(schema, table, like, change.like_options)
    for column in change.columns:
        table.add_column(relations.new_column(schema, key, table, column), schema.pull_request)
    schema.add_relation(key, table)
    if like is not None:
        _take_constraints_like(schema, table, like, change.like_options)
    for constraint in once(change.constraints):
        constraints.add_constraint(schema, table, constraint)
    for parent in table.parents:
        take_constraints(schema, table, parent)
    _validate(table)


def _validate(table: KnownTable) -> None:
    """A table without rows breaks none of the constraints that it inherits."""
    for name, constraint in table.constraints.items():
        if constraint.not_valid:
            table.constraints[name] = replace(constraint, not_valid=False)


def _kind(change: c.CreateTable) -> RelationKind:
    if change.foreign:
        return "foreign table"
    return "partitioned table" if change.partitioned else "table"


def _take_columns(schema: FoldedSchema, table: KnownTable, parent: KnownTable | None) -> None:
    if parent is None:
        table.complete = False
        return
    table.complete = table.complete and parent.complete
    constraints.inherit(table, parent)
    for name, known in parent.columns.items():
        if name not in table.columns:
            table.add_column(known.column, schema.pull_request, local=False)


def _take_like(
    schema: FoldedSchema, table: KnownTable, like: KnownTable | None, options: tuple[str, ...]
) -> None:
    """The columns of LIKE: names, types, NOT NULL, and whatever INCLUDING adds."""
    table.complete = table.complete and like is not None and like.complete
    for known in like.columns.values() if like else ():
        column = known.column
        if column.generated is not None:
            kept = "GENERATED" in options
            column = replace(column, generated=column.generated if kept else None, filled=kept)
        elif column.filled and column.default is None:
            column = replace(column, filled="IDENTITY" in options)
            column = relations.new_column(schema, table.name.key, table, column)
        else:
            default = column.default if "DEFAULTS" in options else None
            column = replace(column, default=default, filled=column.filled and default is not None)
        table.add_column(column, schema.pull_request)


def _take_constraints_like(
    schema: FoldedSchema, table: KnownTable, like: KnownTable, options: tuple[str, ...]
) -> None:
    for constraint in like.constraints.values():
        if constraint.kind == "check" and "CONSTRAINTS" in options:
            constraints.add_constraint(schema, table, constraint)
        elif constraint.kind in INDEXED and "INDEXES" in options:
            constraints.add_constraint(
                schema, table, replace(constraint, name=None, using_index=None)
            )
    for index in like.indexes.values() if "INDEXES" in options else ():
        if index.name not in like.constraints:
            constraints.copy_index(schema, table, index, joined((*index.columns, *index.include)))


def take_constraints(schema: FoldedSchema, table: KnownTable, parent: KnownTable) -> None:
    """What a table that inherits, or a partition, has from its parent besides columns."""
    for constraint in parent.constraints.values():
        constraints.inherit_constraint(schema, table, parent, constraint)
    for index in parent.indexes.values() if table.is_partition else ():
        if index.name not in parent.constraints:
            constraints.inherit_index(
                schema, table, index, joined((*index.columns, *index.include))
            )


@folds(c.DropTable)
def drop_table(schema: FoldedSchema, change: c.DropTable) -> None:
    relations.drop_relation(schema, schema.key(change.table), cascade=change.cascade)


@folds(c.RenameTable)
def rename_table(schema: FoldedSchema, change: c.RenameTable) -> None:
    """PostgreSQL takes ALTER TABLE … RENAME for indexes, views and sequences too."""
    old = schema.key(change.table)
    if not schema.has_relation(old):
        old = schema.index_key(change.table)
    relations.move_relation(schema, old, (old[0], change.to))


@folds(c.MoveTable)
def move_table(schema: FoldedSchema, change: c.MoveTable) -> None:
    old = schema.key(change.table)
    relations.move_relation(schema, old, (change.to, old[1]))


@folds_table(c.AlterTable)
def alter_table(schema: FoldedSchema, change: c.AlterTable, table: KnownTable) -> None:
    other = schema.relations.get(schema.key(change.argument)) if change.argument else None
    if other is None:
        return
    match change.what:
        case "ATTACH PARTITION":
            other.is_partition = True
            for known in other.columns.values():
                known.local = False
            constraints.inherit(other, table)
            take_constraints(schema, other, table)
        case "DETACH PARTITION":
            other.is_partition = False
            for known in other.columns.values():
                known.local = True
            constraints.disinherit(other, table)
        case "INHERIT":
            constraints.inherit(table, other)
        case "NO INHERIT":
            constraints.disinherit(table, other)
