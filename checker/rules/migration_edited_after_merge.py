"""A merged migration was edited.

Prisma stores a checksum of every migration that it has applied. A database that has run the old
text never runs the new one: `prisma migrate deploy` passes over it without a word, and
`prisma migrate dev` says that the migration "was modified after it was applied" and asks to reset
the database, which deletes all its data. A comment or a blank is enough.

Instead: restore the text that was merged, and write the change as a new migration.
"""

import shlex
from collections.abc import Iterator

from checker.model import Finding, Migration
from checker.rules import Context, rule


@rule(Migration)
def check(migration: Migration, at: Context) -> Iterator[Finding]:
    if migration.state != "edited":
        return
    yield at.finding(
        f"Merged migration `{migration.name}` was edited",
        why="A database that has run the old text never runs the new one: migrate deploy passes "
        "over it, and migrate dev says that it was modified after it was applied and asks to "
        "reset the database.",
        advice="Restore the merged text and write the change as a new migration.",
        fix=f"git checkout {shlex.quote(at.base)} -- {shlex.quote(migration.path)}",
        line=_first_difference(migration),
    )


def _first_difference(migration: Migration) -> int | None:
    if migration.sql is None or migration.base_sql is None:
        return None
    old, new = migration.base_sql.splitlines(), migration.sql.splitlines()
    for number, pair in enumerate(zip(old, new, strict=False), start=1):
        if pair[0] != pair[1]:
            return number
    return max(1, min(len(old), len(new)))
