"""The names that Prisma gives to unnamed constraints and indexes.

Source: prisma-engines, psl ``constraint_names`` and ``sql_schema_calculator``. They are made of the
names in the database, and cut so that the suffix stays within PostgreSQL's 63 bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

LONGEST = 63
"""The longest name in bytes (PostgreSQL docs, "Identifiers and Key Words")."""


def primary_key_name(table: str) -> str:
    return _cut(table, "_pkey")


def unique_name(table: str, columns: Sequence[str]) -> str:
    return _cut("_".join((table, *columns)), "_key")


def index_name(table: str, columns: Sequence[str]) -> str:
    return _cut("_".join((table, *columns)), "_idx")


def foreign_key_name(table: str, columns: Sequence[str]) -> str:
    return _cut("_".join((table, *columns)), "_fkey")


def join_table_name(relation: str) -> str:
    """The table of an implicit many-to-many relation; Prisma cuts it by characters."""
    return f"_{relation}"[:LONGEST]


def join_table_index_name(table: str, suffix: str) -> str:
    """A key or index of such a table (``_AB_pkey``, ``_AB_unique``, ``_B_index``)."""
    return table[: LONGEST - len(suffix)] + suffix


def join_table_foreign_key_name(table: str, column: str) -> str:
    """A foreign key of such a table; ``column`` is ``A`` or ``B``."""
    return _cut(table, f"_{column}_fkey")


def _cut(text: str, suffix: str) -> str:
    kept = text.encode()[: LONGEST - len(suffix)]
    return kept.decode(errors="ignore") + suffix  # drops a partial character
