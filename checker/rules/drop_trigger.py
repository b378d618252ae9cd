"""A trigger is dropped, and nothing takes its place.

What it kept up to date or checked no longer is, without any error. Prisma does not know triggers,
so neither schema.prisma nor a later migration shows that it is missing.

Not reported: where the same pull request makes a trigger on that table, or drops the table.

Instead: drop it one release after the code that does its work.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import CreateObject, DropObject
from checker.rules import Context, rule
from checker.rules._around import changes_in, is_gone, same


@rule(DropObject, severity="warning")
def check(change: DropObject, at: Context) -> Iterator[Finding]:
    if change.kind not in ("TRIGGER", "EVENT TRIGGER") or change.cascade:
        return
    for made in changes_in(at.statements, CreateObject):
        if made.kind == change.kind and (change.on is None or same(at, made.on, change.on)):
            return
    if change.on is not None and (at.before.is_new_table(change.on) or is_gone(at, change.on)):
        return
    where = f" of `{change.on}`" if change.on else ""
    yield at.finding(
        f"The trigger `{change.name}`{where} is dropped: what it did no longer happens",
        why="Nothing fails; the data goes wrong quietly.",
        advice="Drop it one release after the code that does its work.",
    )
