"""The schema as a history leaves it, folded from the changes that its statements make.

It answers what a rule asks of the schema before a statement: is this table new in this pull
request, what type had this column, which values had this enum, were these columns unique.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from checker import changes as c
from checker.changes import Change, Column, Constraint, Name
from checker.sql.table import KnownIndex, KnownTable

Key = tuple[str, str]


class Catalog:
    """The tables and enums that a history has made so far.

    ``apply`` takes the changes in order. What is made after ``begin_pull_request`` is new until
    the next one begins. Names without a schema are looked up in the search path's first schema.
    """

    def __init__(self) -> None:
        self._tables: dict[Key, KnownTable] = {}
        self._enums: dict[Key, tuple[str, ...]] = {}
        self._types: dict[Key, int] = {}
        self._schema = c.DEFAULT_SCHEMA
        self._pull_request = 0

    # -- questions --------------------------------------------------------------------------

    def table(self, name: Name) -> KnownTable | None:
        return self._tables.get(self.key(name))

    def column(self, table: Name, column: str) -> Column | None:
        known = self.table(table)
        return known.column(column) if known else None

    def enum(self, name: Name) -> tuple[str, ...] | None:
        """The values of an enum in their order."""
        return self._enums.get(self.key(name))

    def tables(self) -> Iterable[KnownTable]:
        return self._tables.values()

    def is_new_table(self, name: Name) -> bool:
        known = self.table(name)
        return known is not None and self._is_new(known.created)

    def may_have_rows(self, name: Name) -> bool:
        """Whether rows can be there: not in a table that this pull request creates or empties."""
        known = self.table(name)
        return known is None or not (self._is_new(known.created) or self._is_new(known.emptied))

    def is_new_type(self, name: Name) -> bool:
        return self._is_new(self._types.get(self.key(name), 0))

    def is_new_column(self, table: Name, column: str) -> bool:
        """Whether this pull request adds the column, or the whole table."""
        known = self.table(table)
        if known is None:
            return False
        return self._is_new(known.created) or (
            column in known.columns and self._is_new(known.columns[column].added)
        )

    def is_updated(self, table: Name, column: str) -> bool:
        """Whether an UPDATE of this pull request gives the column values."""
        known = self.table(table)
        return (
            known is not None
            and column in known.columns
            and self._is_new(known.columns[column].updated)
        )

    def referencing(self, name: Name) -> list[tuple[KnownTable, Constraint]]:
        """The foreign keys that point at a table, each with the table that has it."""
        key = self.key(name)
        return [
            (table, constraint)
            for table in self._tables.values()
            for constraint in table.constraints.values()
            if constraint.references is not None and self.key(constraint.references) == key
        ]

    def columns_of_type(self, name: Name) -> list[tuple[KnownTable, Column]]:
        """The columns whose type has this name, arrays of it included."""
        key = self.key(name)
        return [
            (table, known.column)
            for table in self._tables.values()
            for known in table.columns.values()
            if self.key(Name(known.column.type.name, known.column.type.schema)) == key
        ]

    def key(self, name: Name) -> Key:
        """(schema, name) as the search path resolves it."""
        return (name.schema or self._schema, name.name)

    # -- folding ----------------------------------------------------------------------------

    def begin_pull_request(self) -> None:
        """What is made from here on is new, and what was new is merged."""
        self._pull_request += 1

    def _is_new(self, number: int) -> bool:
        return number == self._pull_request > 0

    def begin_migration(self) -> None:
        """Each migration is read with the default search path.

        Prisma uses one connection, so that a SET leaks into the next file; but its own
        bookkeeping fails there first, and the replay says so.
        """
        self._schema = c.DEFAULT_SCHEMA

    def apply(self, change: Change) -> None:
        """Fold one change in. What cannot be applied (an unknown table) changes nothing."""
        handler = _HANDLERS.get(type(change))
        if handler is not None:
            handler(self, change)

    def _create_table(self, change: c.CreateTable) -> None:
        key = self.key(change.table)
        if change.if_not_exists and key in self._tables:
            return
        table = self._tables[key] = KnownTable(change.table, self._pull_request)
        for parent in (change.like, change.partition_of, *change.inherits):
            source = self.table(parent) if parent else None
            for known in source.columns.values() if source else ():
                table.add_column(known.column, self._pull_request)
        for column in change.columns:
            table.add_column(column, self._pull_request)
        for constraint in change.constraints:
            table.add_constraint(constraint)

    def _drop_table(self, change: c.DropTable) -> None:
        self._tables.pop(self.key(change.table), None)

    def _rename_table(self, change: c.RenameTable) -> None:
        schema, name = self.key(change.table)
        self._move((schema, name), (schema, change.to))

    def _move_table(self, change: c.MoveTable) -> None:
        schema, name = self.key(change.table)
        self._move((schema, name), (change.to, name))

    def _move(self, old: Key, new: Key) -> None:
        moved = self._tables.pop(old, None)
        if moved is None:
            return
        moved.name = Name(new[1], None if new[0] == self._schema else new[0])
        self._tables[new] = moved
        for table in self._tables.values():
            for name, constraint in table.constraints.items():
                target = constraint.references
                if target is not None and self.key(target) == old:
                    table.constraints[name] = replace(constraint, references=moved.name)

    def _add_column(self, change: c.AddColumn, table: KnownTable) -> None:
        if change.if_not_exists and change.column.name in table.columns:
            return
        table.add_column(change.column, self._pull_request)
        for constraint in change.constraints:
            table.add_constraint(constraint)

    def _create_index(self, change: c.CreateIndex, table: KnownTable) -> None:
        name = change.name or f"{change.table.name}_{'_'.join(change.columns)}_idx"
        if change.if_not_exists and name in table.indexes:
            return
        partial = change.where is not None
        table.add_index(KnownIndex(name, change.columns, change.unique, partial))

    def _drop_index(self, change: c.DropIndex) -> None:
        for table in self._tables.values():
            table.drop_index(change.index.name, still_unique=self._pull_request > 0)

    def _rename_index(self, change: c.RenameIndex) -> None:
        for table in self._tables.values():
            index = table.indexes.pop(change.index.name, None)
            if index is not None:
                index.name = change.to
                table.indexes[change.to] = index

    def _rename_constraint(self, change: c.RenameConstraint, table: KnownTable) -> None:
        constraint = table.constraints.pop(change.name, None)
        if constraint is not None:
            table.constraints[change.to] = replace(constraint, name=change.to)
        self._rename_index(c.RenameIndex(Name(change.name), change.to))

    def _validate_constraint(self, change: c.ValidateConstraint, table: KnownTable) -> None:
        constraint = table.constraints.get(change.name)
        if constraint is not None:
            table.constraints[change.name] = replace(constraint, not_valid=False)

    def _create_enum(self, change: c.CreateEnum) -> None:
        key = self.key(change.enum)
        self._enums[key] = change.values
        self._types[key] = self._pull_request

    def _add_enum_value(self, change: c.AddEnumValue) -> None:
        values = self.enum(change.enum)
        if values is not None and change.value not in values:
            self._enums[self.key(change.enum)] = (*values, change.value)

    def _rename_enum_value(self, change: c.RenameEnumValue) -> None:
        values = self.enum(change.enum) or ()
        renamed = tuple(change.to if value == change.value else value for value in values)
        self._enums[self.key(change.enum)] = renamed

    def _rename_type(self, change: c.RenameType) -> None:
        for table, column in self.columns_of_type(change.type):
            table.alter_column(column.name, type=replace(column.type, name=change.to))
        old = self.key(change.type)
        new = (old[0], change.to)
        if old in self._enums:
            self._enums[new] = self._enums.pop(old)
        if old in self._types:
            self._types[new] = self._types.pop(old)

    def _drop_type(self, change: c.DropType) -> None:
        self._enums.pop(self.key(change.type), None)
        self._types.pop(self.key(change.type), None)

    def _update_rows(self, change: c.UpdateRows, table: KnownTable) -> None:
        for name in change.columns:
            if name in table.columns:
                table.columns[name].updated = self._pull_request

    def _delete_rows(self, change: c.DeleteRows, table: KnownTable) -> None:
        if not change.restricted:
            table.emptied = self._pull_request

    def _truncate(self, _: c.TruncateTable, table: KnownTable) -> None:
        table.emptied = self._pull_request

    def _alter_column(self, change: Change, table: KnownTable) -> None:
        match change:
            case c.AlterColumnType():
                table.alter_column(change.column, type=change.type)
            case c.SetNotNull():
                table.alter_column(change.column, not_null=True)
            case c.DropNotNull():
                table.alter_column(change.column, not_null=False)
            case c.SetDefault():
                table.alter_column(change.column, default=change.default)
            case c.DropDefault():
                table.alter_column(change.column, default=None)
            case c.AlterColumn(what="ADD IDENTITY"):
                table.alter_column(change.column, filled=True)

    def _drop_constraint(self, change: c.DropConstraint, table: KnownTable) -> None:
        table.drop_constraint(change.name, still_unique=self._pull_request > 0)

    def _set_parameter(self, change: c.SetParameter) -> None:
        if change.name == "search_path":
            first = (change.value or "").split(",")[0].strip().strip("\"'")
            self._schema = first or c.DEFAULT_SCHEMA


def _of_table(
    handler: Callable[[Catalog, Any, KnownTable], None],
) -> Callable[[Catalog, Any], None]:
    """A handler that runs only where the change's table is known."""

    def run(catalog: Catalog, change: Any) -> None:
        table = catalog.table(change.table)
        if table is not None:
            handler(catalog, change, table)

    return run


