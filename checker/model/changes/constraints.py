"""Constraints of tables and domains, and what is done to one."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from checker.model.changes.names import Name

ConstraintKind = Literal["primary_key", "unique", "foreign_key", "check", "exclude", "not_null"]


class Constraint(Struct, frozen=True):
    """A constraint of a table. ``columns`` of a CHECK are those that its expression names.

    ``method`` is the access method of an EXCLUDE constraint. ``deferred`` is INITIALLY DEFERRED.
    ``on_delete`` names the columns after SET NULL or SET DEFAULT where it concerns only some.
    """

    kind: ConstraintKind
    columns: tuple[str, ...] = ()
    name: str | None = None
    expression: str | None = None
    references: Name | None = None
    referenced_columns: tuple[str, ...] = ()
    on_delete: str | None = None
    on_update: str | None = None
    not_valid: bool = False
    deferrable: bool = False
    using_index: str | None = None
    nulls_not_distinct: bool = False
    method: str | None = None
    deferred: bool = False
    match_full: bool = False
    include: tuple[str, ...] = ()


class AddConstraint(Struct, frozen=True):
    table: Name
    constraint: Constraint


class DropConstraint(Struct, frozen=True):
    table: Name
    name: str
    cascade: bool = False
    if_exists: bool = False


class RenameConstraint(Struct, frozen=True):
    table: Name
    name: str
    to: str


class ValidateConstraint(Struct, frozen=True):
    table: Name
    name: str
