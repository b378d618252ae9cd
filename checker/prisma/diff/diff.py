"""The differences between two databases as Prisma sees them, as steps from one to the other.

Source: prisma-engines, ``sql_schema_differ.rs``. Tables, columns and enums are paired by name;
indexes by what they index and foreign keys by what they refer to, and then renamed.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.prisma.database.defaults import defaults_match
from checker.prisma.database.model import (
    DatabaseColumn,
    DatabaseForeignKey,
    DatabaseIndex,
    DatabaseSchema,
    DatabaseTable,
)
from checker.prisma.database.read import is_ignored
from checker.prisma.diff.casting import type_change
from checker.prisma.diff.objects import created_schemas, enum_steps, extension_steps
from checker.prisma.diff.ordering import in_order
from checker.prisma.diff.predicates import conditions_match
from checker.prisma.diff.steps import (
    AddColumn,
    AddForeignKey,
    AddPrimaryKey,
    AlterColumn,
    AlterTable,
    Aspect,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropForeignKey,
    DropIndex,
    DropPrimaryKey,
    DropTable,
    RecreateColumn,
    RenameForeignKey,
    RenameIndex,
    RenamePrimaryKey,
    Step,
    TableChange,
)


def diff(before: DatabaseSchema, after: DatabaseSchema) -> tuple[Step, ...]:
    """The steps that turn ``before`` into ``after``, in Prisma's order; none where Prisma sees no
    difference.

    Read ``before`` with the schemas of ``after``: other schemas are ignored.
    """
    pairs = _pairs(before, after)
    old = {table.key for table in before.tables}
    new = {table.key for table in after.tables}
    steps: list[Step] = [*created_schemas(before, after), *extension_steps(before, after)]
    steps += enum_steps(before, after, pairs)
    for table in _tables(before):
        if table.key not in new:
            steps += [DropForeignKey(table, key) for key in table.foreign_keys]
            steps.append(DropTable(table))
    for table in _tables(after):
        if table.key not in old:
            steps.append(CreateTable(table))
            steps += [CreateIndex(table, index, "new_table") for index in table.indexes]
            steps += [AddForeignKey(table, key) for key in table.foreign_keys]
    for pair in pairs:
        steps += _foreign_keys(*pair)
        steps += _indexes(*pair)
        changes = tuple(_table_changes(*pair, after))
        if changes:
            steps.append(AlterTable(*pair, changes))
    return in_order(steps, before, after)


def _tables(schema: DatabaseSchema) -> Iterator[DatabaseTable]:
    return (table for table in schema.tables if not is_ignored(table.name))


def _pairs(
    before: DatabaseSchema, after: DatabaseSchema
) -> list[tuple[DatabaseTable, DatabaseTable]]:
    new = {table.key: table for table in after.tables}
    return [(table, new[table.key]) for table in _tables(before) if table.key in new]


def _columns(old: DatabaseTable, new: DatabaseTable) -> list[tuple[DatabaseColumn, DatabaseColumn]]:
    pairs = ((column, new.column(column.name)) for column in old.columns)
    return [(column, other) for column, other in pairs if other is not None]


# Foreign keys and indexes


def _foreign_keys(old: DatabaseTable, new: DatabaseTable) -> Iterator[Step]:
    changed = {b.name for b, a in _columns(old, new) if type_change(b, a)}

    def match(before: DatabaseForeignKey, after: DatabaseForeignKey) -> bool:
        return _refers_alike(before, after) and changed.isdisjoint(before.columns)

    for key in new.foreign_keys:
        if not any(match(known, key) for known in old.foreign_keys):
            yield AddForeignKey(new, key)
    taken: set[str] = set()
    for key in old.foreign_keys:
        partners = [other for other in new.foreign_keys if match(key, other)]
        if not partners:
            yield DropForeignKey(old, key)
        partner = next((other for other in partners if other.name not in taken), None)
        if partner is not None:
            taken.add(partner.name)
            if partner.name != key.name and not (_joins(old) and _joins(new)):
                yield RenameForeignKey(old, key, partner)


def _refers_alike(old: DatabaseForeignKey, new: DatabaseForeignKey) -> bool:
    return (
        (old.table, old.columns, old.referenced) == (new.table, new.columns, new.referenced)
        and old.on_delete == new.on_delete
        and old.on_update == new.on_update
    )


def _joins(table: DatabaseTable) -> bool:
    """An implicit many-to-many relation's table, whose keys had other names in older versions."""
    return sorted(column.name for column in table.columns) == ["A", "B"]


