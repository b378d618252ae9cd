"""The statements that Prisma Client sends for a schema.

Prisma Client names every column of a model when it reads and returns what it wrote. It fills in
defaults itself, constants and ``now()`` too; it leaves ``autoincrement()``, ``dbgenerated()`` and
optional or list fields to the database. An enum travels as text with a cast. Observed in the query
log of Prisma Client 7.3.

Values are untyped literals, so that PostgreSQL reads them as it reads the client's parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from checker.model.changes import quote, safe_literal
from checker.prisma.database.native import column_default
from checker.prisma.database.of_schema import ManyToMany, many_to_many, namespace_of
from checker.prisma.schema.schema import Enum, Field, Model, Schema

Operation = Literal["findMany", "create", "update", "upsert", "connect"]

# Examples of values: of a client's function, of a native type, of a scalar.
_MADE = {
    "uuid": "018f3a1c-2b4d-7e6f-8a9b-0c1d2e3f4a5b",
    "cuid": "clh3am8hi0000356o8g5k2x1q",
    "ulid": "01HZX3B0W9T6J5K4M3N2P1Q0RS",
    "nanoid": "V1StGXR8_Z5jdHi6B-myT",
}
_NATIVE = {
    "Uuid": _MADE["uuid"],
    "Inet": "127.0.0.1",
    "VarBit": "1",
    "Xml": "<x/>",
    "Date": "2020-01-01",
    "Time": "12:00:00",
    "Timetz": "12:00:00+00",
}
_SCALAR = {
    "Int": "1",
    "BigInt": "1",
    "Float": "1",
    "Decimal": "1",
    "Boolean": "true",
    "String": "x",
    "DateTime": "2020-01-01 12:00:00+00",
    "Json": "{}",
    "Bytes": "\\x01",
}


class ClientField(Struct, frozen=True):
    """A field as Prisma Client reads and writes it.

    ``type`` is the scalar's name, of an enum the type to which its text is cast, as SQL;
    ``labels`` are those of an enum that the client knows. ``value`` is what is written, None for
    NULL.
    """

    name: str
    column: str
    type: str
    value: str | None = None
    required: bool = False
    list: bool = False
    labels: tuple[str, ...] = ()

    @property
    def literal(self) -> str:
        """The value as SQL."""
        if self.value is None:
            return "NULL"
        text = self.value
        if self.list:
            escaped = text.replace("\\", "\\\\").replace('"', '\\"')
            text = f'{{"{escaped}"}}'
        text = safe_literal(text)
        suffix = "[]" if self.list else ""
        return f"CAST({text}::text{suffix} AS {self.type}{suffix})" if self.labels else text


class ClientStatement(Struct, frozen=True):
    """A statement that Prisma Client sends for a model; an ``update`` writes one field.

    An ``upsert`` has the fields of one unique criterion, and is only planned: PostgreSQL looks for
    the unique index at that point (its docs, INSERT, "ON CONFLICT Clause"). ``connect`` is for the
    table of an implicit many-to-many relation, which ``relation`` names by the model's field.
    """

    model: str
    operation: Operation
    schema: str
    table: str
    fields: tuple[ClientField, ...]
    relation: str | None = None

    @property
    def target(self) -> str:
        """The table as SQL."""
        return f"{quote(self.schema)}.{quote(self.table)}"

    @property
    def sql(self) -> str:
        columns = ", ".join(quote(field.column) for field in self.fields)
        values = ", ".join(field.literal for field in self.fields)
        if self.operation == "findMany":
            read = ", ".join(_read(field, self.target) for field in self.fields)
            return f"SELECT {read} FROM {self.target}"  # noqa: S608 - every name is quoted
        if self.operation == "update":
            return f"UPDATE {self.target} SET {columns} = {values}"  # noqa: S608
        if self.operation == "upsert":
            defaults = ", ".join("DEFAULT" for _ in self.fields)
            first = quote(self.fields[0].column)
            return (
                f"EXPLAIN INSERT INTO {self.target} ({columns}) VALUES ({defaults}) "  # noqa: S608
                f"ON CONFLICT ({columns}) DO UPDATE SET {first} = DEFAULT"
            )
        if not columns:
            return f"INSERT INTO {self.target} DEFAULT VALUES"
        sql = f"INSERT INTO {self.target} ({columns}) VALUES ({values})"  # noqa: S608
        return f"{sql} ON CONFLICT DO NOTHING" if self.operation == "connect" else sql


def statements_of(schema: Schema) -> tuple[ClientStatement, ...]:
    """The statements of code built from a valid schema, model by model: it reads all fields, writes
    a row with those that it must supply, and each field with a value of its type, with NULL where
    it is optional, and with each value of its enum; it may upsert on each unique criterion.

    Ignored fields and models and fields of ``Unsupported`` types are left out: the client does not
    know them.
    """
    statements: list[ClientStatement] = []
    relations = tuple(many_to_many(schema))
    for model in schema.models:
        if not model.ignored:
            statements.extend(_of_model(schema, model))
            own = [r for r in relations if r.a.name == model.name and not r.b.ignored]
            statements.extend(_of_relation(schema, relation) for relation in own)
    for view in schema.views:
        fields = tuple(_fields(schema, view))
        if fields and not view.ignored:
            statements.append(_statement(schema, view, "findMany", fields))
    return tuple(statements)


def _of_model(schema: Schema, model: Model) -> Iterator[ClientStatement]:
    fields = {field.name: field for field in _fields(schema, model)}
    if not fields:
        return
    yield _statement(schema, model, "findMany", tuple(fields.values()))
    required = [f for f in model.fields if f.arity == "required" and f.kind != "model"]
    created = not any(f.kind == "unsupported" and f.default is None for f in required)
    if created:
        supplied = tuple(fields[f.name] for f in model.fields if f.name in fields and _supplied(f))
        yield _statement(schema, model, "create", supplied)
    for field in fields.values():
        yield _statement(schema, model, "update", (field,))
        for label in field.labels:
            if label != field.value:
                yield _statement(schema, model, "update", (replace(field, value=label),))
        if not field.required and not field.list:
            yield _statement(schema, model, "update", (replace(field, value=None),))
    for names in _criteria(model):
        if created and all(name in fields for name in names):
            yield _statement(schema, model, "upsert", tuple(fields[name] for name in names))


def _criteria(model: Model) -> Iterator[tuple[str, ...]]:
    """The fields of each unique criterion. With one of them in ``where``, and its values in
    ``create``, the client leaves an upsert to the database: INSERT … ON CONFLICT (Prisma's docs,
    "Upsert", "Database upserts").
    """
    key = (model.primary_key,) if model.primary_key else ()
    for index in (*key, *(i for i in model.indexes if i.kind == "unique")):
        yield tuple(part.field for part in index.fields)


def _statement(
    schema: Schema, model: Model, operation: Operation, fields: tuple[ClientField, ...]
) -> ClientStatement:
    namespace = namespace_of(schema, model.schema)
    return ClientStatement(model.name, operation, namespace, model.table, fields)


def _of_relation(schema: Schema, relation: ManyToMany) -> ClientStatement:
    sides = []
    for side, model in (("A", relation.a), ("B", relation.b)):
        key = model.primary_key.fields[0].field if model.primary_key else ""
        field = next(f for f in _fields(schema, model) if f.name == key)
        sides.append(replace(field, name=side, column=side, required=True))
    return ClientStatement(
        model=relation.a.name,
        operation="connect",
        schema=namespace_of(schema, relation.a.schema),
        table=relation.table,
        fields=tuple(sides),
        relation=relation.field,
    )


def _fields(schema: Schema, model: Model) -> Iterator[ClientField]:
    for field in model.fields:
        if field.ignored or field.kind not in ("scalar", "enum"):
            continue
        enum = schema.enum(field.type) if field.kind == "enum" else None
        yield ClientField(
            name=field.name,
            column=field.column,
            type=_cast(schema, enum) if enum else field.type,
            value=_value(field, enum),
            required=field.arity == "required",
            list=field.arity == "list",
            labels=tuple(value.label for value in enum.values) if enum else (),
        )


def _supplied(field: Field) -> bool:
    """Whether the client must or does give a new row a value for it."""
    if field.updated_at:
        return True
    if field.default is None:
        return field.arity == "required"
    return field.default.function not in ("autoincrement", "dbgenerated")


def _value(field: Field, enum: Enum | None) -> str:
    """The value that the client writes by itself, or an example."""
    default = column_default(field, enum)
    if default is not None and default.kind == "value":
        return default.values[0]
    if enum is not None:
        return enum.values[0].label
    if field.default is not None and field.default.function in _MADE:
        return _MADE[field.default.function]
    native = field.native
    if native is not None and native.name == "Bit":
        return "1" * int(native.arguments[0] if native.arguments else "1")
    if native is not None and native.name in _NATIVE:
        return _NATIVE[native.name]
    if native is not None and native.name == "Decimal" and len(set(native.arguments)) == 1:
        return "0"  # all of its digits are behind the point
    return _SCALAR[field.type]


def _read(field: ClientField, target: str) -> str:
    column = f"{target}.{quote(field.column)}"
    if not field.labels:
        return column
    return f"{column}::text[]" if field.list else f"{column}::text"


def _cast(schema: Schema, enum: Enum) -> str:
    return f"{quote(namespace_of(schema, enum.schema))}.{quote(enum.type)}"
