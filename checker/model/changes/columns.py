"""Columns, and what is done to one."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from checker.model.changes.constraints import Constraint
from checker.model.changes.names import Name
from checker.model.changes.types import Type


class Column(Struct, frozen=True):
    """A column as its definition says. ``default`` is the SQL text of the expression.

    ``generated`` is a column computed from others; ``filled`` says that the database itself
    gives every row a value (identity, serial, generated), so that none need be supplied.
    """

    name: str
    type: Type
    not_null: bool = False
    default: str | None = None
    generated: Literal["stored", "virtual"] | None = None
    filled: bool = False


class AddColumn(Struct, frozen=True):
    """ADD COLUMN; ``constraints`` are those written inside the column's definition."""

    table: Name
    column: Column
    constraints: tuple[Constraint, ...] = ()
    if_not_exists: bool = False


class DropColumn(Struct, frozen=True):
    table: Name
    column: str
    cascade: bool = False
    if_exists: bool = False


class RenameColumn(Struct, frozen=True):
    table: Name
    column: str
    to: str


class AlterColumnType(Struct, frozen=True):
    """ALTER COLUMN … TYPE; ``using`` is the SQL text of the expression."""

    table: Name
    column: str
    type: Type
    using: str | None = None
    collation: str | None = None


class SetNotNull(Struct, frozen=True):
    table: Name
    column: str


class DropNotNull(Struct, frozen=True):
    table: Name
    column: str


class SetDefault(Struct, frozen=True):
    table: Name
    column: str
    default: str


class DropDefault(Struct, frozen=True):
    table: Name
    column: str


class AlterColumn(Struct, frozen=True):
    """Any other change of a column: ``what`` names it (``ADD IDENTITY``, ``SET STORAGE``)."""

    table: Name
    column: str
    what: str
