"""SQL Server's procedural statements: EXEC, IF, DECLARE, and ``sp_rename``."""

from __future__ import annotations

import re

from checker.model.changes import (
    Change,
    Name,
    RenameColumn,
    RenameIndex,
    RenameObject,
    RenameTable,
    RunCode,
)
from checker.sql.dialects.terms import Reading, SqlSource

_CALLS = {"EXEC", "EXECUTE"}
_STATEMENTS = _CALLS | {
    "ALTER",
    "CREATE",
    "DROP",
    "INSERT",
    "UPDATE",
    "DELETE",
    "TRUNCATE",
    "MERGE",
}
SERVER_CODE = _CALLS | {"DECLARE", "ELSE", "IF", "PRINT", "RAISERROR", "WHILE"}
_PART = re.compile(r"\[([^\]]*)\]|([^.\[\]]+)")


def server_code(source: SqlSource) -> Reading:
    """A procedural statement: code, and any readable statement in it. ``IF … EXEC('INSERT …')`` is
    code, since the condition is unknown, and the INSERT.
    """
    if source.word(0) in _CALLS:
        return _call(source)
    depth = 0
    for index in range(1, len(source.tokens)):
        word = source.word(index)
        depth += {"(": 1, ")": -1}.get(word, 0)
        if depth == 0 and word in _STATEMENTS:
            inner = source.read(source.text(index))
            code = RunCode(source.word(0))
            return source.word(0), (code, *inner)
    return source.word(0), (RunCode(source.word(0)),)


def _call(source: SqlSource) -> Reading:
    """EXEC of a procedure or of a string; a literal string is read."""
    strings = source.strings()
    if source.word(1) == "(":
        inner = source.read(strings[0]) if len(strings) == 1 and source.word(3) == ")" else ()
        return "EXECUTE", (RunCode("EXECUTE"), *inner)
    name, after = source.name(1)
    procedure = name.name.lower()
    if procedure == "sp_rename":
        renaming = _renaming(strings)
        if renaming is not None:
            return "EXECUTE", (renaming,)
    inner = ()
    if procedure == "sp_executesql" and len(strings) == 1 and after == len(source.tokens) - 1:
        inner = source.read(strings[0])
    return "EXECUTE", (RunCode("EXECUTE", name), *inner)


def _renaming(arguments: list[str]) -> Change | None:
    """``sp_rename 'object', 'name', 'type'`` (SQL Server documentation, sp_rename).

    Without a type the object may be a table or a constraint; Prisma leaves it out for tables.
    """
    if len(arguments) not in (2, 3):
        return None
    parts = [quoted or plain for quoted, plain in _PART.findall(arguments[0])]
    to = arguments[1]
    kind = arguments[2].upper() if len(arguments) == 3 else ""
    if not parts or (kind in ("COLUMN", "INDEX") and len(parts) < 2):
        return None
    owner = Name(parts[-2], parts[-3] if len(parts) > 2 else None) if len(parts) > 1 else None
    if kind == "COLUMN" and owner is not None:
        return RenameColumn(owner, parts[-1], to)
    if kind == "INDEX" and owner is not None:
        return RenameIndex(Name(parts[-1], owner.schema), to)
    name = Name(parts[-1], owner.name if owner else None)
    return RenameTable(name, to) if not kind else RenameObject(kind, name, to)
