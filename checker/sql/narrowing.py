"""Which changes of a column's type can lose values or fail on them (PostgreSQL).

``narrowing`` answers from the two types alone, for the conversion that ALTER COLUMN … TYPE does:
the assignment cast (PostgreSQL, SQL Commands, ALTER TABLE; chapter 10.4, Value Storage).
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from checker.model.changes import Type, quote

UNBOUNDED = 10**9
INTEGERS = {"smallint": 5, "integer": 10, "bigint": 19}  # decimal digits of the largest value
SAFE_DIGITS = {"smallint": 4, "integer": 9, "bigint": 18}  # digits that always fit
FLOATS = {"real": 6, "double precision": 15}  # decimal digits that always survive
EXACT_IN = {"real": {"smallint"}, "double precision": {"smallint", "integer"}}
UNLIMITED_TEXT = {"text", "citext"}
LIMITED_TEXT = {"character varying", "character"}
STAMPS = {"timestamp without time zone", "timestamp with time zone"}
TIMES = {"time without time zone", "time with time zone"}
WIDTHS = {  # the longest text of any value
    "smallint": 6,
    "integer": 11,
    "bigint": 20,
    "oid": 10,
    "boolean": 5,
    "uuid": 36,
    "date": 13,
    "real": 15,
    "double precision": 24,
    "time without time zone": 15,
    "time with time zone": 24,
    "inet": 50,
    "cidr": 50,
    "macaddr": 17,
}


class Narrowing(Struct, frozen=True):
    """The effect of a change of type on some values.

    ``effect``: ``fails`` (such a value stops the migration), ``loses`` (part of the value is gone),
    ``rounds`` (only digits beyond the new precision are gone), ``unknown`` (every value is
    converted, no more is known). ``test`` is SQL that finds the values, with ``{column}`` for the
    quoted name, where such a test exists.
    """

    effect: Literal["fails", "loses", "rounds", "unknown"]
    what: str
    test: str | None = None

    def query(self, table: str, column: str) -> str | None:
        """A query that only reads and counts the values in question."""
        if self.test is None:
            return None
        condition = self.test.replace("{column}", quote(column))
        return f"SELECT count(*) FROM {table} WHERE {condition};"


def narrowing(old: Type, new: Type) -> Narrowing | None:
    """The loss in a change from ``old`` to ``new``; None where every value survives."""
    if old == new:
        return None
    if old.array and new.array:
        element = narrowing(_element(old), _element(new))
        return Narrowing(element.effect, f"in an element, {element.what}") if element else None
    limit = _limit(new)
    if not new.array and limit == UNBOUNDED and _is_text(new):
        return None
    if old.array or new.array:
        return Narrowing("unknown", "every value has to be converted")
    if _is_text(new):
        return _to_text(old, limit)
    if _is_text(old):
        return Narrowing("fails", f"text that is no valid {new.name} stops the migration")
    for family in (_to_integer, _to_numeric, _to_float, _to_moment, _to_bits, _to_other):
        narrowed = family(old, new)
        if narrowed is not _NOT_MINE:
            assert narrowed is None or isinstance(narrowed, Narrowing)
            return narrowed
    return Narrowing("unknown", "every value has to be converted")


_NOT_MINE = object()


def _to_text(old: Type, limit: int) -> Narrowing | None:
    if _width(old) <= limit:
        return None
    return Narrowing(
        "fails",
        f"a value longer than {limit} characters stops the migration",
        f"char_length({{column}}::text) > {limit}",
    )


def _to_integer(old: Type, new: Type) -> object:
    if new.name not in INTEGERS:
        return _NOT_MINE
    if old.name in INTEGERS and INTEGERS[old.name] <= INTEGERS[new.name]:
        return None
    if old.name == "numeric" and old.modifiers:
        precision, scale = _precision_scale(old)
        if scale <= 0 and precision - scale <= SAFE_DIGITS[new.name]:
            return None
    elif old.name not in INTEGERS | FLOATS and old.name not in ("numeric", "money", "oid"):
        return _NOT_MINE
    fraction = old.name == "numeric" and not (old.modifiers and _precision_scale(old)[1] <= 0)
    if fraction or old.name in FLOATS or old.name == "money":
        return Narrowing(
            "loses",
            f"fractions are rounded away, and a number beyond {new.name} stops the migration",
            None if old.name == "money" else "{column} <> trunc({column}::numeric)",
        )
    bits = {"smallint": 15, "integer": 31, "bigint": 63}[new.name]
    return Narrowing(
        "fails",
        f"a number too large for {new.name} stops the migration",
        f"{{column}} NOT BETWEEN -{2**bits} AND {2**bits - 1}",
    )


def _to_numeric(old: Type, new: Type) -> object:
    if new.name != "numeric":
        return _NOT_MINE
    digits = INTEGERS.get(old.name)
    if old.name not in ("numeric", "money") and digits is None and old.name not in FLOATS:
        return _NOT_MINE
    if not new.modifiers:
        if old.name in FLOATS:
            return Narrowing("rounds", f"only {FLOATS[old.name]} digits are kept")
        return None
    precision, scale = _precision_scale(new)
    old_whole, old_scale = (digits, 0) if digits is not None else (UNBOUNDED, UNBOUNDED)
    if old.name == "numeric" and old.modifiers:
        old_precision, old_scale = _precision_scale(old)
        old_whole = old_precision - old_scale
    whole = precision - scale
    fails = f"a number with more than {whole} digits before the point stops the migration"
    test = f"abs({{column}}::numeric) >= 1e{whole}"
    if old_scale > scale:
        kept = f"{scale} digits after the point" if scale > 0 else "whole numbers"
        more = f", and {fails}" if old_whole > whole else ""
        rounded = f"round({{column}}::numeric, {scale}) <> {{column}}::numeric"
        return Narrowing("loses", f"values are rounded to {kept}{more}", rounded)
    return Narrowing("fails", fails, test) if old_whole > whole else None


def _to_float(old: Type, new: Type) -> object:
    if new.name not in FLOATS:
        return _NOT_MINE
    if old.name in FLOATS:
        if FLOATS[old.name] <= FLOATS[new.name]:
            return None
    elif old.name in INTEGERS:
        if old.name in EXACT_IN[new.name]:
            return None
    elif old.name != "numeric":
        return _NOT_MINE
    elif old.modifiers and _precision_scale(old)[0] <= FLOATS[new.name]:
        return None
    return Narrowing("rounds", f"only about {FLOATS[new.name]} digits are kept")


def _to_moment(old: Type, new: Type) -> object:
    moments = STAMPS | TIMES
    if new.name == "date" and old.name in STAMPS:
        return Narrowing("loses", "the time of day is gone", "{column} <> {column}::date")
    if old.name == "date" and new.name in STAMPS:
        return None
    if old.name not in moments or new.name not in moments:
        return _NOT_MINE
    if old.name in STAMPS and new.name in TIMES:
        return Narrowing("loses", "the date is gone")
    if old.name in TIMES and new.name in STAMPS:
        return _NOT_MINE
    if old.name == "time with time zone" and new.name == "time without time zone":
        return Narrowing("loses", "the time zone is gone")
    if _fraction(old) > _fraction(new):
        return Narrowing("rounds", f"seconds are rounded to {_fraction(new)} digits")
    return None


def _to_bits(old: Type, new: Type) -> object:
    bits = {"bit", "bit varying"}
    if old.name not in bits or new.name not in bits:
        return _NOT_MINE
    if new.name == "bit varying" and _width(old) <= _width(new):
        return None
    return Narrowing("fails", f"a bit string that does not fit {new} stops the migration")


def _to_other(old: Type, new: Type) -> object:
    match old.name, new.name:
        case ("json", "jsonb") | ("jsonb", "json") | ("cidr", "inet") | ("boolean", "integer"):
            return None
        case "inet", "cidr":
            return Narrowing("loses", "the host part of each address is gone")
        case "integer", "boolean":
            return Narrowing("loses", "every number but 0 becomes true")
        case "numeric", "money":
            return Narrowing("loses", "values are rounded to the currency's fraction")
        case "interval", "interval":
            return Narrowing("rounds", f"fields beyond {new} are gone")
    return _NOT_MINE


def _is_text(kind: Type) -> bool:
    return kind.name in UNLIMITED_TEXT or kind.name in LIMITED_TEXT


def _limit(kind: Type) -> int:
    """How many characters a text type holds."""
    if kind.name in LIMITED_TEXT:
        if kind.modifiers:
            return int(kind.modifiers[0])
        return 1 if kind.name == "character" else UNBOUNDED
    return UNBOUNDED


def _width(kind: Type) -> int:
    """How long the text of a value can be."""
    if kind.name in LIMITED_TEXT:
        return _limit(kind)
    if kind.name in ("bit", "bit varying"):
        if kind.modifiers:
            return int(kind.modifiers[0])
        return 1 if kind.name == "bit" else UNBOUNDED
    if kind.name == "numeric" and kind.modifiers:
        precision, scale = _precision_scale(kind)
        return max(precision, scale + 1) + 1 + (scale > 0)
    return WIDTHS.get(kind.name, UNBOUNDED)


def _precision_scale(kind: Type) -> tuple[int, int]:
    figures = [int(figure) for figure in kind.modifiers]
    return figures[0], figures[1] if len(figures) > 1 else 0


def _fraction(kind: Type) -> int:
    """Digits of a second that are kept; 6 where none are given."""
    return int(kind.modifiers[0]) if kind.modifiers else 6


def _element(kind: Type) -> Type:
    return Type(kind.name, kind.schema, kind.modifiers)
