"""Facts about an SQL expression that its text shows without PostgreSQL's parser."""

from __future__ import annotations

import re
from collections.abc import Sequence

from checker.model.changes import quote

_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\w+|\S""")
_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")
_OPENING, _CLOSING = {"(", "[", "CASE"}, {")", "]", "END"}
_DEEPEST = 50  # nested ANDs and ORs; deeper conditions prove nothing


def proves_not_null(expression: str, column: str) -> bool:
    """Whether every row that passes this CHECK has a value in the column.

    That takes ``column IS NOT NULL`` itself: a comparison is not false but unknown for NULL, and
    so passes (PostgreSQL 5.5.1, Check Constraints). Of conditions joined by AND one must prove
    it, of those joined by OR every one.
    """
    return "NULL" in expression.upper() and _proves(_TOKEN.findall(expression), column, 0)


def _proves(tokens: list[str], column: str, depth: int) -> bool:
    if depth > _DEEPEST:
        return False
    tokens = _unwrapped(tokens)
    for word, enough in (("OR", all), ("AND", any)):
        parts = _split(tokens, word)
        if len(parts) > 1:
            return enough(_proves(part, column, depth + 1) for part in parts)
    upper = [token.upper() for token in tokens]
    if upper[-3:] == ["IS", "NOT", "NULL"]:
        return _is_column(tokens[:-3], column)
    if upper[:1] == ["NOT"]:
        inner = _unwrapped(tokens[1:])
        return [t.upper() for t in inner[-2:]] == ["IS", "NULL"] and _is_column(inner[:-2], column)
    return False


def _is_column(tokens: list[str], column: str) -> bool:
    """Whether these are the column's name, perhaps behind its table's."""
    tokens = _unwrapped(tokens)
    return (
        bool(tokens)
        and tokens[-1].strip('"`').replace('""', '"') == column
        and all(dot == "." for dot in tokens[-2::-2])
        and len(tokens) % 2 == 1
    )


def _unwrapped(tokens: list[str]) -> list[str]:
    """The expression without parentheses around the whole."""
    while tokens and tokens[0] == "(" and _end_of_first(tokens) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens


def _end_of_first(tokens: Sequence[str]) -> int:
    depth = 0
    for i, word in enumerate(tokens):
        depth += (word == "(") - (word == ")")
        if depth == 0:
            return i
    return -1


def _split(tokens: list[str], word: str) -> list[list[str]]:
    """The parts that a word joins, outside parentheses and CASE, without the AND of BETWEEN."""
    parts: list[list[str]] = [[]]
    depth = between = 0
    for token in tokens:
        upper = token.upper()
        depth += (upper in _OPENING) - (upper in _CLOSING)
        if depth == 0 and upper == "BETWEEN":
            between += 1
        elif depth == 0 and upper == "AND" and between:
            between -= 1
        elif depth == 0 and upper == word:
            parts.append([])
            continue
        parts[-1].append(token)
    return parts


def rename_in(expression: str, old: str, new: str) -> str:
    """The expression with a column under its new name; strings and functions keep theirs."""
    if old not in expression:
        return expression
    name = new if _PLAIN.fullmatch(new) else quote(new)

    def renamed(found: re.Match[str]) -> str:
        token = found[0]
        is_call = expression[found.end() : found.end() + 1] == "("
        return name if not is_call and token in (old, quote(old)) else token

    return _TOKEN.sub(renamed, expression)
