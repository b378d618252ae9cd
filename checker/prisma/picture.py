"""A picture of what changes between two databases: the tables touched, and their neighbours."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model import Mark, Picture, PictureColumn, PictureLink, PictureTable
from checker.prisma.database.model import (
    DatabaseColumn,
    DatabaseForeignKey,
    DatabaseSchema,
    DatabaseTable,
)

TABLES, COLUMNS, NEIGHBOURS = 8, 14, 6
"""The most that is shown: a larger picture helps nobody."""

Pair = tuple[DatabaseTable | None, DatabaseTable | None]


def draw(before: DatabaseSchema, after: DatabaseSchema) -> Picture | None:
    """The changes from one database to the other; None where no table changes."""
    keys = dict.fromkeys([t.key for t in before.tables] + [t.key for t in after.tables])
    pairs = {key: (before.table(*key), after.table(*key)) for key in keys}
    touched = [key for key, (old, new) in pairs.items() if _shape(old) != _shape(new)]
    if not touched:
        return None
    shown = dict.fromkeys(touched[:TABLES])
    around = [
        end
        for key, pair in pairs.items()
        for _, reference in _references(pair)
        for end in (key, (reference.schema, reference.table))
        if (key in shown) != ((reference.schema, reference.table) in shown)
        and end not in shown
        and end in pairs
    ]
    shown |= dict.fromkeys(list(dict.fromkeys(around))[:NEIGHBOURS])
    return Picture(
        tuple(_table(pairs[key], whole=key in touched) for key in shown),
        tuple(link for key in shown for link in _links(pairs[key], set(shown))),
        more=max(0, len(touched) - TABLES),
    )


def _shape(table: DatabaseTable | None) -> object:
    """The part of a table that is drawn."""
    if table is None:
        return None
    columns = frozenset((c.name, _type(c)) for c in table.columns)
    keys = frozenset(_meaning(key) for key in table.foreign_keys)
    return (columns, table.primary_key and table.primary_key.columns, keys)


def _table(pair: Pair, *, whole: bool) -> PictureTable:
    """A table with its changed columns and keys first; a neighbour has only its keys."""
    old, new = pair
    table = new or old
    assert table is not None
    columns = list(_columns(old, new))
    wanted = [c for c in columns if c.mark or c.keys]
    if whole:
        wanted += [c for c in columns if not (c.mark or c.keys)]
    kept = set(wanted[:COLUMNS])
    mark: Mark = "added" if old is None else "removed" if new is None else ""
    return PictureTable(
        _name(table.schema, table.name),
        tuple(c for c in columns if c in kept),
        mark,
        more=len(columns) - len(kept),
    )


def _columns(old: DatabaseTable | None, new: DatabaseTable | None) -> Iterator[PictureColumn]:
    """In the order of the new table, dropped columns at the end. In a new or dropped table only the
    table itself is marked.
    """
    for column in (new or DatabaseTable("", ())).columns:
        before = old.column(column.name) if old else column
        mark: Mark = "added" if before is None else "changed"
        if before is not None and _type(before) == _type(column):
            mark = ""
        yield PictureColumn(column.name, _type(column), mark, _keys(new, column.name))
    for column in (old or DatabaseTable("", ())).columns:
        if new is None or new.column(column.name) is None:
            yield PictureColumn(
                column.name, _type(column), "removed" if new else "", _keys(old, column.name)
            )


def _keys(table: DatabaseTable | None, column: str) -> tuple[str, ...]:
    if table is None:
        return ()
    keys = []
    if table.primary_key and column in table.primary_key.columns:
        keys.append("PK")
    if any(column in key.columns for key in table.foreign_keys):
        keys.append("FK")
    if any(i.unique and [c.name for c in i.columns] == [column] for i in table.indexes):
        keys.append("UK")
    return tuple(keys)


def _links(pair: Pair, shown: set[tuple[str, str]]) -> Iterator[PictureLink]:
    """The foreign keys of a table, as it has or had them."""
    old, new = ({_meaning(k): (t, k) for k in t.foreign_keys} if t else {} for t in pair)
    for meaning, (table, key) in (old | new).items():
        if (key.schema, key.table) not in shown:
            continue
        there = meaning in old, meaning in new
        mark: Mark = "" if all(there) or None in pair else "added" if there[1] else "removed"
        yield PictureLink(
            _name(table.schema, table.name),
            _name(key.schema, key.table),
            ", ".join(key.columns),
            mark,
        )


def _references(pair: Pair) -> Iterator[tuple[DatabaseTable, DatabaseForeignKey]]:
    for table in pair:
        if table is not None:
            for key in table.foreign_keys:
                yield table, key


def _meaning(key: DatabaseForeignKey) -> object:
    return (key.columns, key.schema, key.table, key.referenced)


def _name(schema: str, table: str) -> str:
    return table if schema == "public" else f"{schema}.{table}"


def _type(column: DatabaseColumn) -> str:
    figures = f"({','.join(map(str, column.type.arguments))})" if column.type.arguments else ""
    arity = {"required": "", "nullable": "?", "list": "[]"}[column.arity]
    return f"{column.type.name}{figures}{arity}"