def _indexes(old: DatabaseTable, new: DatabaseTable) -> Iterator[Step]:
    recreated = {b.name for b, a in _columns(old, new) if type_change(b, a) == "not_castable"}
    for index in old.indexes:
        if not any(_index_alike(index, other) for other in new.indexes):
            yield DropIndex(old, index)
    for index in new.indexes:
        if not any(_index_alike(known, index) for known in old.indexes):
            yield CreateIndex(new, index, "table")
    for index in old.indexes:
        # If several indexes have the same columns, none counts as a renamed one.
        if sum(_same_columns(index, other) for other in old.indexes) != 1:
            continue
        partner = next((other for other in new.indexes if _index_alike(index, other)), None)
        if partner is None:
            continue
        if any(column.name in recreated for column in partner.columns):
            yield CreateIndex(new, partner, "recreated_column")
        elif partner.name != index.name:
            yield RenameIndex(old, index, partner)


def _same_columns(one: DatabaseIndex, other: DatabaseIndex) -> bool:
    names = [[column.name for column in index.columns] for index in (one, other)]
    return names[0] == names[1] and one.unique == other.unique


def _index_alike(old: DatabaseIndex, new: DatabaseIndex) -> bool:
    return (
        old.columns == new.columns
        and (old.unique, old.method) == (new.unique, new.method)
        and conditions_match(old.where, new.where)
    )


# Tables


def _table_changes(
    old: DatabaseTable, new: DatabaseTable, after: DatabaseSchema
) -> Iterator[TableChange]:
    dropped, added = old.primary_key, new.primary_key
    rebuilt = _key_changed(old, new)
    if dropped and (rebuilt or not added):
        yield DropPrimaryKey(dropped)
    elif dropped and added and dropped.name != added.name:
        yield RenamePrimaryKey(dropped, added)
    yield from (DropColumn(c) for c in _by_name(old) if new.column(c.name) is None)
    yield from (AddColumn(c) for c in _by_name(new) if old.column(c.name) is None)
    for pair in _columns(old, new):
        yield from _column_change(*pair, after)
    if added and (rebuilt or not dropped):
        yield AddPrimaryKey(added)


def _by_name(table: DatabaseTable) -> list[DatabaseColumn]:
    return sorted(table.columns, key=lambda column: column.name.encode())


def _key_changed(old: DatabaseTable, new: DatabaseTable) -> bool:
    """Whether the columns of the primary key, or the type of one, differ."""
    if old.primary_key is None or new.primary_key is None:
        return False
    if old.primary_key.columns != new.primary_key.columns:
        return True
    return any(
        b.name in old.primary_key.columns and type_change(b, a) for b, a in _columns(old, new)
    )


def _column_change(
    old: DatabaseColumn, new: DatabaseColumn, after: DatabaseSchema
) -> Iterator[AlterColumn | RecreateColumn]:
    cast = type_change(old, new)
    filled = [column.auto_increment or column.identity for column in (old, new)]
    aspects: dict[Aspect, bool] = {
        "arity": old.arity != new.arity,
        "default": not defaults_match(old, new),
        "type": cast is not None,
        "auto_increment": filled[0] != filled[1],
    }
    changes = tuple(aspect for aspect, differs in aspects.items() if differs)
    if cast == "not_castable":
        yield RecreateColumn(old, new)
    elif changes:
        yield AlterColumn(old, new, changes, cast, _drops_sequence(old, new, after))


def _drops_sequence(old: DatabaseColumn, new: DatabaseColumn, after: DatabaseSchema) -> bool:
    if old.default is None or old.default.kind != "sequence" or not old.default.values:
        return False
    return not any(
        column.default == old.default and column is not new
        for table in after.tables
        for column in table.columns
    )
