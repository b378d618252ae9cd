"""A merged migration was renamed.

Prisma knows migrations by the name of their directory. A database that has run the old name runs
the new one again with `prisma migrate deploy`, which mostly fails half-way, because what it makes
exists already; `prisma migrate dev` finds the old one missing and asks to reset the database.

Instead: restore the old name. Where the new one must stay, mark it as applied on every database
that has run the old one, before it is deployed.
"""

import posixpath
import shlex
from collections.abc import Iterator

from checker.model import Finding, Migration
from checker.rules import Context, rule


@rule(Migration)
def check(migration: Migration, at: Context) -> Iterator[Finding]:
    if migration.state != "renamed" or migration.previous is None:
        return
    now = posixpath.dirname(migration.path)
    before = posixpath.join(posixpath.dirname(now), migration.previous)
    edited = migration.base_sql != migration.sql
    restore = f"git mv {shlex.quote(now)} {shlex.quote(before)}"
    if edited:
        checkout = f"git checkout {shlex.quote(at.base)} -- {shlex.quote(before)}"
        restore = f"git rm -r {shlex.quote(now)}\n{checkout}"
    yield at.finding(
        f"Merged migration `{migration.previous}` was renamed to `{migration.name}`"
        + (" and edited" if edited else ""),
        why="A database that has run it under the old name runs it again under the new one, and "
        "fails where its objects exist already; migrate dev asks to reset the database.",
        advice="Restore the old name. Where the new one must stay, run on every database that has "
        "the old one, before the deployment: "
        f"`npx prisma migrate resolve --applied {shlex.quote(migration.name)}`",
        fix=restore,
    )
