"""The native types of each database: their scalars and figures.

Source: Prisma's schema reference, "Native type attributes"; the engines' answers.
"""

from __future__ import annotations

import re

from msgspec import Struct

from checker.model import Provider
from checker.model.words import plural

_FIGURE = re.compile(r"[0-9]{1,10}")
_UNSUPPORTED = re.compile(r"([^(]+)(?:\((.*?)\))?", re.DOTALL)


class Native(Struct, frozen=True):
    """A native type; ``low`` and ``high`` bound its first figure, ``most`` its scale.

    ``required`` and ``optional`` count its arguments, ``maximum`` allows the word ``Max``.
    """

    scalars: tuple[str, ...]
    required: int = 0
    optional: int = 0
    low: int = 0
    high: int = 1 << 32
    most: int = 1 << 32
    maximum: bool = False


def _each(scalars: str, names: str) -> dict[str, Native]:
    return {name: Native(tuple(scalars.split())) for name in names.split()}


def _sized(scalars: str, *names: str, low: int = 0, high: int = 1 << 32) -> dict[str, Native]:
    return {n: Native(tuple(scalars.split()), optional=1, low=low, high=high) for n in names}


def _given(scalars: str, *names: str, low: int = 0, high: int = 1 << 32) -> dict[str, Native]:
    return {n: Native(tuple(scalars.split()), required=1, low=low, high=high) for n in names}


def _decimal(low: int, high: int, most: int = 1 << 32) -> dict[str, Native]:
    return {"Decimal": Native(("Decimal",), optional=2, low=low, high=high, most=most)}


_MOMENTS = ("Timestamp", "Timestamptz", "Time", "Timetz")
_UNSIGNED = "UnsignedInt UnsignedSmallInt UnsignedMediumInt"

NATIVE_TYPES: dict[Provider, dict[str, Native]] = {
    "postgresql": {
        **_each("String", "Text Uuid Xml Inet Citext"),
        **_sized("String", "Char", "VarChar"),
        **_sized("String", "Bit", "VarBit", low=1),
        **_each("Boolean", "Boolean"),
        **_each("Int", "SmallInt Integer Oid"),
        **_each("BigInt", "BigInt"),
        **_each("Float", "Real DoublePrecision"),
        **_each("Decimal", "Money"),
        **_decimal(1, 1000),
        **_sized("DateTime", *_MOMENTS, high=6),
        **_each("DateTime", "Date"),
        **_each("Json", "Json JsonB"),
        **_each("Bytes", "ByteA"),
    },
    "cockroachdb": {
        **_each("String", "Uuid Inet CatalogSingleChar"),
        **_sized("String", "Char", "String"),
        **_sized("String", "Bit", "VarBit", low=1),
        **_each("Boolean", "Bool"),
        **_each("Int", "Int2 Int4 Oid"),
        **_each("BigInt", "Int8"),
        **_each("Float", "Float4 Float8"),
        **_decimal(1, 1000),
        **_sized("DateTime", *_MOMENTS, high=6),
        **_each("DateTime", "Date"),
        **_each("Json", "JsonB"),
        **_each("Bytes", "Bytes"),
    },
    "mysql": {
        **_each("String", "Text TinyText MediumText LongText"),
        **_given("String", "Char", high=255),
        **_given("String", "VarChar", high=65_535),
        **_given("Boolean Bytes", "Bit", low=1, high=64),
        **_each("Int", f"SmallInt Int MediumInt Year {_UNSIGNED}"),
        **_each("Int Boolean", "TinyInt UnsignedTinyInt"),
        **_each("BigInt", "BigInt UnsignedBigInt"),
        **_each("Float", "Float Double"),
        **_decimal(0, 65, 30),
        **_sized("DateTime", "Timestamp", "Time", "DateTime"),
        **_each("DateTime", "Date"),
        **_each("Json", "Json"),
        **_given("Bytes", "Binary", "VarBinary"),
        **_each("Bytes", "TinyBlob Blob MediumBlob LongBlob"),
    },
    "sqlserver": {
        **_each("String", "Text NText Xml UniqueIdentifier"),
        "Char": Native(("String",), optional=1, high=8000),
        "NChar": Native(("String",), optional=1, high=4000),
        "VarChar": Native(("String",), optional=1, high=8000, maximum=True),
        "NVarChar": Native(("String",), optional=1, high=4000, maximum=True),
        **_each("Int Boolean", "Bit"),
        **_each("Int", "TinyInt SmallInt Int"),
        **_each("BigInt", "BigInt"),
        **_each("Float", "Real Money SmallMoney"),
        **_sized("Float", "Float", low=1, high=53),
        **_decimal(1, 38, 38),
        **_each("DateTime", "Date Time DateTime DateTime2 SmallDateTime DateTimeOffset"),
        "Binary": Native(("Bytes",), optional=1, high=8000),
        "VarBinary": Native(("Bytes",), optional=1, high=8000, maximum=True),
        **_each("Bytes", "Image"),
    },
    "mongodb": {
        **_each("String", "String"),
        **_each("String Bytes", "ObjectId"),
        **_each("Int", "Int"),
        **_each("Int BigInt", "Long"),
        **_each("Float", "Double"),
        **_each("Boolean", "Bool"),
        **_each("DateTime", "Date Timestamp"),
        **_each("Json", "Json"),
        **_each("Bytes", "BinData"),
    },
    "sqlite": {},
}


def native_problem(
    provider: Provider, scalar: str, name: str, arguments: tuple[str, ...]
) -> str | None:
    """Why a field of the scalar cannot have the native type; None where it can."""
    native = NATIVE_TYPES[provider].get(name)
    if native is None:
        return f"{provider} has no native type {name or 'without a name'}."
    if not native.required <= len(arguments) <= native.required + native.optional:
        return f"{name} does not take {plural(len(arguments), 'argument')}."
    if scalar not in native.scalars:
        return f"{name} is a native type for {' or '.join(native.scalars)}, not for {scalar}."
    return _figures_problem(native, scalar, name, arguments)


def _figures_problem(
    native: Native, scalar: str, name: str, arguments: tuple[str, ...]
) -> str | None:
    if not arguments or (native.maximum and arguments == ("Max",)):
        return None
    if not all(_FIGURE.fullmatch(a) for a in arguments):
        return f"{name} takes whole numbers, not below zero."
    if native.optional == 2 and len(arguments) != 2:
        return f"{name} takes both the precision and the scale, or none."
    first = int(arguments[0])
    if len(arguments) == 2:
        scale = int(arguments[1])
        if scale > first:
            return f"{name} has a scale larger than its precision."
        if scale > native.most:
            return f"The scale of {name} is {native.most} at most."
    if not native.low <= first <= native.high:
        return f"The figure of {name} lies between {native.low} and {native.high}."
    if name == "Bit" and scalar == "Boolean" and first > 1:
        return "A Boolean is a Bit(1)."
    return None


def is_native(provider: Provider, text: str) -> bool:
    """Whether Prisma knows the type inside an ``Unsupported``, so that it must be written as a
    native type.
    """
    match = _UNSUPPORTED.match(text)
    if not match:
        return False
    name, inner = match.groups()
    arguments = () if inner is None else tuple(a.strip() for a in inner.split(","))
    native = NATIVE_TYPES[provider].get(name.strip())
    if native is None or (native.required and not arguments):
        return False
    most = native.required + native.optional
    if most and len(arguments) not in (0, most):
        return False
    if native.maximum and arguments == ("Max",):
        return True
    return not most or all(_FIGURE.fullmatch(a) for a in arguments)
