"""A SECURITY DEFINER function resolves its names on the caller's search path.

It runs with the rights of its owner. A caller who puts a schema of their own first in the search
path makes it use their tables and operators with those rights (PostgreSQL docs, CREATE FUNCTION,
Writing SECURITY DEFINER Functions Safely).

SET search_path TO DEFAULT pins nothing, and FROM CURRENT whatever path is in force where the
migration runs. A path that lists pg_temp before another schema is no better: anybody may create
temporary tables there.

Instead: pin the path with SET search_path in the function's definition, pg_temp last.
"""

import re
from collections.abc import Iterator

from checker.model import Finding, Statement
from checker.model.changes import AlterObject, CreateObject, Name, SetParameter
from checker.rules import Context, rule
from checker.rules._around import changes_in, same

_BODY = re.compile(r"\$(\w*)\$.*?\$\1\$|'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_DEFINER = re.compile(r"\bSECURITY\s+DEFINER\b", re.IGNORECASE)
_SET = re.compile(
    r"\bSET\s+\"?search_path\"?(?:\s+FROM\s+(CURRENT)\b|\s*(?:=|\bTO\b))", re.IGNORECASE
)
_SCHEMA = r"""\s*('(?:[^']|'')*'|"(?:[^"]|"")*"|[\w$]+)"""
_PATH = re.compile(rf"{_SCHEMA}(?:\s*,{_SCHEMA})*")
_NAMES = re.compile(_SCHEMA)
KINDS = ("FUNCTION", "PROCEDURE")


@rule(CreateObject, AlterObject, severity="warning", providers=("postgresql",))
def check(change: CreateObject | AlterObject, at: Context) -> Iterator[Finding]:
    if change.kind not in KINDS or at.statement is None or at.statement.kind == "DO":
        return
    definition = _BODY.sub(lambda body: " " * len(body[0]), at.statement.text)
    if not _DEFINER.search(definition):
        return
    path = _path(at.statement, at)
    if _is_safe(path) or _is_pinned_later(change.name, at):
        return
    yield at.finding(
        f"`{change.name}` runs with its owner's rights and the caller's search path"
        if path is None
        else f"`{change.name}` runs with its owner's rights and looks into `pg_temp` before "
        f"`{path[-1]}`",
        why="A caller can make it use tables and operators of their own.",
        advice="Pin the path in the function's definition, `pg_temp` last.",
        fix=f"ALTER {change.kind} {change.name.sql} SET search_path = "
        f"{Name(change.name.schema or 'public').sql}, pg_temp;",
    )


def _path(statement: Statement, at: Context) -> list[str] | None:
    """The schemas of the path that a definition pins; None where it pins none of its own."""
    blank = _BODY.sub(lambda body: " " * len(body[0]), statement.text)
    settings = list(_SET.finditer(blank))
    if not settings:
        return None
    if settings[-1][1]:
        return _current(at)
    text = _PATH.match(statement.text, settings[-1].end())
    return None if text is None or text[0].strip().upper() == "DEFAULT" else _names(text[0])


def _current(at: Context) -> list[str] | None:
    """The path that the migration itself has set before, which FROM CURRENT takes over."""
    path = None
    for setting in changes_in(at.before_in_file, SetParameter):
        if setting.name in ("search_path", "ALL"):
            path = setting.value
    return None if path is None else _names(path)


def _names(path: str) -> list[str]:
    schemas = [name.strip("'") for name in _NAMES.findall(path)]
    return [name.strip('"') if name.startswith('"') else name.lower() for name in schemas]


def _is_safe(path: list[str] | None) -> bool:
    return path is not None and "pg_temp" not in path[:-1]


def _is_pinned_later(name: Name, at: Context) -> bool:
    return any(
        later.kind in KINDS and same(at, later.name, name)
        for statement in at.later
        if _is_safe(_path(statement, at))
        for later in changes_in((statement,), AlterObject)
    )
