"""The names that PostgreSQL generates for unnamed objects.

PostgreSQL source: makeObjectName, ChooseIndexName and ChooseIndexColumnNames in
commands/indexcmds.c, ChooseConstraintName in catalog/pg_constraint.c.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import count

from checker.model.changes import Constraint, Name, literal

LONGEST_NAME = 63  # bytes; NAMEDATALEN is 64 with the closing zero (PostgreSQL 4.1.1)

_CALL = re.compile(r'(?:(?:"[^"]+"|\w+)\.)*(?:"([^"]+)"|(\w+))(?=\()')
_NEXTVAL = re.compile(r"nextval\('((?:[^']|'')+)'(?:::(?:text::)?regclass)?\)")
_PART = re.compile(r'"((?:[^"]|"")+)"|([^."]+)')

_LABELS = {
    "primary_key": "pkey",
    "unique": "key",
    "exclude": "excl",
    "foreign_key": "fkey",
    "not_null": "not_null",
    "check": "check",
}


def make_name(table: str, columns: str, label: str) -> str:
    """``table_columns_label`` in 63 bytes: the longer of the first two gives way."""
    first, second = table.encode(), columns.encode()
    room = LONGEST_NAME - len(label.encode()) - 1 - bool(second)
    one, two = len(first), len(second)
    while one + two > room:
        if one > two:
            one -= 1
        else:
            two -= 1
    parts = (first[:one], second[:two], label.encode())
    return "_".join(part.decode(errors="ignore") for part in parts if part)


def choose_name(table: str, columns: str, label: str, taken: Callable[[str], bool]) -> str:
    """The first of label, label1, label2 … that makes a free name."""
    candidates = (make_name(table, columns, f"{label}{n or ''}") for n in count())
    return next(name for name in candidates if not taken(name))


def constraint_words(constraint: Constraint) -> tuple[str, str]:
    """The columns and the label in a constraint's name.

    A CHECK names its column only where its expression has just one.
    """
    label = _LABELS[constraint.kind]
    if constraint.kind == "primary_key":
        return "", label
    if constraint.kind == "check":
        return (constraint.columns[0] if len(constraint.columns) == 1 else ""), label
    return joined(constraint.columns), label


def joined(keys: Sequence[str]) -> str:
    """The keys of an index in its name; an expression is called by its function."""
    labels: list[str] = []
    for key in keys:
        label = plain = _label(key)
        for n in count(1):
            if label not in labels:
                break
            label = f"{plain}{n}"
        labels.append(label)
    return "_".join(labels)


def _label(key: str) -> str:
    """A column's name, or the outermost function of an expression in parentheses."""
    if not key.startswith("("):
        return key
    expression = key
    while expression.startswith("(") and _closing(expression, 0) == len(expression) - 1:
        expression = expression[1:-1]
    call = _CALL.match(expression)
    if call is not None and _closing(expression, call.end()) == len(expression) - 1:
        return call[1] or call[2].lower()
    return "expr"


def _closing(text: str, opening: int) -> int:
    """The position that closes the parenthesis opened there; -1 where none does."""
    depth = 0
    for token in re.finditer(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]""", text[opening:]):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0:
            return opening + token.start()
    return -1


def nextval(sequence: Name) -> str:
    """The default that takes its values from a sequence."""
    return f"nextval({literal(sequence.sql)}::regclass)"


def sequence_of(default: str | None) -> Name | None:
    """The sequence that a default takes its values from."""
    call = _NEXTVAL.search(default) if default and "nextval" in default else None
    if call is None:
        return None
    parts = [
        quoted.replace('""', '"') or plain.lower()
        for quoted, plain in _PART.findall(call[1].replace("''", "'"))
    ]
    return Name(parts[-1], parts[-2] if len(parts) > 1 else None)
