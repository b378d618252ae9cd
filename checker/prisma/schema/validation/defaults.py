"""Whether a default's text is a value of the field's type.

Source: prisma-engines, psl ``default_value``; the engines' answers.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import datetime
from decimal import Decimal, InvalidOperation

from checker.model import Provider
from checker.prisma.schema.schema import Default, Field

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
)
_DECIMAL = re.compile(r"[+-]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]{1,9})?")
_INTEGER = re.compile(r"-?[0-9]+")
_MOST = 1 << 63
_FUNCTIONS = frozenset(
    ("auto", "autoincrement", "cuid", "dbgenerated", "nanoid", "now", "ulid", "uuid")
)
_SEQUENCE = re.compile(
    r"virtual: (?:true|false)|(?:cache|increment|minValue|maxValue|start): -?[0-9]+"
)


def default_problem(field: Field, provider: Provider | None) -> str | None:
    """Why the field's default is not a value of its type; None where it is one, or is missing."""
    default = field.default
    if default is None or field.kind != "scalar":
        return None
    if default.kind == "function":
        return _function_problem(default, provider)
    fits = _FITS.get(field.type)
    for value in default.values:
        if fits and not fits(value):
            return f"The default of {field.name} is no value of the type {field.type}."
    return None


def _function_problem(default: Default, provider: Provider | None) -> str | None:
    if default.function == "sequence" and provider == "cockroachdb":
        if all(_SEQUENCE.fullmatch(value) for value in default.values):
            return None
        return "sequence() takes virtual, cache, increment, minValue, maxValue and start."
    if default.function in _FUNCTIONS:
        return None
    return f"There is no function {default.function}() for a default."


def _integer(text: str) -> bool:
    # Anything longer is out of range, whatever it says.
    return bool(_INTEGER.fullmatch(text)) and len(text) < 40 and -_MOST <= int(text) < _MOST


def _decimal(text: str) -> bool:
    if not _DECIMAL.fullmatch(text):
        return False
    try:
        Decimal(text)
    except InvalidOperation:
        return False
    return True


def _moment(text: str) -> bool:
    match = _MOMENT.fullmatch(text)
    if not match:
        return False
    try:
        # Python does not know leap seconds.
        datetime.fromisoformat(match[1].replace(":60", ":59").upper())
    except ValueError:
        return False
    return True


def _json(text: str) -> bool:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return False
    return True


def _bytes(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


_FITS = {
    "Int": _integer,
    "BigInt": _integer,
    "Decimal": _decimal,
    "DateTime": _moment,
    "Json": _json,
    "Bytes": _bytes,
}
