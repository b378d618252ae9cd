"""Applies changes of columns, constraints, indexes and rows to the schema.

One function for every change; those of whole tables and of other objects have their own modules.

Impossible changes (an unknown table, an existing column) are skipped. In a history that runs, only
the statements of a DO block lead to them, because their guards are not read: ``IF NOT EXISTS (…)
THEN ALTER TABLE … ADD``, or an exception handler around a CREATE TYPE. Applying them where possible
is what the guard intends.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from checker.model import changes as c
from checker.model.changes import Column, Constraint
from checker.sql.catalog import constraints, relations
from checker.sql.catalog.schema import FoldedSchema
from checker.sql.catalog.table import KnownIndex, KnownTable
from checker.sql.naming import joined

Fold = Callable[[FoldedSchema, Any], None]
TableFold = Callable[[FoldedSchema, Any, KnownTable], None]

FOLDS: dict[type, Fold] = {}

_NULL = re.compile(r"NULL(::.*)?", re.IGNORECASE)  # which PostgreSQL stores as no default
# PostgreSQL makes the constraints of a definition, and numbers their names, in this order.
_ORDER = ("check", "not_null", "primary_key", "unique", "exclude", "foreign_key")


def folds(*changes: type) -> Callable[[Fold], Fold]:
    """Register the function that applies these changes."""

    def enter(fold: Fold) -> Fold:
        FOLDS.update(dict.fromkeys(changes, fold))
        return fold

    return enter


def folds_table(*changes: type) -> Callable[[TableFold], TableFold]:
    """The same for changes of a table; changes of an unknown table are skipped."""

    def enter(fold: TableFold) -> TableFold:
        def run(schema: FoldedSchema, change: Any) -> None:
            table = schema.relations.get(schema.key(change.table))
            if table is not None:
                fold(schema, change, table)

        FOLDS.update(dict.fromkeys(changes, run))
        return fold

    return enter


def once(given: tuple[Constraint, ...]) -> list[Constraint]:
    """The constraints in PostgreSQL's order; it merges keys over the same columns. The first keeps
    its kind, and takes the other's name if it has none.
    """
    merged: list[Constraint] = []
    for constraint in sorted(given, key=lambda each: _ORDER.index(each.kind)):
        for i, prior in enumerate(merged):
            if constraint.kind == "unique" and replace(
                constraint, kind=prior.kind, name=prior.name
            ) == replace(prior, nulls_not_distinct=constraint.nulls_not_distinct):
                merged[i] = replace(prior, name=prior.name or constraint.name)
                break
        else:
            merged.append(constraint)
    return merged


# -- columns --------------------------------------------------------------------------------


@folds_table(c.AddColumn)
def add_column(schema: FoldedSchema, change: c.AddColumn, table: KnownTable) -> None:
    if change.column.name in table.columns:
        return
    column = relations.new_column(schema, table.name.key, table, change.column)
    for each in table.family():
        if column.name not in each.columns:
            each.add_column(column, schema.pull_request, local=each is table)
    for constraint in once(change.constraints):
        constraints.add_constraint(schema, table, constraint)


@folds_table(c.DropColumn)
def drop_column(schema: FoldedSchema, change: c.DropColumn, table: KnownTable) -> None:
    if change.column in table.columns:
        relations.drop_column(schema, table, change.column, cascade=change.cascade)


@folds_table(c.RenameColumn)
def rename_column(schema: FoldedSchema, change: c.RenameColumn, table: KnownTable) -> None:
    relations.rename_column(schema, table, change.column, change.to)


@folds_table(
    c.AlterColumnType, c.SetNotNull, c.DropNotNull, c.SetDefault, c.DropDefault, c.AlterColumn
)
def alter_column(schema: FoldedSchema, change: Any, table: KnownTable) -> None:
    column = table.column(change.column)
    if column is None:
        return
    if isinstance(change, c.AlterColumn):
        _alter_identity(schema, change, table)
        return
    changed: dict[str, object] = {}
    match change:
        case c.AlterColumnType():
            changed = {"type": schema.settled_type(change.type)}
        case c.SetNotNull():
            changed = {"not_null": True}
        case c.DropNotNull():
            changed = {"not_null": False}
        case c.SetDefault() if not _NULL.fullmatch(change.default):
            changed = {"default": change.default}
        case c.SetDefault() | c.DropDefault():
            changed = {"default": None, "filled": _is_filled(column)}
    for each in table.family():
        each.alter_column(change.column, **changed)


def _is_filled(column: Column) -> bool:
    """Whether the database fills the column by other means than a default."""
    return column.filled and (column.default is None or column.generated is not None)


def _alter_identity(schema: FoldedSchema, change: c.AlterColumn, table: KnownTable) -> None:
    column = table.column(change.column)
    assert column is not None
    if change.what == "ADD IDENTITY":
        column = relations.new_column(schema, table.name.key, table, replace(column, filled=True))
        table.alter_column(change.column, filled=True)
    elif change.what == "DROP IDENTITY":
        relations.drop_owned(schema, table, change.column)
        table.alter_column(change.column, filled=False)
    elif change.what == "DROP EXPRESSION":
        table.alter_column(change.column, filled=False, generated=None)


# -- constraints and indexes ----------------------------------------------------------------


@folds_table(c.AddConstraint)
def add_constraint(schema: FoldedSchema, change: c.AddConstraint, table: KnownTable) -> None:
    constraints.add_constraint(schema, table, change.constraint)


@folds_table(c.DropConstraint)
def drop_constraint(schema: FoldedSchema, change: c.DropConstraint, table: KnownTable) -> None:
    constraint = table.constraints.get(change.name)
    if constraint is None:
        return
    if change.cascade:
        constraints.drop_referencing(schema, table, change.name)
    for each in table.family():
        each.drop_constraint(change.name, still_unique=schema.pull_request > 0)


@folds_table(c.RenameConstraint)
def rename_constraint(_: FoldedSchema, change: c.RenameConstraint, table: KnownTable) -> None:
    for each in table.family():
        if change.name in each.constraints and change.to not in each.constraints:
            each.rename_index(change.name, change.to)


@folds_table(c.ValidateConstraint)
def validate_constraint(_: FoldedSchema, change: c.ValidateConstraint, table: KnownTable) -> None:
    for each in table.family():
        constraint = each.constraints.get(change.name)
        if constraint is not None:
            each.constraints[change.name] = replace(constraint, not_valid=False)
            if constraint.kind == "not_null":
                each.alter_column(constraint.columns[0], not_null=True)


@folds_table(c.CreateIndex)
def create_index(schema: FoldedSchema, change: c.CreateIndex, table: KnownTable) -> None:
    space, label = table.name.key[0], joined((*change.columns, *change.include))
    name = change.name or schema.choose(space, (table.name.name, label, "idx"), constraint=False)
    if schema.has_relation((space, name)):
        return
    index = KnownIndex(
        name,
        change.columns,
        change.unique,
        change.where is not None,
        schema.pull_request,
        change.method,
        change.include,
        change.where,
        change.uses,
        change.nulls_not_distinct,
        plain=change.plain,
    )
    table.add_index(index)
    for child in table.children if not change.only else ():
        if child.is_partition:
            constraints.inherit_index(schema, child, index, label)


@folds(c.DropIndex)
def drop_index(schema: FoldedSchema, change: c.DropIndex) -> None:
    """An index is named by its schema, or in some dialects by its table."""
    table = (
        schema.relations.get(schema.key(change.table))
        if change.table is not None
        else schema.find_index(schema.index_key(change.index))
    )
    index = table.indexes.get(change.index.name) if table else None
    if table is None or index is None:
        return
    if change.cascade:
        constraints.drop_referencing(schema, table, index.name)
    table.drop_index(index.name, still_unique=schema.pull_request > 0)


@folds(c.RenameIndex)
def rename_index(schema: FoldedSchema, change: c.RenameIndex) -> None:
    """PostgreSQL takes ALTER INDEX … RENAME for tables and views too."""
    old = schema.index_key(change.index)
    if schema.find_index(old) is None:
        old = schema.key(change.index)
    relations.move_relation(schema, old, (old[0], change.to))


# -- rows -----------------------------------------------------------------------------------


@folds_table(c.UpdateRows)
def update_rows(schema: FoldedSchema, change: c.UpdateRows, table: KnownTable) -> None:
    for name in change.columns:
        if name in table.columns:
            table.columns[name].updated = schema.pull_request


@folds_table(c.DeleteRows)
def delete_rows(schema: FoldedSchema, change: c.DeleteRows, table: KnownTable) -> None:
    if not change.restricted:
        table.emptied = schema.pull_request


@folds_table(c.TruncateTable)
def truncate(schema: FoldedSchema, _: c.TruncateTable, table: KnownTable) -> None:
    table.emptied = schema.pull_request
