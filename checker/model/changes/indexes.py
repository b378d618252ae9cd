"""Indexes."""

from __future__ import annotations

from msgspec import Struct

from checker.model.changes.names import Name


class CreateIndex(Struct, frozen=True):
    """CREATE INDEX. ``columns`` holds names; an expression stands there as SQL in parentheses.

    ``uses`` are the columns that its expressions and its condition name. It is not ``plain`` where
    a key has an operator class, a collation or an order of its own.
    """

    table: Name
    name: str | None
    columns: tuple[str, ...]
    unique: bool = False
    concurrently: bool = False
    if_not_exists: bool = False
    method: str = "btree"
    include: tuple[str, ...] = ()
    where: str | None = None
    nulls_not_distinct: bool = False
    only: bool = False
    uses: tuple[str, ...] = ()
    plain: bool = True


class DropIndex(Struct, frozen=True):
    """DROP INDEX; ``table`` is known where the dialect writes it (MySQL, SQL Server)."""

    index: Name
    table: Name | None = None
    concurrently: bool = False
    cascade: bool = False
    if_exists: bool = False


class RenameIndex(Struct, frozen=True):
    index: Name
    to: str
