"""Words and commands that the rules on the history share."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable
from datetime import UTC, datetime

from checker.model import Deviation, Evidence, Migration, Sighting
from checker.rules import Context

STAMP = "%Y%m%d%H%M%S"
STAMPED = re.compile(r"(\d{14})_.", re.DOTALL)


def migration_of(at: Context, name: str) -> Migration:
    """The migration of that name, in the directory or removed from it."""
    return next(m for m in (*at.history.migrations, *at.history.removed) if m.name == name)


def evidence(deviation: Deviation) -> Evidence:
    """Whether the replay has proven what a departure comes to."""
    return "read" if deviation.reason or deviation.outcome == "unknown" else "proven"


def sightings(deviation: Deviation) -> tuple[Sighting, ...]:
    """What the replay saw of a departure."""
    return (Sighting(deviation=deviation),)


def listed(names: Iterable[str], shown: int = 3) -> str:
    """Names as code, the first few of them."""
    every = [f"`{name}`" for name in names]
    if len(every) <= shown:
        return " and ".join([", ".join(every[:-1]), every[-1]] if len(every) > 1 else every)
    return f"{', '.join(every[:shown])} and {len(every) - shown:,} more"


def checkout(at: Context, path: str) -> str:
    """The command that restores what the base has there."""
    return f"git checkout {shlex.quote(at.base)} -- {shlex.quote(path)}"


def resolve(how: str, *names: str) -> str:
    """The commands that tell Prisma that migrations are ``applied`` or ``rolled-back``."""
    return "\n".join(f"npx prisma migrate resolve --{how} {shlex.quote(name)}" for name in names)


def rename(migration: Migration) -> str:
    """The command that gives a migration's directory the present time, as Prisma names it."""
    words = migration.name.lstrip("0123456789").lstrip("_-") or "change"
    folder = posixpath.dirname(migration.path)
    name = f"{datetime.now(UTC).strftime(STAMP)}_{words}"
    there = posixpath.join(posixpath.dirname(folder), name)
    return f"git mv {shlex.quote(folder)} {shlex.quote(there)}"


def literal(text: str) -> str:
    """A string for SQL."""
    return "'" + text.replace("'", "''") + "'"
