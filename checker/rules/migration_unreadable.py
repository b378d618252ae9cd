"""Prisma cannot read a migration's file.

A directory of the history without a migration.sql stops `prisma migrate deploy` with P3015 when
it gets there, and `prisma migrate dev` at once. A file that is not UTF-8 cannot be sent to the
database as it is.

Instead: restore the file, or delete the directory if it was never merged; save the file as UTF-8
without a byte order mark.
"""

import posixpath
from collections.abc import Iterator

from checker.model import Finding, Migration
from checker.rules import Context, rule


@rule(Migration)
def check(migration: Migration, at: Context) -> Iterator[Finding]:
    if migration.state == "removed":
        return
    if migration.problem == "missing":
        yield at.finding(
            f"Directory `{posixpath.dirname(migration.path)}` has no migration.sql",
            why="migrate deploy stops there with P3015, and migrate dev at once.",
            advice="Restore the file, or delete the directory if it was never merged.",
        )
    elif migration.problem == "not_utf8":
        yield at.finding(
            f"`{migration.path}` is not UTF-8",
            why="Its text reaches the database damaged, or not at all.",
            advice="Save the file as UTF-8 without a byte order mark.",
        )
