"""Tables as a whole."""

from __future__ import annotations

from msgspec import Struct

from checker.model.changes.columns import Column
from checker.model.changes.constraints import Constraint
from checker.model.changes.names import Name


class CreateTable(Struct, frozen=True):
    """CREATE TABLE, also CREATE TABLE AS, FOREIGN TABLE and PARTITION OF.

    ``like_options`` are what LIKE includes besides names, types and NOT NULL (``DEFAULTS``);
    ``partitioned`` tables have their rows in partitions.
    """

    table: Name
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    temporary: bool = False
    if_not_exists: bool = False
    partition_of: Name | None = None
    inherits: tuple[Name, ...] = ()
    like: Name | None = None
    from_query: bool = False
    like_options: tuple[str, ...] = ()
    partitioned: bool = False
    foreign: bool = False


class DropTable(Struct, frozen=True):
    table: Name
    cascade: bool = False
    if_exists: bool = False


class RenameTable(Struct, frozen=True):
    table: Name
    to: str


class MoveTable(Struct, frozen=True):
    """ALTER TABLE … SET SCHEMA."""

    table: Name
    to: str


class AlterTable(Struct, frozen=True):
    """Any other change of a table; ``what`` names it (``SET LOGGED``, ``ENABLE TRIGGER``)."""

    table: Name
    what: str
    argument: Name | None = None
    concurrently: bool = False
