"""A sequence is dropped, and with it the next number.

PostgreSQL refuses while a default uses it. Code that calls nextval itself fails, and a sequence
recreated under that name starts from 1.

Off by default: Prisma writes this for a field that is no longer `autoincrement()`.

Instead: drop it one release after the last code that takes numbers from it.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import DropObject
from checker.rules import Context, rule
from checker.rules._around import is_made


@rule(DropObject, severity="warning", default=False, providers=("postgresql",))
def check(change: DropObject, at: Context) -> Iterator[Finding]:
    if change.kind != "SEQUENCE" or change.cascade or is_made(at, ("SEQUENCE",), change.name):
        return
    yield at.finding(
        f"The sequence `{change.name}` is dropped, and with it the next number",
        why="A sequence recreated under that name starts from 1.",
        advice="Drop it one release after the last code that takes numbers from it.",
    )
