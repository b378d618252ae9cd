"""A function is dropped that running code may still call.

PostgreSQL refuses while a trigger, view or default uses it, but does not know of calls from code
or from other functions, which fail with SQLSTATE 42883 from then on.

Not reported: a function that the same pull request makes, or makes again, and the function of a
trigger that it drops.

Instead: drop it one release after the last code that calls it; change it with CREATE OR REPLACE.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import DropObject
from checker.rules import Context, rule
from checker.rules._around import changes_in, is_made

KINDS = ("FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE")


@rule(DropObject, severity="warning", providers=("postgresql",))
def check(change: DropObject, at: Context) -> Iterator[Finding]:
    if change.kind not in KINDS or change.cascade or is_made(at, KINDS, change.name):
        return
    if any(drop.kind == "TRIGGER" for drop in changes_in(at.earlier, DropObject)):
        return
    yield at.finding(
        f"`{change.kind} {change.name}` is dropped: code that still calls it fails",
        why="PostgreSQL does not know of calls from code or from other functions.",
        advice="Drop it one release after the last code that calls it.",
    )
