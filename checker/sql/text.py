"""Checks of a script's text before any grammar reads it: marks that no dialect accepts."""

from __future__ import annotations

import re

from checker.model import SyntaxProblem

_UNSENDABLE = re.compile("[\0\ud800-\udfff]")
_CONFLICT = re.compile(r"^(?:<{7} |>{7} |={7}\r?$)", re.MULTILINE)


def line_at(text: str, offset: int) -> int:
    """The line, from 1, of a character offset."""
    return text.count("\n", 0, offset) + 1


def unsendable(sql: str) -> SyntaxProblem | None:
    """The first character that no server takes in a script: NUL, or half of a surrogate pair."""
    match = _UNSENDABLE.search(sql)
    if match is None:
        return None
    character = f"U+{ord(match.group()):04X}"
    return SyntaxProblem(f"contains the character {character}", line_at(sql, match.start()))


def conflict_marker(sql: str, start: int = 0, end: int | None = None) -> SyntaxProblem | None:
    """The first merge conflict marker at the start of a line between two character offsets.

    Call only where the text was rejected: a string or a comment may hold such a line.
    """
    conflict = _CONFLICT.search(sql, start, len(sql) if end is None else end)
    if conflict is None:
        return None
    marker = conflict.group().strip()
    return SyntaxProblem(
        f'contains an unresolved merge conflict ("{marker}")', line_at(sql, conflict.start())
    )
