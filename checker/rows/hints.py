"""What is known of the rows that production may hold beyond what the schema says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from checker.rows.catalog import FillTable

Key = tuple[int, int]
"""A column by its table's oid and its number."""


class Link(Struct, frozen=True):
    """Columns that refer to those of another table without a foreign key, in pairs. Tables are
    given by schema and name.
    """

    table: tuple[str, str]
    columns: tuple[str, ...]
    referenced: tuple[str, str]
    keys: tuple[str, ...]


class Hints(Struct, frozen=True):
    """``texts`` are what columns of text may hold, and ``links`` the columns most of whose values
    are those of others.
    """

    texts: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


def linked(tables: Iterable[FillTable], links: Iterable[Link]) -> Iterator[tuple[Key, Key]]:
    """The pairs of columns that links join."""
    named = {(table.schema, table.name): table for table in tables}
    for link in links:
        table, other = named.get(link.table), named.get(link.referenced)
        if table is None or other is None:
            continue
        own = {c.name: c.number for c in table.columns}
        keys = {c.name: c.number for c in other.columns}
        for name, key in zip(link.columns, link.keys, strict=False):
            if name in own and key in keys:
                yield (table.oid, own[name]), (other.oid, keys[key])


def unite(groups: dict[Key, list[Key]], one: Key, other: Key) -> None:
    """Makes one group of those of two columns, where there are both."""
    first, second = groups.get(one), groups.get(other)
    if first is not None and second is not None and first is not second:
        first.extend(second)
        for member in second:
            groups[member] = first
