"""migration_lock.toml was changed to another provider, or removed.

The migrations are SQL for one database. After a switch they fail on the other, or do something else
there, and deployed databases stay what they are. Without the file Prisma no longer notices a
switch.

Instead: begin a new history for the new database, in a migrations directory that holds none of the
old one, and move the data. If no switch is intended, restore the file.
"""

from collections.abc import Iterator

from checker.model import Finding, History
from checker.model.words import plural
from checker.rules import Context, rule
from checker.rules._history import checkout


@rule(History)
def check(history: History, at: Context) -> Iterator[Finding]:
    before, now = history.base_lock_provider, history.lock_provider
    if not before or before == now or not history.migrations:
        return
    path = f"{at.project.migrations}/migration_lock.toml"
    if now is None:
        yield at.finding(
            f"`{path}` was removed",
            severity="notice",
            path=path,
            why="Prisma no longer notices when the provider of the schema changes.",
            advice="Restore the file.",
            fix=checkout(at, path),
        )
        return
    if now != at.project.provider:
        return  # lock-provider-mismatch says it
    kept = sum(m.state != "new" for m in history.migrations)
    if kept:
        are = "is" if kept == 1 else "are"
        yield at.finding(
            f"The provider was switched from {before} to {now}, but "
            f"{plural(kept, 'merged migration')} {are} written for {before}",
            path=path,
            line=1,
            why="They do not run on the new database, or do something else there.",
            advice="Begin a new history for the new database, and move the data.",
        )
    else:
        yield at.finding(
            f"The provider was switched from {before} to {now}, with a new history",
            severity="warning",
            path=path,
            line=1,
            why=f"Deployed databases stay {before} with all their data; nothing moves it.",
            advice="Move the data, then deploy.",
        )
