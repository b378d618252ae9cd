"""A new migration sorts before one that is already merged.

A fresh database runs the migrations by name, so this one runs earlier there than on a database
that is deployed already, where it comes last. Mostly that makes no difference; where two of them
touch the same object, the databases end up different.

Instead: rename the directory, so that its timestamp is later than that of the newest merged
migration.
"""

from collections.abc import Iterator

from checker.model import Finding, Migration
from checker.rules import Context, rule


@rule(Migration, severity="notice")
def check(migration: Migration, at: Context) -> Iterator[Finding]:
    if migration.state != "new":
        return
    names = [m.name for m in at.history.migrations]
    merged = {m.name for m in at.history.migrations if m.state in ("unchanged", "edited")}
    later = [name for name in names[names.index(migration.name) + 1 :] if name in merged]
    if not later:
        return
    yield at.finding(
        f"New migration `{migration.name}` sorts before `{later[-1]}`, which is already merged",
        why="A fresh database runs it before, a deployed one after it.",
        advice="Give the directory a timestamp that is later than that of the newest merged "
        "migration.",
    )
