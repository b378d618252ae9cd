"""A new migration has a name that sorts after the one that Prisma will make next.

Prisma applies migrations in the order of their names, and names those that it makes by the present
time in UTC. A name with a time in the future, or with none at all, comes after them: the migrations
that follow will be applied before it on a fresh database, and after it on a deployed one.

Instead: name the directory by the time at which it was made, as `prisma migrate dev` does.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from checker.discover.listing import order
from checker.model import Finding, Migration
from checker.rules import Context, rule

_STAMP = "%Y%m%d%H%M%S"
_SLACK = timedelta(days=1)  # a clock that is ahead, or on local time


@rule(Migration, severity="warning")
def check(migration: Migration, at: Context) -> Iterator[Finding]:
    if migration.state != "new" or migration.problem is not None:
        return
    now = datetime.now(UTC)
    following = (now + _SLACK).strftime(_STAMP)
    if order([migration.name, following], at.project.prisma)[-1] == following:
        return
    name = f"{now.strftime(_STAMP)}_{migration.name.lstrip('0123456789').lstrip('_') or 'change'}"
    folder = migration.path.rpartition("/")[0]
    parent = folder.rpartition("/")[0]
    yield at.finding(
        f"`{migration.name}` sorts after the migration that Prisma will make next",
        why="A fresh database will apply that one first, a deployed one this one.",
        advice="Name the directory by the time at which it was made.",
        fix=f"git mv '{folder}' '{parent}/{name}'" if "'" not in folder else None,
    )
