"""A field's type and default as Prisma passes them to PostgreSQL.

Source: prisma-engines, psl ``postgres_datamodel_connector`` (the default types) and
``sql_schema_calculator`` (the defaults).
"""

from __future__ import annotations

import base64
import re

from checker.prisma.database.model import ColumnDefault, ColumnType
from checker.prisma.schema.schema import Default, Enum, Field

_TYPES = {
    "Int": ColumnType("Integer"),
    "BigInt": ColumnType("BigInt"),
    "Float": ColumnType("DoublePrecision"),
    "Decimal": ColumnType("Decimal", (65, 30)),
    "Boolean": ColumnType("Boolean"),
    "String": ColumnType("Text"),
    "DateTime": ColumnType("Timestamp", (3,)),
    "Json": ColumnType("JsonB"),
    "Bytes": ColumnType("ByteA"),
}
_IN_THE_DATABASE = {"autoincrement", "now", "dbgenerated"}
_MOMENT = re.compile(r"([\d-]+)[Tt ]([\d:]+)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)")
_OPS = re.compile(r"(\w+?)(MinMaxMulti|MinMax|Bloom|Inclusion|Path)?Ops")


def column_type(field: Field, enum: Enum | None, schema: str | None) -> ColumnType:
    """The column's type; an enum has ``schema`` where the project uses several."""
    if enum is not None:
        return ColumnType(enum.type, enum=True, schema=schema)
    if field.kind == "unsupported":
        return ColumnType(field.type, unsupported=True)
    if field.native is not None:
        return ColumnType(field.native.name, tuple(map(int, field.native.arguments)))
    return _TYPES["Json" if field.kind == "composite" else field.type]


def column_default(field: Field, enum: Enum | None) -> ColumnDefault | None:
    """The default that the database holds; None where Prisma Client fills the field."""
    default = field.default
    if default is None:
        return None
    if default.kind == "function":
        return _of_function(default)
    labels = {value.name: value.label for value in enum.values} if enum else None
    values = tuple(
        labels.get(value, value) if labels is not None else _written(value, field.type)
        for value in default.values
    )
    return ColumnDefault(default.kind, values)


def filled_by_client(default: Default | None) -> bool:
    """Whether it is one of the functions that Prisma Client computes (``cuid()``, ``uuid()`` …)?"""
    return (
        default is not None
        and default.kind == "function"
        and default.function not in _IN_THE_DATABASE
    )


def operator_class(ops: str, method: str) -> str | None:
    """PostgreSQL's name of an operator class that Prisma knows; None for the default one.

    ``JsonbPathOps`` is ``jsonb_path_ops``, ``Int4MinMaxMultiOps`` ``int4_minmax_multi_ops``.
    """
    match = _OPS.fullmatch(ops)
    base, kind = match.groups() if match else (ops, None)
    is_default = kind in (None, "MinMax", "Inclusion") and ops != "InetMinMaxOps"
    if ops == "InetOps":  # GiST needs it spelled out
        is_default = method == "spgist"
    if is_default:
        return None
    suffix = {"MinMaxMulti": "minmax_multi"}.get(kind, kind.lower()) if kind else None
    return "_".join(part for part in (base.lower(), suffix, "ops") if part)


def _of_function(default: Default) -> ColumnDefault | None:
    if default.function == "now":
        return ColumnDefault("now")
    if default.function == "autoincrement":
        return ColumnDefault("sequence")
    if default.function == "dbgenerated":
        return ColumnDefault("expression", default.values)
    return None


def _written(value: str, scalar: str) -> str:
    """A value as Prisma writes it in SQL; fractions and JSON keep the spelling of the schema."""
    if scalar in ("Int", "BigInt"):
        return str(int(value))
    if scalar == "Bytes":
        return "\\x" + base64.b64decode(value).hex()
    moment = _MOMENT.fullmatch(value) if scalar == "DateTime" else None
    if moment:
        day, time, fraction, zone = moment.groups(default="")
        padded = fraction + "0" * (-len(fraction) % 3)
        zone = "+00:00" if zone in "Zz" else zone
        return f"{day} {time}{'.' if padded else ''}{padded} {zone}"
    return value
