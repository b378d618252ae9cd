"""A trigger is put on an existing table, and runs for each statement or row from then on.

CREATE TRIGGER takes a SHARE ROW EXCLUSIVE lock (measured): writes wait, but not for long. Every
write of code that knows nothing of the trigger then pays for it, and fails if it raises.

Off by default: triggers are how a column is kept in step while old and new code run side by side.

Instead: set a lock_timeout, and make sure that the trigger lets the writes of old code through.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import CreateObject
from checker.rules import Context, rule


@rule(CreateObject, severity="notice", default=False, providers=("postgresql",), claims=("lock",))
def check(change: CreateObject, at: Context) -> Iterator[Finding]:
    if change.kind != "TRIGGER" or change.on is None or at.before.is_new_table(change.on):
        return
    yield at.finding(
        f"The trigger `{change.name}` runs for every write to `{change.on}` from now on",
        why="Code that knows nothing of it pays for it, and fails if it raises.",
        advice="Make sure that it lets the writes of old code through.",
        table=change.on,
    )
