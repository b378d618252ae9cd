"""Whether PostgreSQL can convert a column's values to another type, as Prisma judges it.

Source: prisma-engines, ``postgres_column_type_change`` in the differ's ``schema_differ.rs``. Prisma
drops the column and adds it again where it knows of no cast.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Literal

from checker.prisma.database.model import ColumnType, DatabaseColumn

Cast = Literal["safe", "risky", "not_castable"]
Rule = Cast | Callable[[ColumnType, ColumnType], Cast]


def type_change(before: DatabaseColumn, after: DatabaseColumn) -> Cast | None:
    """How the column's values are converted to its new type; None where the type stays. Prisma sees
    no difference between two types that it does not know.
    """
    old, new = before.type, after.type
    if old.enum or new.enum:
        same = old.enum and new.enum and enum_key(old) == enum_key(new)
        return None if same else "not_castable"
    if before.arity == "list" != after.arity:
        if new.name == "Text" or new == ColumnType("VarChar"):
            return "safe"
        return "risky" if new.name in ("VarChar", "Char") else "not_castable"
    if after.arity == "list" != before.arity:
        return "not_castable"
    if old.unsupported or new.unsupported:
        return None if old.unsupported and new.unsupported else "risky"
    return cast(old, new)


def cast(old: ColumnType, new: ColumnType) -> Cast | None:
    """The same for two of Prisma's native types; None where Prisma sees no difference."""
    if old == new or (old.name == new.name and old.name in _MOMENTS and _as_precise(old, new)):
        return None
    rule = _RULES.get(old.name, {}).get(new.name) or _ELSE.get(old.name, "not_castable")
    return rule if isinstance(rule, str) else rule(old, new)


def enum_key(enum: ColumnType) -> tuple[str, str]:
    return (enum.schema or "public", enum.name)


def _as_precise(old: ColumnType, new: ColumnType) -> bool:
    return not new.arguments or not old.arguments or old.arguments == new.arguments


def _length(kind: ColumnType) -> float:
    """The characters or bits that fit: one for CHAR without a figure, any number for the others."""
    return kind.arguments[0] if kind.arguments else 1 if kind.name == "Char" else inf


def _room_for(characters: float) -> Rule:
    """Casts to text of any length are safe; a type that may be too short is a risk."""
    return lambda _, new: "risky" if _length(new) < characters else "safe"


def _given(characters: float) -> Rule:
    """Types that may be too short cannot be cast to, nor can CHAR without a figure."""
    return lambda _, new: (
        "safe"
        if _length(new) >= characters and (new.arguments or new.name == "VarChar")
        else "not_castable"
    )


def _whole_digits(digits: int) -> Rule:
    """A decimal that has fewer digits before the point is a risk."""

    def rule(_: ColumnType, new: ColumnType) -> Cast:
        return "risky" if new.arguments and _before_point(new) < digits else "safe"

    return rule


def _before_point(decimal: ColumnType) -> int:
    precision, scale = decimal.arguments
    return precision - scale


def _to_integer_of(digits: int) -> Rule:
    """A decimal may hold fractions or more digits than the integer."""

    def rule(old: ColumnType, _: ColumnType) -> Cast:
        whole = old.arguments and old.arguments[1] == 0 and old.arguments[0] <= digits
        return "safe" if whole else "risky"

    return rule


def _decimal_to_text(old: ColumnType, new: ColumnType) -> Cast:
    """Its digits, a sign and a point; 131072 digits where it has no figures."""
    precision, scale = old.arguments or (131072, 0)
    return "risky" if _length(new) < precision + 1 + (scale > 0) else "safe"


def _decimal_to_decimal(old: ColumnType, new: ColumnType) -> Cast:
    if not new.arguments:
        return "safe"
    if not old.arguments:
        precision, scale = new.arguments
        return "risky" if precision < 131072 or scale < 16383 else "safe"
    fits = _before_point(old) <= _before_point(new) and old.arguments[1] <= new.arguments[1]
    return "safe" if fits else "risky"


def _text_to_text(old: ColumnType, new: ColumnType) -> Cast:
    return "risky" if _length(new) < _length(old) else "safe"


def _bytes_to_text(_: ColumnType, new: ColumnType) -> Cast:
    if new == ColumnType("VarChar"):
        return "safe"
    return "risky" if new.arguments and new.arguments[0] > 2 else "not_castable"


