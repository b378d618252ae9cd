"""PostgreSQL's data types, each under one name however it is written."""

from __future__ import annotations

from postgast import pg_query_pb2 as pb

from checker.model.changes import Name, Type, literal, quote
from checker.sql.postgres.terms import sql_of, words

# PostgreSQL documentation, table 8.1 (Data Types), names and aliases; the rest are the names in
# pg_type behind the long names.
_LONG_NAMES = {
    "bool": "boolean",
    "bpchar": "character",
    "char": '"char"',
    "decimal": "numeric",
    "float4": "real",
    "float8": "double precision",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "time": "time without time zone",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "timetz": "time with time zone",
    "varbit": "bit varying",
    "varchar": "character varying",
}
_SERIALS = {
    "bigserial": "bigint",
    "serial": "integer",
    "serial2": "smallint",
    "serial4": "integer",
    "serial8": "bigint",
    "smallserial": "smallint",
}
# The bits of an interval's fields, as PostgreSQL's utils/timestamp.h and datetime.h number them.
_INTERVAL_BITS = (
    (2, "year"),
    (1, "month"),
    (3, "day"),
    (10, "hour"),
    (11, "minute"),
    (12, "second"),
)
_ALL_FIELDS = 0x7FFF


def type_of(node: pb.TypeName) -> Type:
    """The type that a type name stands for; a type of the user's keeps its own spelling.

    A column of a typed table or of a partition has no type of its own: ``Type("")``.
    """
    parts = words(node.names) or [""]
    name = parts[-1]
    schema = parts[-2] if len(parts) > 1 else None
    array = bool(node.array_bounds)
    if schema not in (None, "pg_catalog"):
        return Type(name, schema, _modifiers(node), array)
    if name == "interval":
        return _interval(node, array)
    modifiers = _modifiers(node)
    if name == "bpchar" and not modifiers:  # of any length, unlike character
        return Type(name, array=array)
    return Type(_LONG_NAMES.get(name, name), None, modifiers, array)


def serial_of(node: pb.TypeName) -> Type | None:
    """The integer type behind ``serial`` and its kin (PostgreSQL 8.1.4), or None."""
    if len(node.names) != 1 or node.array_bounds:
        return None
    name = _SERIALS.get(node.names[0].string.sval)
    return None if name is None else Type(name)


def sequence_default(table: Name, column: str) -> str:
    """The default of a serial column, with the name that PostgreSQL gives its sequence.

    Names of more than 63 bytes, which PostgreSQL shortens, and those already taken, to which
    it adds a number, are not accounted for.
    """
    sequence = Name(f"{table.name}_{column}_seq", table.schema)
    text = sequence.sql if sequence.schema else quote(sequence.name)
    return f"nextval({literal(text)}::regclass)"


def _modifiers(node: pb.TypeName) -> tuple[str, ...]:
    return tuple(_modifier(item) for item in node.typmods)


def _modifier(node: pb.Node) -> str:
    if node.WhichOneof("node") == "a_const":
        if node.a_const.WhichOneof("val") == "ival":
            return str(node.a_const.ival.ival)
        if node.a_const.WhichOneof("val") == "sval":
            return str(node.a_const.sval.sval)
    return sql_of(node)


def _interval(node: pb.TypeName, array: bool) -> Type:
    if not node.typmods:
        return Type("interval", array=array)
    mask = node.typmods[0].a_const.ival.ival
    fields = (
        [] if mask == _ALL_FIELDS else [word for bit, word in _INTERVAL_BITS if mask >> bit & 1]
    )
    name = "interval"
    if fields:
        name += f" {fields[0]}" + (f" to {fields[-1]}" if len(fields) > 1 else "")
    return Type(name, None, tuple(_modifier(item) for item in node.typmods[1:]), array)
