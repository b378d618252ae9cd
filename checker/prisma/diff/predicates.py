"""When Prisma considers the conditions of two partial indexes equal.

Source: prisma-engines, ``pg_predicates_semantically_equal``: parentheses do not count, nor does the
type that PostgreSQL writes behind a literal.
"""

from __future__ import annotations

import re

from checker.model.changes import CreateIndex
from checker.sql import read

_WORD = r'(?:"(?:[^"]|"")*"|[a-z]\w*)'
_TYPE = rf"{_WORD}(?:\.{_WORD})?(?: varying| precision| with(?:out)? time zone)?(?:\(\d+\))?"
_LITERAL = re.compile(rf"('(?:[^']|'')*'|\b\d+(?:\.\d+)?\b)(?:::{_TYPE})+")


def conditions_match(old: str | None, new: str | None) -> bool:
    """Whether the indexes hold the same rows; None is an index of all rows."""
    if old is None or new is None or old == new:
        return old == new
    return _plain(old) == _plain(new)


def _plain(condition: str) -> str:
    """The condition in PostgreSQL's spelling, its literals without a type."""
    statements = read(f"CREATE INDEX ON t (c) WHERE {condition}", "postgresql").statements
    changes = [change for statement in statements for change in statement.changes]
    index = changes[0] if len(changes) == 1 else None
    known = index.where if isinstance(index, CreateIndex) else None
    return _LITERAL.sub(r"\1", known or condition)
