"""What the new migrations tell of the rows that they expect in production.

Where text becomes an enum it holds the labels, and some that are written otherwise; where a foreign
key is added, most of its columns' values are already keys of the other table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker.model import Statement
from checker.model.changes import (
    DEFAULT_SCHEMA,
    AddConstraint,
    AddEnumValue,
    CreateEnum,
    Name,
    RenameEnumValue,
)
from checker.pg.connection import Connection
from checker.rows.hints import Hints, Link

LABELS = 40  # as many texts as find room among the rows
_ENUMS = b"""
SELECT t.typname::pg_catalog.text, e.enumlabel::pg_catalog.text
FROM pg_catalog.pg_enum e JOIN pg_catalog.pg_type t ON t.oid = e.enumtypid
ORDER BY e.enumtypid, e.enumsortorder
"""


def hints_of(connection: Connection, statements: Sequence[Statement]) -> Hints:
    """The hints in the statements of the new migrations; ``connection`` is to the database before
    them.
    """
    text = " ".join(statement.text for statement in statements).lower()
    enums = connection.execute(_ENUMS).fetchall()
    labels = dict.fromkeys(label for name, label in enums if name.lower() in text)
    links: list[Link] = []
    for statement in statements:
        for change in statement.changes:
            match change:
                case CreateEnum(_, values):
                    labels.update(dict.fromkeys(values))
                case AddEnumValue() | RenameEnumValue():
                    labels[change.value] = None
                case AddConstraint():
                    links += _links(change)
    return Hints(tuple(labels)[:LABELS], tuple(links))


def _links(change: AddConstraint) -> Iterator[Link]:
    key = change.constraint
    if key.references is not None and key.columns:
        keys = key.referenced_columns
        yield Link(_pair(change.table), key.columns, _pair(key.references), keys)


def _pair(name: Name) -> tuple[str, str]:
    return (name.schema or DEFAULT_SCHEMA, name.name)
