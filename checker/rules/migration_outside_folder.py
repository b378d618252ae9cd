"""A new migration lies where Prisma does not look.

Prisma runs the file migration.sql of every directory right in the project's migrations directory,
and nothing else. A migration in another directory, or a file without a directory of its own, is
never applied, and nothing says so.

Instead: move it to the project's migrations directory.
"""

import posixpath
import shlex
from collections.abc import Iterator

from checker.model import Finding, History
from checker.rules import Context, rule


@rule(History, severity="warning")
def check(history: History, at: Context) -> Iterator[Finding]:
    place = at.project.migrations
    for path in history.strays:
        folder, file = posixpath.split(path)
        name = posixpath.basename(folder) if file == "migration.sql" else file.removesuffix(".sql")
        there = posixpath.join(place, name)
        yield at.finding(
            f"`{path}` lies where Prisma does not look for migrations",
            path=path,
            line=1,
            why=f"Prisma runs `{place}/*/migration.sql` and nothing else: this is never applied.",
            advice="Move it to the project's migrations directory.",
            fix=f"git mv {shlex.quote(folder)} {shlex.quote(there)}"
            if file == "migration.sql"
            else f"mkdir {shlex.quote(there)}\n"
            f"git mv {shlex.quote(path)} {shlex.quote(posixpath.join(there, 'migration.sql'))}",
        )
