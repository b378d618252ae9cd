"""A PostgreSQL database as Prisma's schema engine sees it: the meaning of a schema, and the
contents of a server.

The one is made from a schema (``ddl``), the other read from a server (``catalog``); ``diff``
compares two of them and ``script`` writes the SQL between. What Prisma does not model (views,
CHECKs, triggers, partial and expression indexes …) is left out.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

ColumnArity = Literal["required", "nullable", "list"]
Action = Literal["NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"]


class ColumnType(Struct, frozen=True):
    """A column's type. ``name`` is Prisma's native type (``Text``, ``VarChar``, ``Integer``,
    ``Decimal``, ``Timestamptz`` …), the enum's name with ``enum``, or for a type that Prisma does
    not know the database's own text with ``unsupported``. ``arguments`` are its figures.
    """

    name: str
    arguments: tuple[int, ...] = ()
    enum: bool = False
    unsupported: bool = False
    schema: str | None = None  # the enum's, where the project uses several


class ColumnDefault(Struct, frozen=True):
    """A column's default as Prisma understands it.

    ``kind``: ``value`` (``values`` has one text), ``list`` (its elements), ``now``
    (CURRENT_TIMESTAMP), ``sequence`` (``values`` has the sequence's name), ``unique_rowid`` never;
    ``expression`` is anything else, its SQL in ``values``; an expression without a text
    (``dbgenerated()``) matches everything. A text is plain: without quotes and escapes, ``true``,
    a figure as written, an enum's label, bytes as ``\\x`` and hexadecimal digits.
    """

    kind: Literal["value", "list", "now", "sequence", "expression"]
    values: tuple[str, ...] = ()


class DatabaseColumn(Struct, frozen=True):
    """A column. ``auto_increment`` is a serial column; ``identity`` one of GENERATED AS IDENTITY,
    ``generated`` one computed from others, whose expression is its default.
    ``client_default`` says that Prisma Client fills it (cuid(), uuid(), @updatedAt …): known only
    of a column that comes from a schema.
    """

    name: str
    type: ColumnType
    arity: ColumnArity
    default: ColumnDefault | None = None
    auto_increment: bool = False
    identity: bool = False
    generated: bool = False
    client_default: Literal["function", "updated_at"] | None = None


class IndexColumn(Struct, frozen=True):
    """``operator_class`` is None for the type's default."""

    name: str
    descending: bool = False
    operator_class: str | None = None


class DatabaseIndex(Struct, frozen=True):
    """An index or a unique constraint. ``constraint`` says that it belongs to a UNIQUE constraint,
    ``method`` is the access method in lower case, ``where`` the condition of a partial index, which
    only the preview feature ``partialIndexes`` lets Prisma see.
    """

    name: str
    columns: tuple[IndexColumn, ...]
    unique: bool = False
    method: str = "btree"
    constraint: bool = False
    where: str | None = None


class PrimaryKey(Struct, frozen=True):
    name: str
    columns: tuple[str, ...]


class DatabaseForeignKey(Struct, frozen=True):
    """``schema`` and ``table`` are those referenced."""

    name: str
    columns: tuple[str, ...]
    table: str
    referenced: tuple[str, ...]
    on_delete: Action
    on_update: Action
    schema: str = "public"


class DatabaseTable(Struct, frozen=True):
    """``implicit`` marks the table of an implicit many-to-many relation (``_AToB``); for a table
    read from a server it says that the table has the shape of one.
    """

    name: str
    columns: tuple[DatabaseColumn, ...]
    primary_key: PrimaryKey | None = None
    indexes: tuple[DatabaseIndex, ...] = ()
    foreign_keys: tuple[DatabaseForeignKey, ...] = ()
    schema: str = "public"
    implicit: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return (self.schema, self.name)

    def column(self, name: str) -> DatabaseColumn | None:
        return next((c for c in self.columns if c.name == name), None)


class EnumType(Struct, frozen=True):
    name: str
    values: tuple[str, ...]
    schema: str = "public"


class DatabaseExtension(Struct, frozen=True):
    """An extension; a server knows whether it is ``relocatable`` to another schema."""

    name: str
    version: str | None = None
    schema: str | None = None
    relocatable: bool = False


class DatabaseSchema(Struct, frozen=True):
    """A whole database. ``schemas`` are the namespaces that Prisma looks at; with ``multi`` names
    are written with their schema. Tables and enums are in the order in which Prisma walks them: as
    written in a schema.prisma, by name on a server.
    """

    tables: tuple[DatabaseTable, ...] = ()
    enums: tuple[EnumType, ...] = ()
    schemas: tuple[str, ...] = ("public",)
    multi: bool = False
    extensions: tuple[DatabaseExtension, ...] = ()

    def without(self, external: Collection[str]) -> DatabaseSchema:
        """Without the tables and enums of these names, each with its schema: Prisma Migrate leaves
        them alone, and keeps foreign keys to them (``tables.external``).
        """
        if not external:
            return self
        return replace(
            self,
            tables=tuple(t for t in self.tables if f"{t.schema}.{t.name}" not in external),
            enums=tuple(e for e in self.enums if f"{e.schema}.{e.name}" not in external),
        )

    def table(self, schema: str, name: str) -> DatabaseTable | None:
        return next((t for t in self.tables if t.key == (schema, name)), None)

    def enum(self, schema: str, name: str) -> EnumType | None:
        return next((e for e in self.enums if (e.schema, e.name) == (schema, name)), None)
