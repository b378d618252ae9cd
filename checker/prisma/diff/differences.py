"""The steps between a history's outcome and a schema, as facts that say which side is ahead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from checker.model import DefaultValue, Definition, Difference, Reference, Thing
from checker.model.changes import DEFAULT_SCHEMA, literal, quote
from checker.prisma.database.model import (
    DatabaseColumn,
    DatabaseExtension,
    DatabaseForeignKey,
    DatabaseIndex,
    DatabaseTable,
    PrimaryKey,
)
from checker.prisma.diff.steps import (
    AddColumn,
    AddForeignKey,
    AddPrimaryKey,
    AlterColumn,
    AlterEnum,
    AlterExtension,
    AlterTable,
    CreateEnum,
    CreateExtension,
    CreateIndex,
    CreateSchema,
    CreateTable,
    DropColumn,
    DropEnum,
    DropExtension,
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

Added = Literal["schema", "history"]


def differences(steps: Sequence[Step]) -> tuple[Difference, ...]:
    """The differences. The steps lead from the history to the schema; the parts of a table that
    only one side has belong to that table's difference.
    """
    whole = {step.table.key for step in steps if isinstance(step, CreateTable | DropTable)}
    return tuple(difference for step in steps for difference in _of(step, whole))


def migration_name(steps: Sequence[Step]) -> str:
    """A name for the migration that takes the steps, as people would choose it."""
    words = {word for step in steps for word in _verbs(step)}
    if len(words) != 1:
        return "sync_with_schema"
    return re.sub(r"[^a-z0-9]+", "_", words.pop().lower()).strip("_")[:60] or "sync_with_schema"


def _verbs(step: Step) -> Iterator[str]:
    match step:
        case CreateTable(table):
            yield f"add_{table.name}"
        case DropTable(table):
            yield f"drop_{table.name}"
        case AlterTable(before, _, changes):
            for change in changes:
                match change:
                    case AddColumn(column):
                        yield f"add_{before.name}_{column.name}"
                    case DropColumn(column):
                        yield f"drop_{before.name}_{column.name}"
                    case _:
                        yield f"alter_{before.name}"
        case (
            CreateIndex(table, _, "new_table") | AddForeignKey(table, _) | DropForeignKey(table, _)
        ):
            yield from ()
        case CreateIndex(table, _, _) | DropIndex(table, _) | RenameIndex(table, _, _):
            yield f"alter_{table.name}_indexes"
        case _:
            yield "sync_with_schema"


def _of(step: Step, whole: set[tuple[str, str]]) -> Iterator[Difference]:
    match step:
        case CreateTable(table):
            yield _only("schema", "table", table.schema, "", table.name)
        case DropTable(table):
            yield _only("history", "table", table.schema, "", table.name)
        case AlterTable(before, _, changes):
            for change in changes:
                yield _in_table(before, change)
        case CreateIndex() | DropIndex() | RenameIndex():
            yield from _index(step, whole)
        case AddForeignKey() | DropForeignKey() | RenameForeignKey():
            yield from _foreign_key(step, whole)
        case _:
            yield from _beside_tables(step)


def _only(
    side: Added,
    kind: Thing,
    schema: str,
    table: str,
    name: str,
    columns: tuple[str, ...] = (),
    definition: Definition | None = None,
) -> Difference:
    """A thing that only one side has."""
    there = definition or Definition()
    return Difference(
        side,
        kind=kind,
        schema=schema,
        table=table,
        name=name,
        columns=columns,
        history_has=there if side == "history" else None,
        schema_has=there if side == "schema" else None,
    )


def _in_table(table: DatabaseTable, change: TableChange) -> Difference:
    match change:
        case AddColumn(column):
            return _only_column("schema", table, column)
        case DropColumn(column):
            return _only_column("history", table, column)
        case AlterColumn(before, after) | RecreateColumn(before, after):
            return _changed_column(table, before, after)
        case AddPrimaryKey(key):
            return _only("schema", "primary_key", *table.key, key.name, key.columns)
        case DropPrimaryKey(key):
            return _only("history", "primary_key", *table.key, key.name, key.columns)
        case RenamePrimaryKey(before, after):
            return _renamed("primary_key", table, before, after, before.columns)


def _only_column(side: Added, table: DatabaseTable, column: DatabaseColumn) -> Difference:
    return _only(side, "column", *table.key, column.name, (), _column(column))


def _changed_column(
    table: DatabaseTable, before: DatabaseColumn, after: DatabaseColumn
) -> Difference:
    """A column with the aspects in which the sides differ: the default where nothing else differs,
    since Prisma compares it more closely than its text shows.
    """
    old, new = _column(before), _column(after)
    same_type = (old.type, old.type_schema) == (new.type, new.type_schema)
    same_arity = old.arity == new.arity
    same_default = old.default == new.default and not (same_type and same_arity)

    def differing(side: Definition) -> Definition:
        return Definition(
            type=None if same_type else side.type,
            type_schema=None if same_type else side.type_schema,
            arity=None if same_arity else side.arity,
            default=None if same_default else side.default,
        )

    return Difference(
        "both",
        kind="column",
        schema=table.schema,
        table=table.name,
        name=before.name,
        history_has=differing(old),
        schema_has=differing(new),
    )


def _index(
    step: CreateIndex | DropIndex | RenameIndex, whole: set[tuple[str, str]]
) -> Iterator[Difference]:
    match step:
        case CreateIndex(table, index, "table") if table.key not in whole:
            yield _only_index("schema", table, index)
        case DropIndex(table, index) if table.key not in whole:
            yield _only_index("history", table, index)
        case RenameIndex(table, before, after):
            columns = tuple(column.name for column in before.columns)
            yield _renamed(_kind(before), table, before, after, columns)


def _only_index(side: Added, table: DatabaseTable, index: DatabaseIndex) -> Difference:
    columns = tuple(column.name for column in index.columns)
    definition = Definition(sql=_index_sql(index))
    return _only(side, _kind(index), *table.key, index.name, columns, definition)


def _foreign_key(
    step: AddForeignKey | DropForeignKey | RenameForeignKey, whole: set[tuple[str, str]]
) -> Iterator[Difference]:
    match step:
        case AddForeignKey(table, key) if table.key not in whole:
            yield _only_foreign_key("schema", table, key)
        case DropForeignKey(table, key) if table.key not in whole:
            yield _only_foreign_key("history", table, key)
        case RenameForeignKey(table, before, after):
            yield _renamed("foreign_key", table, before, after, before.columns)


def _only_foreign_key(side: Added, table: DatabaseTable, key: DatabaseForeignKey) -> Difference:
    reference = Reference(key.schema, key.table, key.referenced, key.on_delete, key.on_update)
    definition = Definition(reference=reference)
    return _only(side, "foreign_key", *table.key, key.name, key.columns, definition)


def _beside_tables(step: Step) -> Iterator[Difference]:
    match step:
        case CreateEnum(enum):
            yield _only("schema", "enum", enum.schema, "", enum.name)
        case DropEnum(enum):
            yield _only("history", "enum", enum.schema, "", enum.name)
        case AlterEnum(before, _, added, removed):
            for value in added:
                yield _only("schema", "enum_value", before.schema, before.name, value)
            for value in removed:
                yield _only("history", "enum_value", before.schema, before.name, value)
        case CreateExtension(extension):
            yield _only("schema", "extension", "", "", extension.name, (), _extension(extension))
        case DropExtension(extension):
            yield _only("history", "extension", "", "", extension.name, (), _extension(extension))
        case AlterExtension(before, after):
            old, new = _extension(before), _extension(after)
            yield Difference(
                "both", kind="extension", name=before.name, history_has=old, schema_has=new
            )
        case CreateSchema(name):
            yield _only("schema", "schema", "", "", name)


def _renamed(
    kind: Thing,
    table: DatabaseTable,
    before: DatabaseIndex | DatabaseForeignKey | PrimaryKey,
    after: DatabaseIndex | DatabaseForeignKey | PrimaryKey,
    columns: tuple[str, ...],
) -> Difference:
    return Difference(
        "both",
        kind=kind,
        schema=table.schema,
        table=table.name,
        name=before.name,
        columns=columns,
        history_has=Definition(name=before.name),
        schema_has=Definition(name=after.name),
    )


def _kind(index: DatabaseIndex) -> Thing:
    return "unique_index" if index.unique else "index"


def _column(column: DatabaseColumn) -> Definition:
    kind = column.type
    figures = f"({', '.join(map(str, kind.arguments))})" if kind.arguments else ""
    return Definition(
        type=f"{kind.name}{figures}",
        type_schema=(kind.schema or DEFAULT_SCHEMA) if kind.enum else None,
        arity=column.arity,
        default=_default(column),
    )


def _default(column: DatabaseColumn) -> DefaultValue:
    """Prisma considers a serial column and an identity equal."""
    if column.auto_increment or column.identity:
        return DefaultValue("numbered")
    if column.default is None:
        return DefaultValue("none")
    return DefaultValue(column.default.kind, column.default.values)


def _index_sql(index: DatabaseIndex) -> str:
    """The text after the table in its CREATE INDEX."""
    keys = ", ".join(
        quote(column.name)
        + (f" {column.operator_class}" if column.operator_class else "")
        + (" DESC" if column.descending else "")
        for column in index.columns
    )
    where = f" WHERE {index.where}" if index.where is not None else ""
    return f"USING {index.method} ({keys}){where}"


def _extension(extension: DatabaseExtension) -> Definition:
    version = f"VERSION {literal(extension.version)}" if extension.version else ""
    schema = f"SCHEMA {quote(extension.schema)}" if extension.schema else ""
    return Definition(sql=" ".join(filter(None, (schema, version))))
