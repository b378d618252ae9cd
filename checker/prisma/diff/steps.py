"""The steps that turn one database into another: Prisma's migration steps.

Source: prisma-engines, ``SqlMigrationStep``. Each step holds the objects it is about: those of the
database before where it drops, of the one after where it creates.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from checker.prisma.database.model import (
    DatabaseColumn,
    DatabaseExtension,
    DatabaseForeignKey,
    DatabaseIndex,
    DatabaseTable,
    EnumType,
    PrimaryKey,
)
from checker.prisma.diff.casting import Cast

Aspect = Literal["arity", "default", "type", "auto_increment"]


class CreateSchema(Struct, frozen=True):
    name: str


class DropExtension(Struct, frozen=True):
    extension: DatabaseExtension


class CreateExtension(Struct, frozen=True):
    extension: DatabaseExtension


class AlterExtension(Struct, frozen=True):
    before: DatabaseExtension
    after: DatabaseExtension


class CreateEnum(Struct, frozen=True):
    enum: EnumType


class EnumUse(Struct, frozen=True):
    """A column of an enum that is made anew. ``after`` is None where the column goes, or takes
    another type.
    """

    table: DatabaseTable
    before: DatabaseColumn
    after: DatabaseColumn | None


class AlterEnum(Struct, frozen=True):
    """Values are added; where some are ``removed``, the type is made anew in all its ``uses``."""

    before: EnumType
    after: EnumType
    added: tuple[str, ...]
    removed: tuple[str, ...]
    uses: tuple[EnumUse, ...] = ()


class DropForeignKey(Struct, frozen=True):
    table: DatabaseTable
    foreign_key: DatabaseForeignKey


class DropIndex(Struct, frozen=True):
    table: DatabaseTable
    index: DatabaseIndex


class DropPrimaryKey(Struct, frozen=True):
    primary_key: PrimaryKey


class RenamePrimaryKey(Struct, frozen=True):
    before: PrimaryKey
    after: PrimaryKey


class AddPrimaryKey(Struct, frozen=True):
    primary_key: PrimaryKey


class DropColumn(Struct, frozen=True):
    column: DatabaseColumn


class AddColumn(Struct, frozen=True):
    column: DatabaseColumn


class AlterColumn(Struct, frozen=True):
    """``changes`` are in the order in which Prisma writes them; ``cast`` is None where the type
    stays. ``drops_sequence``: no other column takes its values from the sequence.
    """

    before: DatabaseColumn
    after: DatabaseColumn
    changes: tuple[Aspect, ...]
    cast: Cast | None = None
    drops_sequence: bool = False


class RecreateColumn(Struct, frozen=True):
    """The column is dropped with its values and added again, since no cast leads to its type."""

    before: DatabaseColumn
    after: DatabaseColumn


TableChange: TypeAlias = (
    DropPrimaryKey
    | RenamePrimaryKey
    | AddPrimaryKey
    | DropColumn
    | AddColumn
    | AlterColumn
    | RecreateColumn
)


class AlterTable(Struct, frozen=True):
    before: DatabaseTable
    after: DatabaseTable
    changes: tuple[TableChange, ...]


class DropTable(Struct, frozen=True):
    table: DatabaseTable


class DropEnum(Struct, frozen=True):
    enum: EnumType


class CreateTable(Struct, frozen=True):
    """The table with its primary key; its indexes and foreign keys are steps of their own."""

    table: DatabaseTable


class CreateIndex(Struct, frozen=True):
    """``on`` a new table, an existing one, or again because its column was recreated."""

    table: DatabaseTable
    index: DatabaseIndex
    on: Literal["new_table", "table", "recreated_column"]


class RenameForeignKey(Struct, frozen=True):
    table: DatabaseTable
    before: DatabaseForeignKey
    after: DatabaseForeignKey


class AddForeignKey(Struct, frozen=True):
    table: DatabaseTable
    foreign_key: DatabaseForeignKey


class RenameIndex(Struct, frozen=True):
    table: DatabaseTable
    before: DatabaseIndex
    after: DatabaseIndex


Step: TypeAlias = (
    CreateSchema
    | DropExtension
    | CreateExtension
    | AlterExtension
    | CreateEnum
    | AlterEnum
    | DropForeignKey
    | DropIndex
    | AlterTable
    | DropTable
    | DropEnum
    | CreateTable
    | CreateIndex
    | RenameForeignKey
    | AddForeignKey
    | RenameIndex
)
ORDER: tuple[type, ...] = Step.__args__
"""The order in which Prisma takes the steps: what is dropped makes room for what is created."""
