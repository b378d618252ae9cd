"""The tables, enums, constraints and indexes that Prisma makes of a schema on PostgreSQL.

Source: prisma-engines, ``sql_schema_calculator``. Models that Prisma Client ignores (``@@ignore``)
are still tables; views and composite types are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from checker.model import PrismaVersion
from checker.prisma.database import model as database
from checker.prisma.database import names
from checker.prisma.database.model import (
    Action,
    ColumnArity,
    DatabaseColumn,
    DatabaseExtension,
    DatabaseForeignKey,
    DatabaseSchema,
    DatabaseTable,
    EnumType,
    IndexColumn,
    PrimaryKey,
)
from checker.prisma.database.native import (
    column_default,
    column_type,
    filled_by_client,
    operator_class,
)
from checker.prisma.schema.schema import (
    Arity,
    Field,
    IndexField,
    Model,
    ReferentialAction,
    Schema,
    SchemaIndex,
    SchemaRelation,
)

_ARITIES: dict[Arity, ColumnArity] = {
    "required": "required",
    "optional": "nullable",
    "list": "list",
}
_ACTIONS: dict[ReferentialAction, Action] = {
    "Cascade": "CASCADE",
    "Restrict": "RESTRICT",
    "NoAction": "NO ACTION",
    "SetNull": "SET NULL",
    "SetDefault": "SET DEFAULT",
}


def database_of(schema: Schema, version: PrismaVersion) -> DatabaseSchema:
    """The database that a valid schema describes under that version of Prisma. Tables are in the
    order of their models, then those of implicit many-to-many relations. Without ``schemas`` in the
    datasource everything is in ``public``.
    """
    return _Meaning(schema, version).database()


class ManyToMany(Struct, frozen=True):
    """An implicit many-to-many relation: its table, the models that the columns A and B point to,
    and the field of the first.
    """

    table: str
    a: Model
    b: Model
    field: str


def many_to_many(schema: Schema) -> Iterator[ManyToMany]:
    """The implicit many-to-many relations in the order in which Prisma meets them."""
    for model in schema.models:
        for field in model.fields:
            relation = field.relation
            other = schema.model(relation.model) if relation else None
            if relation is None or other is None or not relation.opposite:
                continue
            opposite = other.field(relation.opposite)
            if field.arity != "list" or opposite is None or opposite.arity != "list":
                continue
            # Column A is of the model whose name comes first, then of the field's.
            if (model.name, field.name) < (other.name, opposite.name):
                name = relation.name or f"{model.name}To{other.name}"
                yield ManyToMany(names.join_table_name(name), model, other, field.name)


def namespace_of(schema: Schema, written: str | None) -> str:
    """The database's schema of a model or enum for which ``@@schema`` says ``written``."""
    several = schema.datasource.schemas if schema.datasource else ()
    return written or (several[0] if several else "public")


