"""The history does not run on an empty database.

Every new database is made by running all migrations in order: a developer's, a test's, the shadow
database of `prisma migrate dev`. The replay did just that, and PostgreSQL refused.

Instead: correct the statement that fails. Where others depend on what it drops, drop these first,
by name: CASCADE drops whatever there is. Where no migration creates the table, `prisma db push` may
have made it: write the migration that does. Where the migration is merged already, restore what it
expects with a new migration that sorts before it, or edit it and tell everybody whose database has
run it; its checksum changes.
"""

import re
from collections.abc import Iterator

from checker.model import Failure, Finding, Migration, Replay
from checker.model.changes import (
    Change,
    CreateObject,
    CreateTable,
    Name,
    Opaque,
    RenameObject,
    RenameTable,
    RunCode,
    quote,
)
from checker.rules import Context, rule

_STANDS_ON_IT, _NO_RELATION = "2BP01", "42P01"
_PART = r'(?:"(?:[^"]|"")+"|[^\s".]+)'
# "constraint x on table y depends on table z": the name of the constraint is never quoted, that of
# the table where it has to be (PostgreSQL source, getObjectDescription).
_CONSTRAINT = re.compile(rf"constraint (.+) on table ({_PART}(?:\.{_PART})?) depends on ")
_MISSING = re.compile(r'relation "(.+)" does not exist')


@rule(Replay)
def check(replay: Replay, at: Context) -> Iterator[Finding]:
    failure = replay.failure
    if replay.status != "failed" or failure is None or failure.prisma_code == "P3019":
        return
    migration = next((m for m in at.history.migrations if m.name == failure.migration), None)
    if migration is not None and migration.problem is not None:
        return  # migration-unreadable says it
    if migration is not None and migration.state == "edited":
        return  # migration-edited-after-merge says it
    place = at.at(migration) if migration else at
    state = f" ({failure.sqlstate})" if failure.sqlstate else ""
    merged = migration is not None and migration.state == "unchanged"
    advice, fix = _instead(failure, at)
    yield place.finding(
        f"Migration `{failure.migration}` fails on an empty database: {failure.message}{state}",
        why=" ".join(_consequences(failure, merged=merged)),
        advice=advice,
        fix=fix,
        line=failure.line,
        evidence="observed",
        sql=failure.statement,
    )


def _consequences(failure: Failure, *, merged: bool) -> Iterator[str]:
    if failure.detail:
        lines = [line.strip() for line in failure.detail.splitlines()]
        yield "; ".join(filter(None, lines)).removesuffix(".") + "."
    if failure.committed:
        yield "The statements before it are committed already: the migration is half applied."
    if merged:
        yield "It fails at the base too: this change did not bring the failure."
    else:
        yield "No new database can be made from this history."


def _instead(failure: Failure, at: Context) -> tuple[str, str | None]:
    """What to do instead, and the statements for it where they are known.

    PostgreSQL's own hint on what others depend on is CASCADE, which drops all of that unseen.
    """
    if failure.sqlstate == _STANDS_ON_IT:
        return "Drop what depends on it first, by name.", _drops(failure.detail or "")
    missing = _never_made(failure, at) if failure.sqlstate == _NO_RELATION else None
    if missing is not None:
        return (
            f"Add the migration that creates `{missing}` before this one, or correct the name. No "
            "migration of this history creates it; `prisma db push` makes tables and writes none.",
            None,
        )
    return failure.hint or "Correct the statement at this line.", None


def _drops(detail: str) -> str | None:
    """The statements that drop the constraints which the detail names, and the rest as comments."""
    drops, others = [], []
    for line in filter(None, map(str.strip, detail.splitlines())):
        if match := _CONSTRAINT.match(line):
            table = ".".join(
                part if part.startswith('"') else quote(part)
                for part in re.findall(_PART, match[2])
            )
            drops.append(f"ALTER TABLE {table} DROP CONSTRAINT {quote(match[1])};")
        else:
            others.append(f"-- and what is named here: {line}")
    return "\n".join(["-- before this statement:", *drops, *others]) if drops else None


def _never_made(failure: Failure, at: Context) -> str | None:
    """The table that the statement changes and that no migration creates, as far as can be read."""
    match = _MISSING.search(failure.message)
    if match is None or failure.line is None or failure.migration not in at.scripts:
        return None
    name = match[1].rpartition(".")[2]
    tables = [
        getattr(change, "table", None)
        for statement in at.scripts[failure.migration].statements
        if statement.line <= failure.line <= statement.end_line
        for change in statement.changes
    ]
    if not any(isinstance(table, Name) and table.name == name for table in tables):
        return None
    return None if any(_may_make(name, m, at) for m in at.history.migrations) else name


def _may_make(name: str, migration: Migration, at: Context) -> bool:
    if name not in (migration.sql or ""):
        return False
    script = at.scripts[migration.name]
    return script.problem is not None or any(
        name == _made(change) or (isinstance(change, Opaque | RunCode) and name in statement.text)
        for statement in script.statements
        for change in statement.changes
    )


def _made(change: Change) -> str | None:
    """The name that a change gives to something."""
    match change:
        case CreateTable():
            return change.table.name
        case CreateObject():
            return change.name.name
        case RenameTable() | RenameObject():
            return change.to
    return None
