"""Whether a pull request leaves no row without a value in a column: shared by rules, no rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from checker.model import Statement
from checker.model.changes import (
    DeleteRows,
    Name,
    RenameColumn,
    RenameTable,
    RowStatement,
    UpdateRows,
)
from checker.rules import Context
from checker.rules._around import changes_in, same
from checker.sql.expression import proves_not_null
from checker.sql.functions import is_steady
from checker.sql.rewriting import is_surely_volatile

Columns = Callable[[str], bool]  # whether a column of this name has a value in every row

_NAME = r'(?:"(?:[^"]|"")+"|\w+)'
_CAST = re.compile(
    rf"::\s*(?:double precision|(?:character|bit) varying|{_NAME}(?:\.{_NAME})?)(?:\s*\([\d, ]+\))?"
    r"(?:\s+with(?:out)? time zone)?(?:\[\d*\])*",
    re.IGNORECASE,
)
_TOKEN = re.compile(rf"""'(?:[^']|'')*'|{_CAST.pattern}|"(?:[^"]|"")*"|\w+|[-#]>>?|\S""", re.I)
_VALUE = re.compile(
    r"true|false|current_(date|time|timestamp|user|role|catalog|schema)|localtime(stamp)?|"
    r"session_user"
)
_COLUMN = re.compile(r'"|[a-z_]')
# Built-in functions that give NULL for arguments that are not (PostgreSQL docs, chapter 9).
_MAY_GIVE_NULL = re.compile(
    r"regexp_.*|jsonb?_(?!build_|agg|typeof).*|array_.*|substring|current_setting|to_reg.*|pg_.*|"
    r"inet_.*|trim_array|.*_description|xpath.*|get_current_ts_config"
)
_SEVERAL = {"GROUP", "HAVING", "LIMIT", "OFFSET", "FETCH", "UNION", "INTERSECT", "EXCEPT", "OVER"}
_AGGREGATES = {"count", "sum", "min", "max", "avg"}
_NULLS = {"NULL", "NULLIF", "SELECT", "SUBSTRING", "->", "->>", "#>", "#>>"}
_DEEPEST = 30  # nested expressions; what lies deeper has no certain value


def is_filled(table: Name, column: str, at: Context) -> bool:
    """Whether an UPDATE or DELETE before this surely leaves no NULL in the column.

    That takes every row, or every one with NULL there, and for an UPDATE a value that is never
    NULL. In other dialects than PostgreSQL's any UPDATE counts.
    """
    if not at.dialect.postgresql_sql:
        return at.before.is_updated(table, column)
    return _left(table, column, at) is True


def not_filling(table: Name, column: str, at: Context) -> Statement | None:
    """The last UPDATE before this that gives the column values, of which some may be NULL."""
    last = _left(table, column, at)
    return last if isinstance(last, Statement) else None


def _left(table: Name, column: str, at: Context) -> bool | Statement:
    """True where no NULL is left, else the last UPDATE of the column, or False without one."""
    last: bool | Statement = False
    for statement in reversed(at.earlier):
        for change in changes_in([statement], UpdateRows, DeleteRows, RenameColumn, RenameTable):
            if isinstance(change, RenameTable):
                if same(at, Name(change.to, change.table.schema), table):
                    table = change.table
            elif not same(at, change.table, table):
                continue
            elif isinstance(change, RenameColumn):
                column = change.column if change.to == column else column
            elif isinstance(change, DeleteRows) or column in change.columns:
                assigned = at.rows_of(statement)
                updates = isinstance(change, UpdateRows)
                last = last or (updates and statement)
                if assigned is None:
                    continue
                if not updates or _has_value(assigned, column, table, at):
                    if not change.restricted or _covers_nulls(assigned, column):
                        return True
                elif not _concerns_nulls_alone(assigned, column):
                    return last  # it may have taken the value of a row
    return last


def _covers_nulls(assigned: RowStatement, column: str) -> bool:
    """Whether the condition holds for every row with NULL in the column.

    So it is where its negation proves that there is none; NOT (a OR b) is NOT a AND NOT b.
    """
    condition = re.sub(r"\sOR\s", ") AND NOT (", assigned.condition or "")
    return proves_not_null(f"NOT ({condition})", column)


def _concerns_nulls_alone(assigned: RowStatement, column: str) -> bool:
    """Whether the rows have NULL in the column before, so that none loses its value."""
    name = rf'(?:{_NAME}\.)?"?{re.escape(column)}"?'
    parts = (assigned.condition or "").split(" AND ")
    return any(re.fullmatch(rf"{name} IS NULL", part.strip()) for part in parts) and (
        " OR " not in (assigned.condition or "")
    )


