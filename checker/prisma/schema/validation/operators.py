"""Which operator classes an index of PostgreSQL or CockroachDB takes on a field.

Source: Prisma's reference, "Configuring the operator class of the index with ops"; the engines'
answers.
"""

from __future__ import annotations

from checker.prisma.schema.schema import Field, IndexField, SchemaIndex

# BRIN: the operator classes by the native type; "" is a field without one.
_BLOOM_MULTI = ("Bloom", "MinMax", "MinMaxMulti")
_BRIN: dict[str, tuple[str, tuple[str, ...]]] = {
    "Bit": ("Bit", ("MinMax",)),
    "VarBit": ("VarBit", ("MinMax",)),
    "Char": ("Bpchar", ("Bloom", "MinMax")),
    "Date": ("Date", _BLOOM_MULTI),
    "Real": ("Float4", _BLOOM_MULTI),
    "DoublePrecision": ("Float8", _BLOOM_MULTI),
    "Inet": ("Inet", ("Inclusion", *_BLOOM_MULTI)),
    "SmallInt": ("Int2", _BLOOM_MULTI),
    "Integer": ("Int4", _BLOOM_MULTI),
    "BigInt": ("Int8", _BLOOM_MULTI),
    "Decimal": ("Numeric", _BLOOM_MULTI),
    "Oid": ("Oid", _BLOOM_MULTI),
    "ByteA": ("Bytea", ("Bloom", "MinMax")),
    "Text": ("Text", ("Bloom", "MinMax")),
    "VarChar": ("Text", ("Bloom", "MinMax")),
    "Timestamp": ("Timestamp", _BLOOM_MULTI),
    "Timestamptz": ("TimestampTz", _BLOOM_MULTI),
    "Time": ("Time", _BLOOM_MULTI),
    "Timetz": ("TimeTz", _BLOOM_MULTI),
    "Uuid": ("Uuid", _BLOOM_MULTI),
}
# The native type that a scalar without one has, as far as BRIN is concerned.
_PLAIN = {
    "Float": "DoublePrecision",
    "Int": "Integer",
    "BigInt": "BigInt",
    "Decimal": "Decimal",
    "Bytes": "ByteA",
    "String": "Text",
    "DateTime": "Timestamp",
}
_JSON = frozenset({"JsonbOps", "JsonbPathOps"})
KNOWN = frozenset(
    {f"{base}{suffix}Ops" for base, suffixes in _BRIN.values() for suffix in suffixes}
    | _JSON
    | {"InetOps", "ArrayOps", "TextOps"}
)


def operator_problem(index: SchemaIndex, part: IndexField, field: Field) -> str | None:
    """Why the index cannot have the field in this way; None where it can."""
    algorithm = index.type or "BTree"
    if part.raw_ops or algorithm in ("BTree", "Hash"):
        if part.ops and not part.raw_ops:
            return f"An index of the type {algorithm} has no operator class {part.ops}."
        return None
    taken = _taken(algorithm, field)
    if part.ops is None:
        if None in taken or field.kind == "unsupported":
            return None
        return f"An index of the type {algorithm} has no operator class for {field.name}."
    if part.ops in taken:
        return None
    return f"An index of the type {algorithm} cannot have {field.name} with {part.ops}."


def _taken(algorithm: str, field: Field) -> frozenset[str | None]:
    """The operator classes for a field; None among them stands for a default."""
    native = field.native.name if field.native else None
    scalar = field.type if field.kind == "scalar" else None
    if algorithm == "Gist":
        if native:
            return frozenset({"InetOps"} if native == "Inet" else ())
        return frozenset({None} if scalar == "String" else ())
    if algorithm == "SpGist":
        if native == "Inet":
            return frozenset({"InetOps", None})
        plain = native in ("Text", "VarChar", "Char") if native else scalar == "String"
        return frozenset({"TextOps", None} if plain else ())
    if algorithm == "Gin":
        lists = {"ArrayOps", None} if field.arity == "list" else set()
        json = native == "JsonB" if native else scalar == "Json"
        return frozenset(lists | ({*_JSON, None} if json else set()))
    named = _BRIN.get(native or _PLAIN.get(scalar or "", ""))
    if named is None:
        return frozenset()
    return frozenset({None, *(f"{named[0]}{suffix}Ops" for suffix in named[1])})
