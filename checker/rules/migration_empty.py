"""A new migration holds no statement.

It does nothing and will be recorded as applied. What was meant to be written into it later cannot
be: an edit of a merged migration reaches no database that has run it. A file with a comment of the
team's own counts as intended.

Instead: write the statements now, or delete the directory.
"""

import posixpath
import shlex
from collections.abc import Iterator

from checker.model import Finding, Migration
from checker.rules import Context, rule
from checker.sql.comments import read_comments, without_comments

_PRISMAS = "This is an empty migration."


@rule(Migration, severity="warning")
def check(migration: Migration, at: Context) -> Iterator[Finding]:
    if migration.state != "new" or migration.sql is None:
        return
    provider = at.project.provider
    if without_comments(migration.sql.removeprefix("\ufeff"), provider):
        return
    if any(c.text not in ("", _PRISMAS) for c in read_comments(migration.sql, provider)):
        return
    yield at.finding(
        f"New migration `{migration.name}` is empty",
        line=1,
        why="Statements that are added after the merge reach no database that has already run it.",
        advice="Write the statements now, or delete the directory.",
        fix=f"git rm -r {shlex.quote(posixpath.dirname(migration.path))}",
    )
