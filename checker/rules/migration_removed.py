"""A merged migration was removed.

A database that has run it keeps the row in `_prisma_migrations` and everything that it did.
`prisma migrate deploy` says nothing; `prisma migrate dev` finds that the migration is missing from
the directory and asks to reset the database, which deletes all its data. A fresh database never
gets what the migration made.

Instead: restore the directory. To undo what it does, write a new migration.
"""

import shlex
from collections.abc import Iterator

from checker.model import Finding, Migration
from checker.rules import Context, rule


@rule(Migration)
def check(migration: Migration, at: Context) -> Iterator[Finding]:
    if migration.state != "removed":
        return
    yield at.finding(
        f"Merged migration `{migration.name}` was removed",
        why="A database that has run it still has its row and its changes: migrate deploy says "
        "nothing, and migrate dev finds it missing from the directory and asks to reset the "
        "database. A fresh database never gets its changes.",
        advice="Restore the directory; to undo what it does, write a new migration.",
        fix=f"git checkout {shlex.quote(at.base)} -- {shlex.quote(migration.path)}",
    )
