"""The steps between a history's outcome and a schema, in words that say which side is ahead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from checker.model import Difference
from checker.prisma.database.model import Column, ForeignKey, Index, PrimaryKey, Table
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

Named = Index | ForeignKey | PrimaryKey


class Sides(Struct, frozen=True):
    """What to say of a thing that only one side has, and how to call the sides."""

    only_start: str = "is made by the migrations and not in schema.prisma"
    only_end: str = "is in schema.prisma and in no migration"
    start: str = "after the migrations"
    end: str = "in schema.prisma"


def differences(steps: Sequence[Step], sides: Sides | None = None) -> tuple[Difference, ...]:
    """What differs, one sentence each. The steps lead from the history to the schema; what belongs
    to a table that only one side has is told by that table.
    """
    teller = _Teller(sides or Sides())
    whole = {step.table.key for step in steps if isinstance(step, CreateTable | DropTable)}
    return tuple(difference for step in steps for difference in teller.of(step, whole))


def migration_name(steps: Sequence[Step]) -> str:
    """What to call the migration that takes the steps, as people call theirs."""
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


class _Teller:
    def __init__(self, sides: Sides) -> None:
        self._only_start = sides.only_start
        self._only_end = sides.only_end
        self._start = sides.start
        self._end = sides.end

    def _at_start(self, what: str) -> Difference:
        return Difference("history", f"{what} {self._only_start}")

    def _at_end(self, what: str) -> Difference:
        return Difference("schema", f"{what} {self._only_end}")

    def of(self, step: Step, whole: set[tuple[str, str]]) -> Iterator[Difference]:
        match step:
            case CreateTable(table):
                yield self._at_end(f"Table `{_table(table)}`")
            case DropTable(table):
                yield self._at_start(f"Table `{_table(table)}`")
            case AlterTable(before, _, changes):
                for change in changes:
                    yield self._in_table(before, change)
            case CreateIndex() | DropIndex() | RenameIndex():
                yield from self._index(step, whole)
            case AddForeignKey() | DropForeignKey() | RenameForeignKey():
                yield from self._foreign_key(step, whole)
            case _:
                yield from self._beside_tables(step)

    def _in_table(self, table: Table, change: TableChange) -> Difference:
        name = _table(table)
        match change:
            case AddColumn(column):
                return self._at_end(f"Column `{name}.{column.name}`")
            case DropColumn(column):
                return self._at_start(f"Column `{name}.{column.name}`")
            case AlterColumn(before, after) | RecreateColumn(before, after):
                old, new = _told_apart(before, after)
                return Difference(
                    "both",
                    f"Column `{name}.{before.name}` is {old} {self._start}, and {new} {self._end}",
                )
            case AddPrimaryKey(key):
                return self._at_end(f"Primary key {_key(key)} of `{name}`")
            case DropPrimaryKey(key):
                return self._at_start(f"Primary key {_key(key)} of `{name}`")
            case RenamePrimaryKey(before, after):
                return self._renamed("Primary key", name, before, after)

    def _index(
        self, step: CreateIndex | DropIndex | RenameIndex, whole: set[tuple[str, str]]
    ) -> Iterator[Difference]:
        name = _table(step.table)
        match step:
            case CreateIndex(table, index, "table") if table.key not in whole:
                yield self._at_end(f"{_indexed(index)} of `{name}`")
            case DropIndex(table, index) if table.key not in whole:
                yield self._at_start(f"{_indexed(index)} of `{name}`")
            case RenameIndex(_, before, after):
                yield self._renamed("Index", name, before, after)

    def _foreign_key(
        self, step: AddForeignKey | DropForeignKey | RenameForeignKey, whole: set[tuple[str, str]]
    ) -> Iterator[Difference]:
        name = _table(step.table)
        match step:
            case AddForeignKey(table, key) if table.key not in whole:
                yield self._at_end(f"Foreign key {_reference(key)} of `{name}`")
            case DropForeignKey(table, key) if table.key not in whole:
                yield self._at_start(f"Foreign key {_reference(key)} of `{name}`")
            case RenameForeignKey(_, before, after):
                yield self._renamed("Foreign key", name, before, after)

    def _beside_tables(self, step: Step) -> Iterator[Difference]:
        match step:
            case CreateEnum(enum):
                yield self._at_end(f"Enum `{enum.name}`")
            case DropEnum(enum):
                yield self._at_start(f"Enum `{enum.name}`")
            case AlterEnum(before, _, added, removed):
                for value in added:
                    yield self._at_end(f"Value `{value}` of enum `{before.name}`")
                for value in removed:
                    yield self._at_start(f"Value `{value}` of enum `{before.name}`")
            case CreateExtension(extension):
                yield self._at_end(f"Extension `{extension.name}`")
            case DropExtension(extension):
                yield self._at_start(f"Extension `{extension.name}`")
            case AlterExtension(before, _):
                yield Difference(
                    "both",
                    f"Extension `{before.name}` has another version or schema {self._end}",
                )
            case CreateSchema(name):
                yield self._at_end(f"Schema `{name}`")

    def _renamed(self, what: str, table: str, before: Named, after: Named) -> Difference:
        return Difference(
            "both", f"{what} `{before.name}` of `{table}` is called `{after.name}` {self._end}"
        )


def _table(table: Table) -> str:
    return table.name if table.schema == "public" else f"{table.schema}.{table.name}"


def _key(key: PrimaryKey) -> str:
    return f"({', '.join(f'`{column}`' for column in key.columns)})"


def _indexed(index: Index) -> str:
    kind = "Unique index" if index.unique else "Index"
    return f"{kind} `{index.name}` ({', '.join(f'`{c.name}`' for c in index.columns)})"


def _reference(key: ForeignKey) -> str:
    columns = ", ".join(f"`{column}`" for column in key.columns)
    actions = f"ON DELETE {key.on_delete} ON UPDATE {key.on_update}"
    return f"`{key.name}` ({columns}) to `{key.table}` {actions}"


def _told_apart(before: Column, after: Column) -> tuple[str, str]:
    """Both columns in the words in which they differ."""
    old, new = _words(before), _words(after)
    pairs = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    if not pairs:  # a default that differs in more than its words
        pairs = [(old[-1], new[-1])]
    return ", ".join(a for a, _ in pairs), ", ".join(b for _, b in pairs)


def _words(column: Column) -> tuple[str, str, str]:
    figures = f"({', '.join(map(str, column.type.arguments))})" if column.type.arguments else ""
    arity = {"required": "required", "nullable": "optional", "list": "a list"}[column.arity]
    return f"`{column.type.name}{figures}`", arity, _default(column)


def _default(column: Column) -> str:
    if column.auto_increment or column.identity:
        return "numbered by the database"
    default = column.default
    if default is None:
        return "without a default"
    if default.kind == "now":
        return "with the default `now()`"
    values = ", ".join(default.values)
    if default.kind == "list":
        return f"with the default `[{values}]`"
    return f"with the default `{values or 'dbgenerated()'}`"
