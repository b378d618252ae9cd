"""In what a history departs from the base's, as far as reading tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker.discover.listing import order
from checker.model import Deviation, History, Migration, Project
from checker.sql.comments import without_comments


def find_departures(history: History, project: Project) -> tuple[Deviation, ...]:
    """The migrations by which a history is not the base's with new ones after it.

    What it comes to is unknown, but for texts that hold the same statements as before.
    """
    return () if history.base is None else tuple(_departures(history, project))


def _departures(history: History, project: Project) -> Iterator[Deviation]:
    for migration in history.migrations:
        if migration.state == "edited":
            same = _same_statements(migration, project)
            yield Deviation("edited", (migration.name,), "same_statements" if same else "unknown")
        elif migration.state == "renamed":
            yield Deviation("renamed", (migration.name,), others=(migration.previous or "",))
    for migration in history.removed:
        yield Deviation("removed", (migration.name,))
    merged = [m.name for m in history.migrations if m.state in ("unchanged", "edited")]
    merged += [m.name for m in history.meanwhile]
    for migration in history.new:
        names = order([*merged, migration.name], project.prisma)
        later = tuple(names[names.index(migration.name) + 1 :])
        if later:
            yield Deviation("out_of_order", (migration.name,), others=later)
    if history.meanwhile and history.new:
        new = tuple(m.name for m in history.new)
        yield Deviation("behind", new, others=tuple(m.name for m in history.meanwhile))


def _same_statements(migration: Migration, project: Project) -> bool:
    if migration.sql is None or migration.base_sql is None or migration.sql.startswith("\ufeff"):
        return False
    texts = (migration.sql, migration.base_sql.removeprefix("\ufeff"))
    one, other = (without_comments(text, project.provider) for text in texts)
    return one == other and not migration.base_sql.startswith("\ufeff")


def in_order(migrations: Sequence[Migration], project: Project) -> tuple[Migration, ...]:
    """Migrations in the order in which the project's version of Prisma applies them."""
    by_name = {m.name: m for m in migrations}
    return tuple(by_name[name] for name in order(by_name, project.prisma))
