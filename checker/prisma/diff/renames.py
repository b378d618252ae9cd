"""Objects that Prisma drops and adds where a person would have renamed them.

Prisma never asks whether a removed column and a new one are the same: its script loses the values.
The rename is offered, with the rest of the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from checker.model.changes import quote
from checker.prisma.database.model import (
    DatabaseColumn,
    DatabaseForeignKey,
    DatabaseSchema,
    DatabaseTable,
    EnumType,
    IndexColumn,
)
from checker.prisma.diff.diff import diff
from checker.prisma.diff.rendering import Writer
from checker.prisma.diff.script import script
from checker.prisma.diff.steps import (
    AddColumn,
    AlterTable,
    CreateEnum,
    CreateTable,
    DropColumn,
    DropEnum,
    DropTable,
    Step,
)
from checker.sql.resemblance import ALIKE, LIKE_NAME, LIKE_TABLE, resemblance

Thing = TypeVar("Thing", DatabaseTable, DatabaseColumn, EnumType)


class Rename(Struct, frozen=True):
    """``table`` is the column's, under its name before."""

    kind: Literal["table", "column", "enum"]
    schema: str
    before: str
    after: str
    table: str | None = None

    def sql(self, *, multi: bool = False) -> str:
        writer = Writer(multi=multi)
        if self.kind == "column":
            place = f"TABLE {writer.name(self.schema, self.table or '')}"
            return f"ALTER {place} RENAME COLUMN {quote(self.before)} TO {quote(self.after)};"
        what = "TABLE" if self.kind == "table" else "TYPE"
        return (
            f"ALTER {what} {writer.name(self.schema, self.before)} RENAME TO {quote(self.after)};"
        )


def renaming_migration(
    before: DatabaseSchema, after: DatabaseSchema
) -> tuple[tuple[Rename, ...], str] | None:
    """The likely renames, and a migration.sql that makes them and takes the remaining steps.

    None where nothing looks like a rename. Columns of a renamed table are looked at in turn.
    """
    multi = before.multi or after.multi
    made: list[Rename] = []
    while likely := likely_renames(diff(before, after)):
        made += likely
        before = renamed(before, likely)
    if not made:
        return None
    parts = [f"-- Rename{r.kind.capitalize()}\n{r.sql(multi=multi)}\n" for r in made]
    steps = diff(before, after)
    return tuple(made), "\n".join([*parts, *([script(steps, multi=multi)] if steps else [])])


def likely_renames(steps: Sequence[Step]) -> tuple[Rename, ...]:
    """The pairs of a drop and a creation that look like a rename: tables and enums by what they
    hold, columns by type, name, nullability, keys and place.
    """
    likely: list[Rename] = []
    tables = _matched(
        [step.table for step in steps if isinstance(step, DropTable)],
        [step.table for step in steps if isinstance(step, CreateTable)],
        _like_table,
    )
    enums = _matched(
        [step.enum for step in steps if isinstance(step, DropEnum)],
        [step.enum for step in steps if isinstance(step, CreateEnum)],
        _like_enum,
    )
    likely += [Rename("table", old.schema, old.name, new.name) for old, new in tables]
    likely += [Rename("enum", old.schema, old.name, new.name) for old, new in enums]
    for step in steps:
        if isinstance(step, AlterTable):
            likely += _columns(step)
    return tuple(likely)


def _columns(step: AlterTable) -> Iterator[Rename]:
    pairs = _matched(
        [change.column for change in step.changes if isinstance(change, DropColumn)],
        [change.column for change in step.changes if isinstance(change, AddColumn)],
        lambda old, new: _like_column(step, old, new),
    )
    for old, new in pairs:
        yield Rename("column", step.before.schema, old.name, new.name, step.before.name)


def _matched(
    dropped: Sequence[Thing], created: Sequence[Thing], likeness: Callable[[Thing, Thing], float]
) -> list[tuple[Thing, Thing]]:
    """The most similar pairs, each object in at most one; 0 is no similarity."""
    scored = [
        (likeness(old, new), -i, -j)
        for i, old in enumerate(dropped)
        for j, new in enumerate(created)
    ]
    pairs, taken_old, taken_new = [], set(), set()
    for score, i, j in sorted(scored, reverse=True):
        if score > 0 and i not in taken_old and j not in taken_new:
            taken_old.add(i)
            taken_new.add(j)
            pairs.append((dropped[-i], created[-j]))
    return pairs


