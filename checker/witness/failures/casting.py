"""Which values of a column cannot become ones of its new type."""

from __future__ import annotations

import re
from collections.abc import Sequence

from checker.model.changes import AlterColumnType, Name, Type, quote
from checker.pg.session import ServerError
from checker.sql.catalog.catalog import Catalog
from checker.sql.queries import unfit

_LAST_CAST = re.compile(r'(.+)::(?:[\w ]+|"(?:[^"]|"")+"|\.)+(?:\([\d, ]*\))?')
_HIDDEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")
_SIMPLE = re.compile(r"[\w.:$?]*")
_CAST = re.compile(r"::(\w+)")
_TEXT = Type("text")
_TEXTS = ("text", "varchar", "character varying", "citext")


def unfit_values(
    changes: Sequence[AlterColumnType], error: ServerError, before: Catalog, major: int
) -> tuple[AlterColumnType, str, str | None] | None:
    """The change that the error is about, the values in words, and the condition that finds them
    (None where there is no exact one).
    """
    about = [c for c in changes if _is_about(c, error)] or list(changes)
    if not about:
        return None
    change = about[0]
    column = before.column(change.table, change.column)
    if column is None or len(about) > 1:
        return change, _words(change, error, column.type if column else None), None
    value, kind = _converted(change, column.type)
    if value is None:
        words = f"a row whose `{change.column}` the expression after USING does not convert"
        return change, words, None
    labels = before.enum(Name(change.type.name, change.type.schema))
    if labels is None and before.is_new_type(Name(change.type.name, change.type.schema)):
        return change, _words(change, error, kind), None
    return change, _words(change, error, kind), unfit(kind, change.type, value, major, labels)


def _is_about(change: AlterColumnType, error: ServerError) -> bool:
    """Whether the message names the new type."""
    return change.type.name in error.message or str(change.type) in error.message


def _converted(change: AlterColumnType, old: Type) -> tuple[str | None, Type]:
    """What is cast to the new type, as SQL, and its type; None where it cannot be told.

    That is the column, or in ``USING trim(c)::integer`` what stands before the last cast.
    """
    column = quote(change.column)
    if change.using is None:
        return column, old
    found = _LAST_CAST.fullmatch(change.using)
    if found is None or not _is_one_term(found[1]):
        return None, old
    inner = found[1].strip()
    if inner in (change.column, column):
        return column, old
    casts = _CAST.findall(inner)
    if any(cast not in _TEXTS for cast in casts) or not (casts or old.name in _TEXTS):
        return None, old  # it would be no text, or fail by itself
    return f"({inner})", _TEXT


def _is_one_term(text: str) -> bool:
    """Whether a cast behind it concerns all of it: no operator stands outside of parentheses."""
    text = _HIDDEN.sub("?", text)
    while (shorter := re.sub(r"\s*\([^()]*\)", "", text)) != text:
        text = shorter
    return _SIMPLE.fullmatch(text) is not None


def _words(change: AlterColumnType, error: ServerError, old: Type | None) -> str:
    column = f"`{change.column}`"
    new = change.type
    match error.sqlstate:
        case "22001":
            length = new.modifiers[0] if new.modifiers else "1"
            return f"a row whose {column} is longer than {length} characters"
        case "22003":
            return f"a row whose {column} is a number out of range for {new}"
    if "enum" in error.message:
        return f"a row whose {column} is no value of the enum `{new}`"
    holder = "text" if old is None or old.name in ("text", "character varying") else str(old)
    return f"a row whose {column} is {holder} that is no {new}"
