"""An extension is dropped whose functions running code may still call.

PostgreSQL refuses while a column, index or default needs it, but does not know of calls from code
(crypt, similarity, uuid_generate_v4), which fail with SQLSTATE 42883 from then on.

Not reported: an extension that the same pull request makes, or makes again.

Instead: drop it one release after the last code that calls its functions.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import DropObject
from checker.rules import Context, rule
from checker.rules._around import is_made


@rule(DropObject, severity="warning", providers=("postgresql",))
def check(change: DropObject, at: Context) -> Iterator[Finding]:
    if change.kind != "EXTENSION" or change.cascade or is_made(at, ("EXTENSION",), change.name):
        return
    yield at.finding(
        f"The extension `{change.name}` is dropped: code that still calls its functions fails",
        why="PostgreSQL does not know of calls from code.",
        advice="Drop it one release after the last code that calls its functions.",
    )