def _like_table(old: DatabaseTable, new: DatabaseTable) -> float:
    """The share of columns with the same name and type; a small table needs all, and a similar
    name.
    """
    if old.schema != new.schema or old.implicit != new.implicit:
        return 0
    one = {(column.name, column.type, column.arity == "list") for column in old.columns}
    other = {(column.name, column.type, column.arity == "list") for column in new.columns}
    share = len(one & other) / (len(one | other) or 1)
    small = len(one) <= 2 and (share < 1 or resemblance(old.name, new.name) < LIKE_NAME)
    return share if share >= LIKE_TABLE and not small else 0


def _like_enum(old: EnumType, new: EnumType) -> float:
    if old.schema != new.schema:
        return 0
    one, other = set(old.values), set(new.values)
    share = len(one & other) / (len(one | other) or 1)
    alike = share >= LIKE_TABLE and (len(one) > 1 or resemblance(old.name, new.name) >= LIKE_NAME)
    return share if alike else 0


def _like_column(step: AlterTable, old: DatabaseColumn, new: DatabaseColumn) -> float:
    same_type = old.type == new.type and (old.arity == "list") == (new.arity == "list")
    if not same_type or old.generated != new.generated:
        return 0
    name, same_arity = resemblance(old.name, new.name), old.arity == new.arity
    keys, other_keys = _keys(step.before, old), _keys(step.after, new)
    targets, other_targets = _targets(step.before, old), _targets(step.after, new)
    if targets and other_targets:
        if not targets & other_targets:
            return 0
    elif targets != other_targets and name < ALIKE:
        return 0
    only = sum(column.type == old.type for column in step.before.columns) == 1
    if name < LIKE_NAME and not (same_arity and only):
        return 0
    same_place = step.before.columns.index(old) == step.after.columns.index(new)
    return name + same_arity + (keys == other_keys) / 2 + same_place / 2


def _targets(table: DatabaseTable, column: DatabaseColumn) -> set[str]:
    return {key.table for key in table.foreign_keys if key.columns == (column.name,)}


def _keys(table: DatabaseTable, column: DatabaseColumn) -> tuple[bool, bool, bool]:
    """Whether the column is in the primary key, in a unique index, in any other."""
    key = table.primary_key
    indexes = [i for i in table.indexes if column.name in (part.name for part in i.columns)]
    in_key = key is not None and column.name in key.columns
    return (in_key, any(i.unique for i in indexes), any(not i.unique for i in indexes))


def renamed(schema: DatabaseSchema, renames: Sequence[Rename]) -> DatabaseSchema:
    """The schema once these renames are made; constraints and indexes keep their names."""
    of = {(r.kind, r.schema, r.table, r.before): r.after for r in renames}

    def table_name(at: str, name: str) -> str:
        return of.get(("table", at, None, name), name)

    def column_names(at: str, table: str, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(of.get(("column", at, table, name), name) for name in names)

    def column(table: DatabaseTable, known: DatabaseColumn) -> DatabaseColumn:
        (name,) = column_names(table.schema, table.name, (known.name,))
        kind = known.type
        if kind.enum:
            new = of.get(("enum", kind.schema or "public", None, kind.name), kind.name)
            kind = replace(kind, name=new)
        return replace(known, name=name, type=kind)

    def part(table: DatabaseTable, known: IndexColumn) -> IndexColumn:
        return replace(known, name=column_names(table.schema, table.name, (known.name,))[0])

    def foreign_key(table: DatabaseTable, key: DatabaseForeignKey) -> DatabaseForeignKey:
        return replace(
            key,
            columns=column_names(table.schema, table.name, key.columns),
            table=table_name(key.schema, key.table),
            referenced=column_names(key.schema, key.table, key.referenced),
        )

    def changed(table: DatabaseTable) -> DatabaseTable:
        key = table.primary_key
        if key is not None:
            key = replace(key, columns=column_names(table.schema, table.name, key.columns))
        return replace(
            table,
            name=table_name(table.schema, table.name),
            columns=tuple(column(table, c) for c in table.columns),
            primary_key=key,
            indexes=tuple(
                replace(i, columns=tuple(part(table, p) for p in i.columns)) for i in table.indexes
            ),
            foreign_keys=tuple(foreign_key(table, k) for k in table.foreign_keys),
        )

    return replace(
        schema,
        tables=tuple(map(changed, schema.tables)),
        enums=tuple(
            replace(e, name=of.get(("enum", e.schema, None, e.name), e.name)) for e in schema.enums
        ),
    )
