"""Answers of a database that Prisma Client cannot read.

Observed with Prisma Client 7.3 (P2023 for a value that an enum lacks, or of another kind); Prisma
Client 6 also refuses NULL in a required field (P2032), 7 hands it on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg
from msgspec import Struct
from psycopg.rows import class_row

from checker.model import Break, Instances
from checker.prisma.client.statements import ClientField, Operation

_COLUMNS: LiteralString = """
    SELECT a.attname::text AS name, e.typname::text AS type,
           format_type(a.atttypid, a.atttypmod) AS text,
           r.typelem <> 0 AND r.typlen = -1 AS is_list, a.attnotnull OR t.typnotnull AS required,
           a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL AS filled,
           c.relkind IN ('r', 'p') AS of_table,
           ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = e.oid
                 ORDER BY enumsortorder) AS labels
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    JOIN pg_type r ON r.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
    JOIN pg_type e ON e.oid = CASE WHEN r.typelem <> 0 AND r.typlen = -1
                              THEN r.typelem ELSE r.oid END
    WHERE n.nspname = %s AND c.relname = %s ORDER BY a.attnum"""

_WHOLE = ("int2", "int4", "int8", "oid")
_FRACTIONS = ("float4", "float8", "numeric", "money")
_READABLE = {
    "Int": _WHOLE,
    "BigInt": _WHOLE,
    "Float": _FRACTIONS + _WHOLE,
    "Decimal": _FRACTIONS + _WHOLE,
    "Boolean": ("bool",),
    "DateTime": ("timestamp", "timestamptz", "date", "time", "timetz"),
    "Json": ("json", "jsonb"),
    "Bytes": ("bytea",),
}
"""The column types from which the client reads a scalar; it reads a String from others too."""
_NO_STRINGS = frozenset(name for names in _READABLE.values() for name in names)
_NEVER_TEXT = frozenset(("int2", "int4", "float4", "float8", "oid", "bool"))


class Broken(Struct, frozen=True):
    """A call of Prisma Client that fails on a database.

    ``always`` says that every such call fails; otherwise it depends on the values. ``sqlstate`` is
    None where PostgreSQL answers and the client cannot read the answer. ``field`` is None where it
    is not about one field of the model; ``value`` is an enum's. ``function`` is the database
    function in which it fails, such as a trigger's.
    """

    model: str
    operation: Operation
    message: str
    field: str | None = None
    sqlstate: str | None = None
    always: bool = True
    value: str | None = None
    function: str | None = None

    def of(self, instances: Instances) -> Break:
        """The same for the report, with whose call it is."""
        return Break(
            self.model,
            field=self.field,
            always=self.always,
            instances=instances,
            operation=self.operation,
            message=self.message,
            sqlstate=self.sqlstate,
        )


class Answer(Struct, frozen=True):
    """A column as a client meets it. ``type`` is that of a list's elements, ``text`` what SQL calls
    the whole; ``filled`` says that the database gives it a value where the client gives none.
    """

    name: str
    type: str
    text: str
    is_list: bool
    required: bool
    filled: bool
    of_table: bool
    labels: list[str]


def columns_of(connection: psycopg.Connection[Any], schema: str, table: str) -> dict[str, Answer]:
    """The columns of a table or view by name, in their order."""
    with connection.cursor(row_factory=class_row(Answer)) as cursor:
        return {column.name: column for column in cursor.execute(_COLUMNS, [schema, table])}


def unreadable(model: str, field: ClientField, column: Answer) -> Iterator[Broken]:
    """What the client could not read of the column's values."""
    if field.list != column.is_list or not _readable(field, column):
        wanted = "an enum" if field.labels else f"`{field.type}`"
        many = " list" if field.list else ""
        message = f"column `{field.column}` is `{column.text}`, and they read {wanted}{many}"
        of_values = field.list == column.is_list and not _never_readable(field, column)
        yield Broken(model, "findMany", message, field.name, always=not of_values)
        return
    for label in column.labels if field.labels else ():
        if label not in field.labels:
            message = f"column `{field.column}` may hold `{label}`, a value that they do not know"
            yield Broken(model, "findMany", message, field.name, always=False, value=label)
    if field.required and column.of_table and not column.required:
        message = f"column `{field.column}` may be NULL, and they expect a value"
        yield Broken(model, "findMany", message, field.name, always=False)


def _readable(field: ClientField, column: Answer) -> bool:
    if field.labels:
        return bool(column.labels) or column.type in ("text", "varchar", "bpchar", "citext")
    known = _READABLE.get(field.type)
    return column.type in known if known else column.type not in _NO_STRINGS


def _never_readable(field: ClientField, column: Answer) -> bool:
    """Whether no value of the column can be one of the field. A text may hold a figure."""
    return column.type == "bool" or (field.type == "String" and column.type in _NEVER_TEXT)