class _Meaning:
    def __init__(self, schema: Schema, version: PrismaVersion) -> None:
        self._schema = schema
        source = schema.datasource
        self._schemas = tuple(sorted(source.schemas)) if source else ()  # as Prisma does
        self._foreign_keys = source is None or source.relation_mode == "foreignKeys"
        self._keys_join_tables = version.keys_join_tables

    def database(self) -> DatabaseSchema:
        source = self._schema.datasource
        tables = {model.name: self._table(model) for model in self._schema.models}
        joins = [self._join_table(tables, relation) for relation in many_to_many(self._schema)]
        return DatabaseSchema(
            tables=(*tables.values(), *joins),
            enums=tuple(
                EnumType(e.type, tuple(v.label for v in e.values), self._namespace(e.schema))
                for e in self._schema.enums
            ),
            schemas=self._schemas or ("public",),
            multi=bool(self._schemas),
            extensions=tuple(
                DatabaseExtension(e.name, e.version, e.schema)
                for e in (source.extensions if source else ())
            ),
        )

    def _namespace(self, written: str | None) -> str:
        return namespace_of(self._schema, written)

    def _table(self, model: Model) -> DatabaseTable:
        columns = tuple(self._column(f) for f in model.fields if f.kind != "model")
        return DatabaseTable(
            name=model.table,
            columns=columns,
            primary_key=_primary_key(model),
            indexes=tuple(_index(model, index) for index in _in_order(model)),
            foreign_keys=tuple(self._foreign_keys_of(model)) if self._foreign_keys else (),
            schema=self._namespace(model.schema),
        )

    def _column(self, field: Field) -> DatabaseColumn:
        enum = self._schema.enum(field.type) if field.kind == "enum" else None
        schema = self._namespace(enum.schema) if enum and self._schemas else None
        default = column_default(field, enum)
        return DatabaseColumn(
            name=field.column,
            type=column_type(field, enum, schema),
            arity=_ARITIES[field.arity],
            default=default,
            auto_increment=default is not None and default.kind == "sequence",
            client_default=_client_default(field),
        )

    def _foreign_keys_of(self, model: Model) -> Iterator[DatabaseForeignKey]:
        for field in model.fields:
            relation = field.relation
            target = self._schema.model(relation.model) if relation else None
            if relation is None or target is None or not relation.fields:
                continue
            columns = _columns(model, relation.fields)
            yield DatabaseForeignKey(
                name=relation.constraint or names.foreign_key_name(model.table, columns),
                columns=columns,
                table=target.table,
                referenced=_columns(target, relation.references),
                on_delete=_on_delete(model, field, relation),
                on_update=_ACTIONS[relation.on_update or "Cascade"],
                schema=self._namespace(target.schema),
            )

    def _join_table(self, tables: dict[str, DatabaseTable], relation: ManyToMany) -> DatabaseTable:
        name = relation.table
        sides = {"A": tables[relation.a.name], "B": tables[relation.b.name]}
        ids = {side: _id_column(table) for side, table in sides.items()}
        key, indexes = None, [_plain_index(names.join_table_index_name(name, "_B_index"), "B")]
        if self._keys_join_tables:
            key = PrimaryKey(names.join_table_index_name(name, "_AB_pkey"), ("A", "B"))
        else:
            pair = names.join_table_index_name(name, "_AB_unique")
            indexes.insert(0, _plain_index(pair, "A", "B", unique=True))
        foreign_keys = (
            DatabaseForeignKey(
                name=names.join_table_foreign_key_name(name, side),
                columns=(side,),
                table=table.name,
                referenced=(ids[side].name,),
                on_delete="CASCADE",
                on_update="CASCADE",
                schema=table.schema,
            )
            for side, table in sides.items()
        )
        return DatabaseTable(
            name=name,
            columns=tuple(
                DatabaseColumn(side, column.type, "required") for side, column in ids.items()
            ),
            primary_key=key,
            indexes=tuple(indexes),
            foreign_keys=tuple(foreign_keys) if self._foreign_keys else (),
            schema=sides["A"].schema,
            implicit=True,
        )


def _client_default(field: Field) -> Literal["function", "updated_at"] | None:
    if field.updated_at:
        return "updated_at"
    return "function" if filled_by_client(field.default) else None


def _primary_key(model: Model) -> PrimaryKey | None:
    key = model.primary_key
    if key is None:
        return None
    columns = _columns(model, tuple(f.field for f in key.fields))
    return PrimaryKey(key.name or names.primary_key_name(model.table), columns)


def _in_order(model: Model) -> list[SchemaIndex]:
    """The indexes as Prisma walks them: uniques of fields, then ``@@index``, then ``@@unique``."""

    def place(index: SchemaIndex) -> int:
        if index.kind != "unique":
            return 1
        field = model.field(index.fields[0].field)
        at_field = field is not None and field.position.line == index.position.line
        return 0 if at_field and len(index.fields) == 1 else 2

    return sorted(model.indexes, key=place)


def _index(model: Model, index: SchemaIndex) -> database.DatabaseIndex:
    columns = _columns(model, tuple(f.field for f in index.fields))
    method = (index.type or "BTree").lower()
    unique = index.kind == "unique"
    made_up = names.unique_name if unique else names.index_name
    return database.DatabaseIndex(
        name=index.name or made_up(model.table, columns),
        columns=tuple(
            _index_column(name, written, method)
            for name, written in zip(columns, index.fields, strict=True)
        ),
        unique=unique,
        method=method,
        where=index.where,
    )


def _index_column(name: str, written: IndexField, method: str) -> IndexColumn:
    ops = written.ops
    if ops is not None and not written.raw_ops:
        ops = operator_class(ops, method)
    return IndexColumn(name, descending=written.sort == "Desc", operator_class=ops)


def _plain_index(name: str, *columns: str, unique: bool = False) -> database.DatabaseIndex:
    return database.DatabaseIndex(name, tuple(map(IndexColumn, columns)), unique=unique)


def _columns(model: Model, fields: tuple[str, ...]) -> tuple[str, ...]:
    by_name = {field.name: field.column for field in model.fields}
    return tuple(by_name[name] for name in fields)


def _on_delete(model: Model, field: Field, relation: SchemaRelation) -> Action:
    """As written; by default a row that others require may not be deleted."""
    if relation.on_delete:
        return _ACTIONS[relation.on_delete]
    key = [f for f in model.fields if f.name in relation.fields]
    required = field.arity == "required" or any(f.arity == "required" for f in key)
    return "RESTRICT" if required else "SET NULL"


def _id_column(table: DatabaseTable) -> DatabaseColumn:
    assert table.primary_key is not None  # an implicit many-to-many relation needs one
    column = table.column(table.primary_key.columns[0])
    assert column is not None
    return column