def _has_value(assigned: RowStatement, column: str, table: Name, at: Context) -> bool:
    known = at.before.table(table)

    def required(name: str) -> bool:
        there = known.column(name) if known else None
        return there is not None and (
            there.not_null or (known is not None and known.proves_not_null(name))
        )

    value = assigned.values.get(column, "NULL")
    if value == "DEFAULT":
        there = known.column(column) if known else None
        value = (there.default if there else None) or "NULL"
    return is_value(value, required)


def is_value(expression: str, required: Columns) -> bool:
    """Whether an expression, as ``sql_of`` writes it, is never NULL.

    Constants are not, nor columns that are ``required``, nor what operators and the functions of
    PostgreSQL make of these. A subquery may find no row.
    """
    return _is_value(_TOKEN.findall(expression), required, 0)


def _is_value(tokens: Sequence[str], required: Columns, depth: int) -> bool:
    if depth > _DEEPEST or not tokens:
        return False
    for word in ("OR", "AND"):
        parts = _split(tokens, word)
        if len(parts) > 1:
            return all(_is_value(part, required, depth + 1) for part in parts)
    if tokens[-2:] == ["IS", "NULL"] or tokens[-3:] == ["IS", "NOT", "NULL"]:
        return True
    i = 0
    while i < len(tokens):
        end = _term(tokens, i, required, depth)
        if end is None:
            return False
        i = end + 1
    return True


def _term(tokens: Sequence[str], i: int, required: Columns, depth: int) -> int | None:
    """Where the term at ``i`` ends; None where it may be NULL."""
    text, word = tokens[i], tokens[i].upper()
    opens = tokens[i + 1 : i + 2] == ["("]
    end = _end(tokens, i + 1 if opens else i)
    sure = True
    if word == "CASE":
        end = _end(tokens, i)
        sure = _case(tokens[i + 1 : end], required, depth)
    elif word == "COALESCE" and opens:
        parts = _split(tokens[i + 2 : end], ",")
        sure = any(_is_value(part, required, depth + 1) for part in parts)
    elif word in ("EXISTS", "COUNT") and opens:
        pass
    elif text == "(":
        end = _end(tokens, i)
        inner = tokens[i + 1 : end]
        if inner[:1] == ["SELECT"]:
            sure = _aggregate(inner[1:], required, depth)
        elif inner:
            sure = all(_is_value(part, required, depth + 1) for part in _split(inner, ","))
    elif opens:
        end = i  # what stands in the parentheses comes next
        sure = not _COLUMN.match(text) or _gives_value(text, tokens[i + 2 : i + 3])
    elif _COLUMN.match(text) and tokens[i + 1 : i + 2] != ["."]:
        sure = bool(_VALUE.fullmatch(text)) or required(text.strip('"').replace('""', '"'))
    if tokens[end + 1 : end + 2] == ["["] and word != "ARRAY":
        sure = False  # there may be no such element
    return end if sure and word not in _NULLS else None


def _gives_value(function: str, first: Sequence[str]) -> bool:
    """Whether a function gives a value for arguments that are one; without any, all do."""
    name = function.strip('"')
    if _MAY_GIVE_NULL.fullmatch(name):
        return False
    return first == [")"] or is_steady(Name(name)) or is_surely_volatile(name)


def _case(tokens: Sequence[str], required: Columns, depth: int) -> bool:
    """Whether a CASE has a value in each of its branches, ELSE among them."""
    results = [part for when in _split(tokens, "WHEN")[1:] for part in _split(when, "THEN")[1:]]
    branches = [part for result in results for part in _split(result, "ELSE")]
    return len(branches) > len(results) and all(
        _is_value(branch, required, depth + 1) for branch in branches
    )


def _aggregate(tokens: Sequence[str], required: Columns, depth: int) -> bool:
    """Whether a subquery gives exactly one row with a value: a count, or COALESCE of a sum."""
    target = _split(tokens, "FROM")[0]
    return (
        bool(_AGGREGATES & set(target))
        and not _SEVERAL & {token.upper() for token in tokens}
        and _is_value(target, required, depth + 1)
    )


def _end(tokens: Sequence[str], start: int) -> int:
    """Where what opens at ``start`` closes."""
    depth = 0
    for i in range(start, len(tokens)):
        depth += _step(tokens[i])
        if depth == 0:
            return i
    return len(tokens) - 1


def _split(tokens: Sequence[str], by: str) -> list[list[str]]:
    """The parts between these words, parentheses and CASE aside."""
    depth, parts = 0, list[list[str]]([[]])
    for token in tokens:
        depth += _step(token)
        if depth == 0 and token.upper() == by:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _step(token: str) -> int:
    word = token.upper()
    return (word in ("(", "[", "CASE")) - (word in (")", "]", "END"))
