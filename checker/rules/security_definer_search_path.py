"""A SECURITY DEFINER function takes its names from the caller's search path.

It runs with the rights of its owner. A caller who puts a schema of his own in front of the search
path makes it use his tables and operators with those rights (PostgreSQL docs, CREATE FUNCTION,
Writing SECURITY DEFINER Functions Safely).

Instead: pin the path with SET search_path in the function's definition, pg_temp last.
"""

import re
from collections.abc import Iterator

from checker.changes import AlterObject, CreateObject, Name
from checker.model import Finding
from checker.rules import Context, rule
from checker.rules._around import changes_in, same

_BODY = re.compile(r"\$(\w*)\$.*?\$\1\$|'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_DEFINER = re.compile(r"\bSECURITY\s+DEFINER\b", re.IGNORECASE)
_PINNED = re.compile(r"\bSET\s+\"?search_path\b", re.IGNORECASE)
KINDS = ("FUNCTION", "PROCEDURE")


@rule(CreateObject, AlterObject, severity="warning", providers=("postgresql",))
def check(change: CreateObject | AlterObject, at: Context) -> Iterator[Finding]:
    if change.kind not in KINDS or at.statement is None or at.statement.kind == "DO":
        return
    definition = _BODY.sub("''", at.statement.text)
    if not _DEFINER.search(definition) or _PINNED.search(definition):
        return
    if _is_pinned_later(change.name, at):
        return
    yield at.finding(
        f"`{change.name}` runs with its owner's rights and the caller's search path",
        why="A caller can put tables and operators of his own in its way.",
        advice="Pin the path in the function's definition, `pg_temp` last.",
        fix=f"ALTER {change.kind} {change.name.sql} SET search_path = "
        f"{Name(change.name.schema or 'public').sql}, pg_temp;",
    )


def _is_pinned_later(name: Name, at: Context) -> bool:
    return any(
        later.kind in KINDS and same(at, later.name, name)
        for statement in at.later
        if _PINNED.search(statement.text)
        for later in changes_in((statement,), AlterObject)
    )
