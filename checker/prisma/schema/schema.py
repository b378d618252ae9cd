"""A schema.prisma as values: resolved and valid.

Names of fields and models are the schema's own, ``column``, ``table`` and ``name`` of the database.
Source: Prisma's schema reference, and the parser of its engine (psl).
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from checker.model import Provider

Arity = Literal["required", "optional", "list"]
FieldKind = Literal["scalar", "enum", "model", "composite", "unsupported"]
ReferentialAction = Literal["Cascade", "Restrict", "NoAction", "SetNull", "SetDefault"]


class Position(Struct, frozen=True, order=True):
    """A place in a schema file. Lines and columns count from 1; columns count characters."""

    file: str
    line: int
    column: int = 1


class SchemaProblem(Struct, frozen=True):
    """Why a schema is not valid, in our words, and where."""

    message: str
    position: Position


class NativeType(Struct, frozen=True):
    """``@db.VarChar(30)``: name ``VarChar``, arguments ``("30",)``."""

    name: str
    arguments: tuple[str, ...] = ()


class Default(Struct, frozen=True):
    """What ``@default`` says.

    ``kind`` ``value``: ``values`` holds one text: a string without its quotes and escapes, a figure
    as written, ``true``, the name of an enum's value. ``list``: each element so. ``function``:
    ``function`` is its name (``autoincrement``, ``now``, ``dbgenerated``, ``uuid`` …) and
    ``values`` its arguments. ``name`` is the constraint's (``map:``), for SQL Server.
    """

    kind: Literal["value", "list", "function"]
    values: tuple[str, ...] = ()
    function: str | None = None
    name: str | None = None


class SchemaRelation(Struct, frozen=True):
    """A field's side of a relation. ``fields`` and ``references`` are empty on the side that holds
    no key, and on both sides of an implicit many-to-many relation.

    ``opposite`` names the field of the other model; actions are None where none is written, and
    ``constraint`` is the name of the foreign key that ``map:`` gives.
    """

    model: str
    opposite: str | None
    name: str | None = None
    fields: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    on_delete: ReferentialAction | None = None
    on_update: ReferentialAction | None = None
    constraint: str | None = None


class Field(Struct, frozen=True):
    """A field. ``type`` is the scalar's, enum's, model's or composite type's name, or the database
    type inside ``Unsupported("…")``.
    """

    name: str
    column: str
    kind: FieldKind
    type: str
    arity: Arity
    position: Position
    native: NativeType | None = None
    default: Default | None = None
    updated_at: bool = False
    ignored: bool = False
    relation: SchemaRelation | None = None


class IndexField(Struct, frozen=True):
    """A column of an index, by its field. ``ops`` is the operator class: one of Prisma's names
    (``JsonbPathOps``), or the text inside ``raw("…")`` with ``raw_ops``.
    """

    field: str
    sort: Literal["Asc", "Desc"] | None = None
    length: int | None = None
    ops: str | None = None
    raw_ops: bool = False


class SchemaIndex(Struct, frozen=True):
    """A primary key, unique criterion or index. ``name`` is the database's where ``map:`` gives it.

    ``type`` is the access method (``Hash``, ``Gin`` …), ``where`` the condition of a partial index
    as SQL, ``client_name`` what Prisma Client calls the criterion (``name:``).
    """

    kind: Literal["primary_key", "unique", "index", "fulltext"]
    fields: tuple[IndexField, ...]
    position: Position
    name: str | None = None
    type: str | None = None
    clustered: bool | None = None
    where: str | None = None
    client_name: str | None = None


class Model(Struct, frozen=True):
    """A model, a view or a composite type. ``indexes`` holds uniques too (also of single fields),
    in the order in which they are written: those of fields first.
    """

    name: str
    table: str
    position: Position
    fields: tuple[Field, ...]
    primary_key: SchemaIndex | None = None
    indexes: tuple[SchemaIndex, ...] = ()
    schema: str | None = None
    ignored: bool = False

    def field(self, name: str) -> Field | None:
        return next((f for f in self.fields if f.name == name), None)


class EnumValue(Struct, frozen=True):
    """A value of an enum; ``label`` is the database's."""

    name: str
    label: str


class Enum(Struct, frozen=True):
    """An enum; ``type`` is its name in the database."""

    name: str
    type: str
    values: tuple[EnumValue, ...]
    position: Position
    schema: str | None = None


class SchemaExtension(Struct, frozen=True):
    """An extension of the datasource: ``postgis(version: "3", schema: "ext", map: "postgis")``.
    ``name`` is the database's.
    """

    name: str
    version: str | None = None
    schema: str | None = None


class Datasource(Struct, frozen=True):
    name: str
    provider: Provider
    position: Position
    relation_mode: Literal["foreignKeys", "prisma"] = "foreignKeys"
    schemas: tuple[str, ...] = ()
    extensions: tuple[SchemaExtension, ...] = ()
    has_url: bool = False


class Generator(Struct, frozen=True):
    name: str
    provider: str | None
    preview_features: tuple[str, ...] = ()


class Schema(Struct, frozen=True):
    """A whole schema, of one file or several, in the order of the files' names."""

    datasource: Datasource | None
    generators: tuple[Generator, ...] = ()
    models: tuple[Model, ...] = ()
    views: tuple[Model, ...] = ()
    types: tuple[Model, ...] = ()
    enums: tuple[Enum, ...] = ()

    @property
    def preview_features(self) -> frozenset[str]:
        return frozenset(f for g in self.generators for f in g.preview_features)

    def model(self, name: str) -> Model | None:
        return next((m for m in self.models if m.name == name), None)

    def enum(self, name: str) -> Enum | None:
        return next((e for e in self.enums if e.name == name), None)
