"""A new migration has a name that does not tell when it was made.

Prisma applies migrations in the order of their names, and names those that it makes by the current
time in UTC. A name with a time in the future, or with none at all, comes after them: the migrations
that follow will be applied before it on a fresh database, and after it on a deployed one. That is a
warning.

A name in another form among names in Prisma's, a time that does not exist, and the time of another
migration are notices: the order then depends on the letters, which Prisma compares differently
since 6.6.

Instead: name the directory by the time at which it was made, as `prisma migrate dev` does. A rename
is offered only where it leaves the order of the new migrations as it is.
"""

import posixpath
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from checker.discover.listing import order
from checker.model import Finding, Migration, PrismaVersion
from checker.rules import Context, rule
from checker.rules._history import STAMP, STAMPED, rename

_SLACK = timedelta(days=1)  # a clock that is ahead, or on local time
_BY_BYTES, _BY_LOCALE = PrismaVersion(6, 5), PrismaVersion(6, 6)


@rule(Migration, severity="warning")
def check(migration: Migration, at: Context) -> Iterator[Finding]:
    if (
        migration.state != "new"
        or migration.problem is not None
        or not _is_of_history(migration, at)
    ):
        return
    following = (datetime.now(UTC) + _SLACK).strftime(STAMP)
    movable = _can_go_last(migration, at)
    fix = rename(migration) if movable else None
    advice = (
        "Name the directory by the time at which it was made."
        if movable
        else "Name directories by the time at which they are made; this one can be renamed only "
        "together with the new migrations beside it, so that their order stays."
    )
    if order([migration.name, following], at.project.prisma)[-1] == migration.name:
        yield at.finding(
            f"`{migration.name}` sorts after the migration that Prisma will make next",
            why="A fresh database will apply that one first, a deployed one this one.",
            advice=advice,
            fix=fix,
        )
    elif problem := _oddity(migration, at):
        yield at.finding(
            f"`{migration.name}` {problem}",
            severity="notice",
            why=_why(migration, at),
            advice=advice,
            fix=fix,
        )


def _can_go_last(migration: Migration, at: Context) -> bool:
    """Whether all other new migrations run before it, and still do once it has the present time."""
    now = datetime.now(UTC).strftime(STAMP)
    names = [m.name for m in at.history.new]
    ordered = order([now, *(name for name in names if name != migration.name)], at.project.prisma)
    return names[-1] == migration.name and ordered[-1] == now


def _why(migration: Migration, at: Context) -> str:
    names = [m.name for m in at.history.migrations]
    if order(names, _BY_BYTES).index(migration.name) != order(names, _BY_LOCALE).index(
        migration.name
    ):
        return "When it runs depends on how this version of Prisma compares letters."
    return "Migrations run in the order of their names, whenever they were made."


def _is_of_history(migration: Migration, at: Context) -> bool:
    """Whether its name is that of a directory among others, and not of a lone file."""
    folder = posixpath.basename(posixpath.dirname(migration.path))
    alone = len(at.history.migrations) == 1 and at.history.lock_provider is None
    return folder == migration.name and not alone


def _oddity(migration: Migration, at: Context) -> str:
    """What is odd about a name that comes after all merged ones; else another rule speaks."""
    names = [m.name for m in at.history.migrations]
    place = names.index(migration.name)
    merged = [m.name for m in at.history.migrations if m.state != "new"]
    if not merged or names.index(merged[-1]) > place:
        return ""
    stamp = STAMPED.match(migration.name)
    if stamp is None:
        usual = [name for name in merged if STAMPED.match(name)]
        others = len(merged) - len(usual)  # the first one is often 0_init
        return "is not named as Prisma names migrations" if usual and others <= 1 else ""
    try:
        datetime.strptime(stamp[1], STAMP)
    except ValueError:
        return "begins with a time that does not exist"
    if place and names[place - 1].startswith(stamp[1]):
        return f"has the same time as `{names[place - 1]}`"
    return ""
