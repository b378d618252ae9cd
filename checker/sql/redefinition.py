"""Prisma's RedefineTables on SQLite: a new table, a copy, a drop and a rename for one ALTER TABLE.

    CREATE TABLE "new_User" (…);
    INSERT INTO "new_User" (…) SELECT … FROM "User";
    DROP TABLE "User";
    ALTER TABLE "new_User" RENAME TO "User";

SQLite can change little of a table in place (sqlite.org, ALTER TABLE, "Making Other Kinds Of
Table Schema Changes"). What such a group changes is read from the two definitions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from checker.model import Statement
from checker.model import changes as c
from checker.model.changes import Change
from checker.sql.catalog.catalog import Catalog
from checker.sql.catalog.table import KnownTable

Pair = tuple[Statement, Change]


def expand_redefinitions(pairs: Sequence[Pair], before: Catalog) -> list[Pair]:
    """The same changes, with each redefined table as the changes of its columns."""
    result = list(pairs)
    for rename in [change for _, change in pairs if isinstance(change, c.RenameTable)]:
        old = c.Name(rename.to, rename.table.schema)
        known = before.table(old)
        parts = _parts(result, rename)
        if known is None or parts is None:
            continue
        create, copy, drop = parts
        statement = next(s for s, change in result if change is drop)
        expanded = [(statement, change) for change in _difference(known, create, copy)]
        at = next(i for i, (_, change) in enumerate(result) if change is drop)
        result[at : at + 1] = expanded
        result = [
            p for p in result if p[1] is not create and p[1] is not copy and p[1] is not rename
        ]
    return result


def _parts(
    pairs: Sequence[Pair], rename: c.RenameTable
) -> tuple[c.CreateTable, c.InsertRows, c.DropTable] | None:
    """The other three statements of the group that ends in a rename."""
    create = copy = drop = None
    for _, change in pairs:
        match change:
            case c.CreateTable() if change.table == rename.table:
                create = change
            case c.InsertRows() if change.table == rename.table:
                copy = change if any(n.name == rename.to for n in change.source) else copy
            case c.DropTable() if change.table.name == rename.to:
                drop = change
    if create is None or copy is None or drop is None:
        return None
    return create, copy, drop


def _added_and_filled(table: c.Name, column: c.Column) -> Iterator[Change]:
    """A column to which the copy gives a value in every row."""
    yield c.AddColumn(table, replace(column, not_null=False))
    yield c.UpdateRows(table, (column.name,))
    if column.not_null:
        yield c.SetNotNull(table, column.name)


def _difference(old: KnownTable, new: c.CreateTable, copy: c.InsertRows) -> Iterator[Change]:
    """The column changes that turn the old table into the new one.

    A column of both tables that the copy omits loses its values: it is dropped and added.
    """
    fresh = {column.name: column for column in new.columns}
    copied = set(copy.columns) or set(fresh)
    for name in list(old.columns):
        if name not in fresh or name not in copied:
            yield c.DropColumn(old.name, name)
    for name, column in fresh.items():
        before = old.column(name)
        if before is None and name in copy.columns:
            yield from _added_and_filled(old.name, column)
            continue
        if before is None or name not in copied:
            yield c.AddColumn(old.name, column)
            continue
        if before.type != column.type:
            yield c.AlterColumnType(old.name, name, column.type)
        if before.not_null != column.not_null:
            nullability = c.SetNotNull if column.not_null else c.DropNotNull
            yield nullability(old.name, name)
        if column.default is not None and before.default != column.default:
            yield c.SetDefault(old.name, name, column.default)
