"""Translates a column's default from PostgreSQL to Prisma, and tells when two are the same to
Prisma.

Source: prisma-engines, ``postgres/default.rs`` of its schema describer and ``column.rs`` of its
differ. What Prisma cannot read is an expression: ``dbgenerated("…")``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Literal

from checker.prisma.database.model import ColumnDefault, ColumnType, DatabaseColumn

Family = Literal[
    "string", "json", "integer", "decimal", "boolean", "moment", "bytes", "enum", "other"
]

_FAMILIES: Mapping[str, Family] = {
    **dict.fromkeys(
        ("Text", "VarChar", "Char", "Citext", "Bit", "VarBit", "Xml", "Inet"), "string"
    ),
    **dict.fromkeys(("Json", "JsonB"), "json"),
    **dict.fromkeys(("SmallInt", "Integer", "BigInt", "Oid"), "integer"),
    **dict.fromkeys(("Real", "DoublePrecision", "Decimal", "Money"), "decimal"),
    **dict.fromkeys(("Date", "Timestamp", "Timestamptz", "Time", "Timetz"), "moment"),
    "Boolean": "boolean",
    "ByteA": "bytes",
}

_QUOTED = r"'(?P<text>(?:[^']|'')*)'"
_WORD = r'(?:"(?:[^"]|"")*"|[A-Za-z]\w*)'
_TYPE = rf"{_WORD}(?:[ .]{_WORD})*(?:\([^)]*\))?(?:\[\])?"
_CAST = rf"(?:::{_TYPE})?"
_NUMBER = r"-?\d+(?:\.\d+)?"
_STRING = re.compile(rf"{_QUOTED}(?:{_CAST}){{0,2}}")
_INTEGER = re.compile(rf"-?\d+|'(?P<text>[+-]?\d+)'{_CAST}")
_FIGURE = re.compile(
    rf"(?:{_NUMBER}|\((?P<braced>{_NUMBER})\)|'(?P<text>{_NUMBER})'{_CAST}){_CAST}"
)
_BOOLEAN = re.compile(r"true|false", re.IGNORECASE)
_NOW = re.compile(rf"(?:now(?:\(\))?|current_timestamp){_CAST}", re.IGNORECASE)
_BYTES = re.compile(rf"'(?P<text>\\x(?:[0-9a-fA-F]{{2}})*)'{_CAST}")
_NEXTVAL = re.compile(
    r"nextval\(\(?'(?P<name>(?:[^']|'')+)'[^)]*\)*(?:::regclass\))?", re.IGNORECASE
)
_PART = re.compile(r'"((?:[^"]|"")*)"|([^".]+)')
_COMMA = re.compile(r",\s*")
_ARRAY = re.compile(r"\(?array\[", re.IGNORECASE)
_ELEMENT = re.compile(r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^",{}\\]+))\s*(?P<end>[,}])')

_LITERALS: Mapping[Family, re.Pattern[str]] = {
    "string": _STRING,
    "json": _STRING,
    "enum": _STRING,
    "integer": _INTEGER,
    "decimal": _FIGURE,
    "boolean": _BOOLEAN,
    "bytes": _BYTES,
}


def family(kind: ColumnType) -> Family:
    return "enum" if kind.enum else _FAMILIES.get(kind.name, "other")


def parse_default(sql: str, kind: ColumnType, *, is_list: bool = False) -> ColumnDefault | None:
    """The default of a column of that type (of its elements), from the text of ``pg_get_expr``.

    None where it is NULL.
    """
    sql = sql.strip()
    if sql.startswith("NULL"):
        return None
    known = _list(sql, kind) if is_list else _scalar(sql, kind)
    return known or ColumnDefault("expression", (sql,))


def _scalar(sql: str, kind: ColumnType) -> ColumnDefault | None:
    of = family(kind)
    if of == "moment":
        return ColumnDefault("now") if _NOW.fullmatch(sql) else None
    if of == "integer" and (call := _NEXTVAL.fullmatch(sql)):
        quoted, bare = _PART.findall(call["name"].replace("''", "'"))[-1]
        return ColumnDefault("sequence", (quoted.replace('""', '"') or bare,))
    literal = _LITERALS.get(of)
    match = literal.fullmatch(sql) if literal else None
    return ColumnDefault("value", (_value(match),)) if match else None


def _value(match: re.Match[str]) -> str:
    groups = match.groupdict()
    if groups.get("text") is not None:
        return groups["text"].replace("''", "'")
    return groups.get("braced") or match[0].split("::")[0]


def _list(sql: str, kind: ColumnType) -> ColumnDefault | None:
    of = family(kind)
    if text := _STRING.fullmatch(sql):
        values = _elements(_value(text), of)
    else:
        values = _constructed(sql, of)
    return None if values is None else ColumnDefault("list", tuple(values))


def _constructed(sql: str, of: Family) -> list[str] | None:
    """The elements of ``ARRAY[…]``; what follows it is only a cast."""
    start, literal = _ARRAY.match(sql), _LITERALS.get(of)
    if start is None:
        return None
    values: list[str] = []
    at = start.end()
    while not sql.startswith("]", at):
        match = literal.match(sql, at) if literal else None
        if match is None:
            return None
        values.append(_value(match))
        at = match.end()
        if comma := _COMMA.match(sql, at):
            at = comma.end()
        elif not sql.startswith("]", at):
            return None
    return values


def _elements(text: str, of: Family) -> list[str] | None:
    """The elements of an array's own notation, ``{a,"b c"}`` (PostgreSQL docs, "Arrays")."""
    if of in ("moment", "bytes", "other") and text != "{}":
        return None
    values: list[str] = []
    at = 1
    while text.startswith("{") and text != "{}":
        match = _ELEMENT.match(text, at)
        if match is None:
            return None
        quoted = match["quoted"]
        values.append(match["bare"].strip() if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        at = match.end()
        if match["end"] == "}":
            break
    if of == "boolean":
        return [{"t": "true", "f": "false"}.get(v.lower(), v.lower()) for v in values]
    return values if text.startswith("{") else None


def defaults_match(before: DatabaseColumn, after: DatabaseColumn) -> bool:
    """Whether Prisma considers the two columns' defaults equal. It is lax: it compares no
    timestamps, no sequences, and nothing with ``dbgenerated()``.
    """
    old, new = before.default, after.default
    if new is not None and (new.kind == "sequence" or new == ColumnDefault("expression")):
        return True
    if old is None or new is None:
        return new is None and (old is None or old.kind == "sequence")
    moments = "moment" in (family(before.type), family(after.type))
    if moments and "value" in (old.kind, new.kind):
        return True
    if moments and {old.kind, new.kind} == {"list", "expression"}:
        return True
    if old.kind != new.kind:
        return False
    if old.kind == "expression":
        return [v.lower() for v in old.values] == [v.lower() for v in new.values]
    if len(old.values) != len(new.values):
        return False
    equal = _equality(before.type, after.type)
    return all(equal(a, b) for a, b in zip(old.values, new.values, strict=True))


def _equality(old: ColumnType, new: ColumnType) -> Callable[[str, str], bool]:
    families = {family(old), family(new)}
    if "json" in families:
        return _same_json
    if "moment" in families:
        return lambda *_: True
    if families <= {"integer", "decimal"}:
        return _same_figure
    if "bytes" in families:
        return lambda a, b: a.lower() == b.lower()
    return lambda a, b: a == b


def _same_json(old: str, new: str) -> bool:
    try:
        return bool(json.loads(old) == json.loads(new))
    except ValueError:
        return True


def _same_figure(old: str, new: str) -> bool:
    try:
        return Decimal(old) == Decimal(new)
    except InvalidOperation:
        return old == new
