"""The order in which Prisma takes its steps.

Source: prisma-engines, ``SqlMigrationStep`` and ``sort_migration_steps``.
"""

from __future__ import annotations

from checker.prisma.database.model import DatabaseSchema, DatabaseTable
from checker.prisma.diff.steps import (
    ORDER,
    AddForeignKey,
    AddPrimaryKey,
    AlterTable,
    CreateEnum,
    CreateIndex,
    DropColumn,
    DropForeignKey,
    DropIndex,
    DropTable,
    RecreateColumn,
    Step,
)


def in_order(steps: list[Step], before: DatabaseSchema, after: DatabaseSchema) -> tuple[Step, ...]:
    """By kind of step, then in the order of the objects in their database."""
    old = {table.key: place for place, table in enumerate(before.tables)}
    new = {table.key: place for place, table in enumerate(after.tables)}
    # An enum may take the name of a table, which then has to go before.
    created = {(s.enum.schema, s.enum.name) for s in steps if isinstance(s, CreateEnum)}
    early = {s.table.key for s in steps if isinstance(s, DropTable)} & created

    def place(step: Step) -> tuple[int, ...]:
        match step:
            case DropForeignKey() if early:
                return (ORDER.index(CreateEnum), -2)
            case DropTable(table) if table.key in early:
                return (ORDER.index(CreateEnum), -1)
            case CreateEnum():
                return (ORDER.index(CreateEnum), 0)
            case CreateIndex(table, index, on):
                where = new if on == "new_table" else old
                inner = table.indexes.index(index)
                return (ORDER.index(CreateIndex), on != "new_table", where[table.key], inner)
            case AddForeignKey(table, key):
                inner = table.foreign_keys.index(key)
                return (ORDER.index(AddForeignKey), new[table.key], inner)
        return (ORDER.index(type(step)),)

    return tuple(_keep_unique(sorted(steps, key=place)))


def _keep_unique(steps: list[Step]) -> list[Step]:
    """A unique index is dropped only after the primary key that replaces it exists."""
    for drop in [step for step in steps if isinstance(step, DropIndex)]:
        if not drop.index.unique or drop.table.primary_key is not None:
            continue
        columns = tuple(column.name for column in drop.index.columns)
        heir = next((s for s in steps if _adds_key(s, drop.table, columns)), None)
        if heir is not None:
            steps.remove(drop)
            steps.insert(steps.index(heir) + 1, drop)
    return steps


def _adds_key(step: Step, table: DatabaseTable, columns: tuple[str, ...]) -> bool:
    if not isinstance(step, AlterTable) or step.before.key != table.key:
        return False
    gone = {c.column.name for c in step.changes if isinstance(c, DropColumn)}
    gone |= {c.before.name for c in step.changes if isinstance(c, RecreateColumn)}
    keys = [c.primary_key.columns for c in step.changes if isinstance(c, AddPrimaryKey)]
    return keys == [columns] and gone.isdisjoint(columns)
