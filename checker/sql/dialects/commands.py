"""Statements recognised by their first words, without a tree."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from checker.model.changes import (
    AlterObject,
    Change,
    ChangePrivileges,
    ControlTransaction,
    CreateIndex,
    CreateObject,
    DropObject,
    InsertRows,
    LockTable,
    Maintain,
    Name,
    ReadRows,
    RenameTable,
    RunCode,
    SetParameter,
    UpdateRows,
)
from checker.sql.dialects.server import SERVER_CODE, server_code
from checker.sql.dialects.terms import Reading, SqlSource, is_server

# Objects that are read without a tree.
_OBJECTS = {
    "DATABASE", "EVENT", "FUNCTION", "LOGIN", "PROC", "PROCEDURE", "ROLE", "SCHEMA", "SEQUENCE",
    "SERVER", "TRIGGER", "TYPE", "USER", "VIEW",
}  # fmt: skip
_READS = {"DEALLOCATE", "DESC", "DESCRIBE", "EXPLAIN", "PREPARE", "SHOW", "UNLOCK", "UNLOCK TABLES"}
_UPKEEP = {"ANALYZE", "OPTIMIZE", "REINDEX", "REPAIR", "VACUUM"}
_PLACEHOLDER = re.compile(r"^replace\b", re.IGNORECASE)


def read_command(source: SqlSource) -> Reading | None:
    """The reading of a statement recognised by its first words; None for any other."""
    first = source.word(0)
    if is_server(source.dialect) and _is_server_code(source, first):
        return server_code(source)
    if first in ("CREATE", "ALTER", "DROP"):
        return _object(source, first)
    if first in _READS:
        return first, (ReadRows(),)
    if first in _UPKEEP:
        at = source.skip(source.skip(1, "TABLE"), "INDEX")
        name = source.name(at)[0] if source.word(at) or at < len(source.tokens) else None
        return first, (Maintain(first, name),)
    command = _COMMANDS.get(first)
    return None if command is None else command(source)


def _is_server_code(source: SqlSource, first: str) -> bool:
    return first in SERVER_CODE or (first == "SET" and source.word(1) == "@")


def _transaction(source: SqlSource) -> Reading:
    first = source.word(0)
    what = {"START": "BEGIN", "END": "COMMIT", "SAVE": "SAVEPOINT"}.get(first, first)
    if what == "ROLLBACK" and "TO" in (source.word(1), source.word(2)):
        what = "ROLLBACK TO"
    return what, (ControlTransaction(what),)


def _set(source: SqlSource) -> Reading:
    """SET of a parameter; a user variable (``@x``) has no lasting effect."""
    at = 1
    if source.word(1) == "@" and source.word(2) != "@":
        return "SET", (ReadRows(),)
    while source.word(at) in ("@", "@@", "SESSION", "GLOBAL", "LOCAL", "PERSIST", "."):
        at += 1
    name, after = source.name(at)
    value = source.text(after + (source.word(after) == "="))
    return "SET", (SetParameter(name.name, value or None),)


def _pragma(source: SqlSource) -> Reading:
    name, after = source.name(1)
    if source.word(after) != "=":
        return "PRAGMA", (ReadRows(),)
    return "PRAGMA", (SetParameter(name.name, source.text(after + 1)),)


def _run(source: SqlSource) -> Reading:
    first = source.word(0)
    name = source.name(1)[0] if len(source.tokens) > 1 else None
    return first, (RunCode(first, name),)


def _lock(source: SqlSource) -> Reading:
    """LOCK TABLES a READ, b WRITE."""
    at = 1 if source.word(0) == "LOCK TABLES" else 2
    changes: list[Change] = []
    while at < len(source.tokens):
        table, at = source.name(at)
        words = []
        while at < len(source.tokens) and source.word(at) != ",":
            words.append(source.word(at))
            at += 1
        changes.append(LockTable(table, words[-1] if words else ""))
        at += 1
    return "LOCK TABLES", tuple(changes)


def _rename(source: SqlSource) -> Reading | None:
    """RENAME TABLE a TO b, c TO d."""
    changes: list[Change] = []
    at = 2
    while source.word(1) == "TABLE" and at < len(source.tokens):
        table, at = source.name(at)
        if source.word(at) != "TO":
            return None
        to, at = source.name(at + 1)
        changes.append(RenameTable(table, to.name))
        at += 1
    return ("RENAME TABLE", tuple(changes)) if changes else None


def _replace(source: SqlSource) -> Reading | None:
    """REPLACE is an INSERT that replaces rows with the same key."""
    changes = source.read(_PLACEHOLDER.sub("INSERT", source.text()))
    if len(changes) != 1 or not isinstance(changes[0], InsertRows):
        return None
    return "REPLACE", (*changes, UpdateRows(changes[0].table))


def _privileges(source: SqlSource) -> Reading:
    return source.word(0), (ChangePrivileges(source.word(0)),)


_COMMANDS: dict[str, Callable[[SqlSource], Reading | None]] = {
    "BEGIN": _transaction,
    "START": _transaction,
    "COMMIT": _transaction,
    "END": _transaction,
    "ROLLBACK": _transaction,
    "SAVEPOINT": _transaction,
    "SAVE": _transaction,
    "RELEASE": _transaction,
    "SET": _set,
    "PRAGMA": _pragma,
    "EXECUTE": _run,
    "CALL": _run,
    "DO": _run,
    "LOCK": _lock,
    "LOCK TABLES": _lock,
    "RENAME": _rename,
    "REPLACE": _replace,
    "GRANT": _privileges,
    "REVOKE": _privileges,
    "DENY": _privileges,
}


# -- objects --------------------------------------------------------------------------------


def _object(source: SqlSource, verb: str) -> Reading | None:
    """CREATE, ALTER and DROP of routines, views and the like."""
    if verb == "CREATE" and source.word(1) in ("FULLTEXT", "SPATIAL") and source.word(2) == "INDEX":
        return _special_index(source)
    at = 1
    while at < min(len(source.tokens), 9) and source.word(at) not in _OBJECTS:
        if source.word(at) in ("TABLE", "INDEX"):
            return None
        at += 1
    kind = source.word(at)
    if kind not in _OBJECTS:
        return None
    exists = ("IF", "EXISTS") if verb != "CREATE" else ("IF", "NOT", "EXISTS")
    named = source.skip(at + 1, *exists)
    name, after = source.name(named)
    tag = f"{verb} {kind}"
    if verb == "ALTER":
        return tag, (AlterObject(kind, name, source.word(after)),)
    on = _table_of_trigger(source, after) if kind == "TRIGGER" else None
    guarded = named > at + 1
    if verb == "DROP":
        return tag, (DropObject(kind, name, on, if_exists=guarded),)
    replace = source.word(1) == "OR"
    return tag, (CreateObject(kind, name, on, replace=replace, if_not_exists=guarded),)


def _table_of_trigger(source: SqlSource, start: int) -> Name | None:
    for index in range(start, len(source.tokens)):
        if source.word(index) == "ON":
            return source.name(index + 1)[0]
    return None


def _special_index(source: SqlSource) -> Reading | None:
    """MySQL's FULLTEXT and SPATIAL indexes, which sqlglot does not know."""
    changes = source.read(f"CREATE {source.text(2)}")
    if len(changes) != 1 or not isinstance(changes[0], CreateIndex):
        return None
    method = source.word(1).lower()
    return "CREATE INDEX", (msgspec.structs.replace(changes[0], method=method),)