_HANDLERS: dict[type, Callable[[Catalog, Any], None]] = {
    c.CreateTable: Catalog._create_table,
    c.DropTable: Catalog._drop_table,
    c.RenameTable: Catalog._rename_table,
    c.MoveTable: Catalog._move_table,
    c.AddColumn: _of_table(Catalog._add_column),
    c.DropColumn: _of_table(lambda _, change, table: table.drop_column(change.column)),
    c.RenameColumn: _of_table(
        lambda _, change, table: table.rename_column(change.column, change.to)
    ),
    c.AlterColumnType: _of_table(Catalog._alter_column),
    c.SetNotNull: _of_table(Catalog._alter_column),
    c.DropNotNull: _of_table(Catalog._alter_column),
    c.SetDefault: _of_table(Catalog._alter_column),
    c.DropDefault: _of_table(Catalog._alter_column),
    c.AlterColumn: _of_table(Catalog._alter_column),
    c.AddConstraint: _of_table(lambda _, change, table: table.add_constraint(change.constraint)),
    c.DropConstraint: _of_table(Catalog._drop_constraint),
    c.RenameConstraint: _of_table(Catalog._rename_constraint),
    c.ValidateConstraint: _of_table(Catalog._validate_constraint),
    c.CreateIndex: _of_table(Catalog._create_index),
    c.DropIndex: Catalog._drop_index,
    c.RenameIndex: Catalog._rename_index,
    c.CreateEnum: Catalog._create_enum,
    c.AddEnumValue: Catalog._add_enum_value,
    c.RenameEnumValue: Catalog._rename_enum_value,
    c.RenameType: Catalog._rename_type,
    c.DropType: Catalog._drop_type,
    c.UpdateRows: _of_table(Catalog._update_rows),
    c.DeleteRows: _of_table(Catalog._delete_rows),
    c.TruncateTable: _of_table(Catalog._truncate),
    c.SetParameter: Catalog._set_parameter,
}
