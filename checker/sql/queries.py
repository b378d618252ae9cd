"""Queries that only read, and find the rows on which a statement would fail (PostgreSQL).

Each counts the offending rows, and gives nothing or zero where there are none. Names are quoted,
and expressions are given as SQL.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from checker.model.changes import Name, Type, literal, quote
from checker.sql.catalog.table import KnownTable
from checker.sql.narrowing import INTEGERS

_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+""")
_BITS = {"smallint": 15, "integer": 31, "bigint": 63}
_FLOATS = ("real", "double precision")
_TEXTS = ("text", "character varying", "character", "citext")
_SPACE = r"[[:space:]]*"
_WRITTEN = {
    "uuid": r"^\{?([0-9a-fA-F]{4}-?){8}\}?$",
    "boolean": rf"^{_SPACE}(t|tr|tru|true|f|fa|fal|fals|false|y|ye|yes|n|no|on|of|off|0|1)"
    rf"{_SPACE}$",
    "numeric": rf"^{_SPACE}([-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[-+]?[0-9]+)?|nan|[-+]?inf(inity)?)"
    rf"{_SPACE}$",
}


def counted(table: Name, condition: str | None = None) -> str:
    """How many rows meet a condition."""
    where = f" WHERE {condition}" if condition else ""
    return f"SELECT count(*) FROM {table.sql}{where};"


def nulls(table: Name, column: str) -> str:
    """How many rows have no value in the column."""
    return counted(table, f"{quote(column)} IS NULL")


def violating(table: Name, expression: str) -> str:
    """How many rows a CHECK would refuse: those for which it is false, NULL passes."""
    return counted(table, f"NOT ({expression})")


def of_domain(table: Name, column: str, expression: str) -> str:
    """How many values a CHECK of their domain would refuse."""
    name = quote(column)
    test = _TOKEN.sub(lambda found: name if found[0].lower() == "value" else found[0], expression)
    return violating(table, test)


def duplicates(
    table: Name, keys: Sequence[str], condition: str | None = None, nullable: Collection[str] = ()
) -> str:
    """The groups of rows that agree in all keys; of the ``nullable`` keys NULL agrees with none.

    A key that is an expression is in parentheses.
    """
    shown = [key(name) for name in keys]
    terms = [f"{key(name)} IS NOT NULL" for name in keys if name in nullable]
    if condition:
        terms.insert(0, f"({condition})" if terms else condition)
    where = f" WHERE {' AND '.join(terms)}" if terms else ""
    listed = ", ".join(shown)
    return (
        f"SELECT {listed}, count(*) FROM {table.sql}{where} GROUP BY {listed} HAVING count(*) > 1;"
    )


def agreeing(
    table: Name,
    known: KnownTable | None,
    keys: Sequence[str],
    condition: str | None = None,
    *,
    nulls_equal: bool,
) -> str:
    """The groups of rows that a unique index refuses; ``known`` tells which keys are required."""
    nullable = [
        name
        for name in keys
        if not nulls_equal
        and not ((column := known.column(name)) and column.not_null if known else False)
    ]
    return duplicates(table, keys, condition, nullable)


def orphans(
    table: Name, columns: Sequence[str], parent: Name, parent_columns: Sequence[str]
) -> str:
    """How many rows refer to a missing row (MATCH SIMPLE: a NULL refers to nothing)."""
    held = " AND ".join(f"c.{quote(column)} IS NOT NULL" for column in columns)
    pairs = zip(columns, parent_columns, strict=True)
    joined = " AND ".join(f"p.{quote(to)} = c.{quote(column)}" for column, to in pairs)
    return (
        f"SELECT count(*) FROM {table.sql} c WHERE {held} "
        f"AND NOT EXISTS (SELECT FROM {parent.sql} p WHERE {joined});"
    )


