"""Whether two values, as PostgreSQL writes them, say the same in two types.

A change of type writes every value anew: ``1.5`` becomes ``1.50``, ``t`` becomes ``true``, a moment
gets a time zone, JSON is normalised. None of that loses anything. ``kind`` is as in
``snapshot.Attribute``.
"""

from __future__ import annotations

import json
import re
import struct
from decimal import Decimal, InvalidOperation

_NUMBERS = frozenset({"int2", "int4", "int8", "numeric", "float4", "float8", "oid", "money"})
_JSON = frozenset({"json", "jsonb"})
_STAMPS = frozenset({"timestamp", "timestamptz", "date"})
_MONEY = re.compile(r"[$,]")
_PLAIN_NUMBER = re.compile(r"-?\d+(\.\d*)?")
_STAMP = re.compile(
    r"(\d{4,})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:Z|\+00)?)?( BC)?"
)
_LONGEST = 150_000  # digits, more than numeric holds (docs 8.1.2); JSON may claim any number
_UNITS = (1, 1_000, 1_000_000)  # in which a moment is counted: seconds, milliseconds, microseconds
_FURTHEST_ZONE = 26 * 3600  # seconds between two zones, from UTC-12 to UTC+14


def canonical(value: str, kind: str) -> str:
    """The value in one spelling for all types that can say it."""
    if kind == "bool":
        return {"t": "true", "f": "false"}.get(value, value)
    if kind in _NUMBERS:
        return _number(_MONEY.sub("", value) if kind == "money" else value)
    if kind == "bpchar":
        return value.rstrip(" ")
    if kind in _JSON:
        return _json(value)
    if kind in _STAMPS:
        return value.removesuffix("+00") + " 00:00:00" * (kind == "date" and value[-1:].isdigit())
    return value


def same(before: str, before_kind: str, after: str, after_kind: str) -> bool:
    """Whether the second value still says what the first one said; both are canonical."""
    if before == after or before_kind == after_kind:
        return before == after
    kinds = {before_kind, after_kind}
    if before_kind == "float4" and after_kind in _NUMBERS:
        return _single(before) == _single(after)
    if kinds <= _STAMPS:
        return _same_moment(before, after, after_kind)
    if kinds & _STAMPS and kinds & _NUMBERS:
        return _is_epoch(*((before, after) if before_kind in _NUMBERS else (after, before)))
    return _writes(after_kind, before, after) or _writes(before_kind, after, before)


def _writes(kind: str, text: str, value: str) -> bool:
    """Whether this is how a type writes another type's value."""
    match kind:
        case "uuid":
            return _bare(text) == _bare(value)
        case "enum":  # labels that are only written otherwise: 'active' as ACTIVE
            return text.casefold() == value.casefold()
        case "json" | "jsonb":
            return canonical(json.dumps(text), kind) == value
        case "bytea":
            return "\\x" + text.encode().hex() == value
    if kind.startswith("_"):  # an array of this one value
        return value in ("{" + text + "}", '{"' + text.replace('"', '\\"') + '"}')
    return False


def _number(text: str) -> str:
    """A number without the zeros that say nothing."""
    if not _PLAIN_NUMBER.fullmatch(text):
        try:
            number = Decimal(text)
        except InvalidOperation:
            return text
        if not number.is_finite() or abs(number.adjusted()) > _LONGEST:
            return text
        text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _json(text: str) -> str:
    try:
        return json.dumps(json.loads(text, parse_float=_json_number), sort_keys=True)
    except (ValueError, RecursionError):
        return text


def _json_number(text: str) -> object:
    """A number with a fraction, of which every digit counts."""
    plain = _number(text)
    return [plain] if "." in plain else int(plain)


def _single(text: str) -> bytes:
    """The bits of a number in single precision."""
    try:
        return struct.pack("f", float(text))
    except (ValueError, OverflowError):
        return text.encode()


def _bare(text: str) -> str:
    return re.sub(r"[-{} ]", "", text).lower()


def _seconds(stamp: str) -> Decimal | None:
    """Seconds since 1970-01-01 in the proleptic Gregorian calendar; None for infinity."""
    found = _STAMP.fullmatch(stamp)
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    if found[8]:
        year = 1 - year
    # Years begin with March here, so that the leap day is the last of its year.
    year -= month < 3
    month = (month + 9) % 12
    days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day - 1
    clock = int(found[4] or 0) * 3600 + int(found[5] or 0) * 60 + int(found[6] or 0)
    return Decimal(f"{(days - 719468) * 86400 + clock}") + Decimal(f"0.{found[7] or 0}")


def _same_moment(before: str, after: str, after_kind: str) -> bool:
    """Whether it is the same time, perhaps told in another zone: the session's decides."""
    if after_kind == "date":
        return False  # it was midnight, and so the same, or the time of day is gone
    first, second = _seconds(before), _seconds(after)
    if first is None or second is None:
        return False
    apart = abs(first - second)
    return apart <= _FURTHEST_ZONE and apart % 1 == 0


def _is_epoch(number: str, stamp: str) -> bool:
    """Whether the number counts the time from 1970 to the moment."""
    seconds = _seconds(stamp)
    try:
        counted = Decimal(number)
        return seconds is not None and any(seconds * unit == counted for unit in _UNITS)
    except InvalidOperation:
        return False