def _boolean_to_char(_: ColumnType, new: ColumnType) -> Cast:
    length = _length(new)
    return "safe" if length > 4 else "risky" if length == 4 else "not_castable"


def _from_bit(old: ColumnType, new: ColumnType) -> Cast:
    if not old.arguments:
        return "safe"
    known = new.arguments or new.name != "Char"
    return "safe" if known and _length(new) >= old.arguments[0] else "not_castable"


def _varbit_to_text(old: ColumnType, new: ColumnType) -> Cast:
    if new == ColumnType("VarChar"):
        return "safe"
    fits = old.arguments and new.arguments and new.arguments[0] >= old.arguments[0]
    return "safe" if fits else "risky"


def _varbit_to_bit(old: ColumnType, new: ColumnType) -> Cast:
    longer = old.arguments and new.arguments and new.arguments[0] > old.arguments[0]
    return "not_castable" if longer else "risky"


def _varbit_to_varbit(old: ColumnType, new: ColumnType) -> Cast:
    return "safe" if old.arguments and _length(new) > old.arguments[0] else "not_castable"


def _text(rule: Rule) -> dict[str, Rule]:
    return {"Text": "safe", "VarChar": rule, "Char": rule}


def _all(cast: Cast, *names: str) -> dict[str, Rule]:
    return dict.fromkeys(names, cast)


_MOMENTS = ("Timestamp", "Timestamptz", "Time", "Timetz")

_RULES: Mapping[str, Mapping[str, Rule]] = {
    "SmallInt": {
        **_all("safe", "Integer", "BigInt", "Real", "DoublePrecision"),
        **_text(_room_for(4)),
        "Decimal": _whole_digits(3),
    },
    "Integer": {
        **_all("safe", "BigInt", "Real", "DoublePrecision"),
        **_text(_room_for(11)),
        "SmallInt": "risky",
        "Decimal": _whole_digits(10),
    },
    "BigInt": {
        **_all("safe", "Real", "DoublePrecision"),
        **_all("risky", "SmallInt", "Integer"),
        **_text(_room_for(20)),
        "Decimal": _whole_digits(19),
    },
    "Decimal": {
        **_all("risky", "Real", "DoublePrecision"),
        **_text(_decimal_to_text),
        "SmallInt": _to_integer_of(2),
        "Integer": _to_integer_of(9),
        "BigInt": _to_integer_of(18),
        "Decimal": _decimal_to_decimal,
    },
    "Real": {
        **_all("risky", "SmallInt", "Integer", "BigInt", "Decimal"),
        **_text(_room_for(47)),
        "DoublePrecision": "safe",
    },
    "DoublePrecision": {
        **_all("risky", "SmallInt", "Integer", "BigInt", "Decimal", "Real"),
        **_text(_room_for(317)),
    },
    "Money": _all("safe", "Text", "VarChar", "Citext"),
    "Oid": _all("safe", "Text", "VarChar", "BigInt", "Integer"),
    "Text": {**_text(_text_to_text), "Citext": "safe"},
    "VarChar": _text(_text_to_text),
    "Char": _text(_text_to_text),
    "Citext": _all("safe", "Text", "VarChar"),
    "Inet": _all("safe", "Text", "VarChar", "Citext"),
    "Uuid": _text(_given(32)),
    "Xml": _text(_room_for(inf)),
    "Json": {**_text(_room_for(inf)), "JsonB": "safe"},
    "JsonB": {**_text(_room_for(inf)), "Json": "safe"},
    "ByteA": _text(_bytes_to_text),
    "Boolean": {**_all("safe", "Text", "VarChar"), "Char": _boolean_to_char},
    "Bit": {**_text(_from_bit), "VarBit": _from_bit},
    "VarBit": {**_text(_varbit_to_text), "Bit": _varbit_to_bit, "VarBit": _varbit_to_varbit},
    "Timestamp": {
        **_all("safe", "Timestamp", "Timestamptz", "Date", "Time", "Timetz"),
        **_text(_given(23)),
    },
    "Timestamptz": {
        **_all("safe", "Timestamp", "Timestamptz", "Date", "Time", "Timetz"),
        **_text(_given(28)),
    },
    "Date": {**_all("safe", "Timestamp", "Timestamptz"), **_text(_given(28))},
    "Time": {**_all("safe", "Timetz"), **_text(_given(14))},
    "Timetz": {**_all("safe", "Time", "Timetz"), **_text(_given(19))},
}
_ELSE: Mapping[str, Cast] = {"Money": "risky", "Citext": "risky"}