def referring(
    table: Name,
    columns: Sequence[str],
    parent: Name,
    parent_columns: Sequence[str],
    condition: str | None,
) -> str:
    """How many rows refer to those rows of the parent that meet a condition."""
    pairs = zip(columns, parent_columns, strict=True)
    joined = " AND ".join(f"p.{quote(to)} = c.{quote(column)}" for column, to in pairs)
    which = f"(SELECT * FROM {parent.sql} WHERE {condition})" if condition else parent.sql
    return (
        f"SELECT count(*) FROM {table.sql} c WHERE EXISTS (SELECT FROM {which} p WHERE {joined});"
    )


def conflicting(table: Name, elements: Sequence[tuple[str, str]], condition: str | None) -> str:
    """How many pairs of rows an EXCLUDE constraint refuses; elements are keys with operators."""
    keys = ", ".join(f"{key(name)} AS k{i}" for i, (name, _) in enumerate(elements, 1))
    where = f" WHERE {condition}" if condition else ""
    rows = f"(SELECT ctid AS place, {keys} FROM {table.sql}{where})"
    both = " AND ".join(f"a.k{i} {sign} b.k{i}" for i, (_, sign) in enumerate(elements, 1))
    return f"SELECT count(*) FROM {rows} a JOIN {rows} b ON a.place < b.place AND {both};"


def unfit(
    old: Type, new: Type, value: str, major: int, labels: Sequence[str] | None = None
) -> str | None:
    """The condition under which a value cannot become one of the new type.

    ``value`` is SQL of the old type, ``labels`` are those of a new type that is an enum. ``major``
    is the server's: 16 and newer can be asked themselves (docs 9.27.10, pg_input_is_valid), for
    older ones there is none where only the type's own input function knows.
    """
    if new.array or old.array:
        return None
    text = value if old.name == "text" else f"{value}::text"
    if labels is not None:
        listed = ", ".join(literal(label) for label in labels)
        return f"{text} NOT IN ({listed})" if labels else f"{value} IS NOT NULL"
    if new.name in ("character varying", "character") and old.name != "bytea":
        length = new.modifiers[0] if new.modifiers else "1" if new.name == "character" else None
        return f"char_length(rtrim({text}, ' ')) > {length}" if length else None
    if old.name in _TEXTS:
        return _unreadable(text, new, major)
    if old.name in (*INTEGERS, *_FLOATS, "numeric"):
        return _out_of_range(value, new)
    return None


def unfit_anywhere(
    old: Type, new: Type, value: str, labels: Sequence[str] | None = None
) -> str | None:
    """The condition of ``unfit`` where it is the same for servers of every version."""
    first, last = (unfit(old, new, value, major, labels) for major in (15, 16))
    return first if first == last else None


def _out_of_range(value: str, new: Type) -> str | None:
    if new.name in _BITS:
        bits = _BITS[new.name]
        return f"round({value}::numeric) NOT BETWEEN {-(2**bits)} AND {2**bits - 1}"
    if new.name == "numeric" and new.modifiers:
        precision = int(new.modifiers[0])
        scale = int(new.modifiers[1]) if len(new.modifiers) > 1 else 0
        return (
            f"abs(round({value}::numeric, {scale})) >= 1e{precision - scale} "
            f"AND {value}::text <> 'NaN'"
        )
    if new.name == "real":
        return f"abs({value}) > 3.40282357e38 AND {value}::text !~ '(NaN|Infinity)'"
    return None


def _unreadable(text: str, new: Type, major: int) -> str | None:
    if major >= 16:
        return f"NOT pg_input_is_valid({text}, {literal(new.sql)})"
    if new.name in INTEGERS:
        bits = _BITS[new.name]
        return (
            f"CASE WHEN {text} ~ '^{_SPACE}[-+]?[0-9]+{_SPACE}$' "
            f"THEN {text}::numeric NOT BETWEEN {-(2**bits)} AND {2**bits - 1} ELSE true END"
        )
    pattern = _WRITTEN.get("numeric" if new.name in _FLOATS else new.name)
    if pattern is None or (new.name == "numeric" and new.modifiers):
        return None
    return f"{text} !~* '{pattern}'"


def key(name: str) -> str:
    """A key of an index for SQL: a column's name quoted, an expression as it is."""
    return name if name.startswith("(") else quote(name)
