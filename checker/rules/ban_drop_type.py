"""A type or domain is dropped that running code may still name.

PostgreSQL refuses while a column has the type, so that no values are lost; queries of old code
that cast to it fail with SQLSTATE 42704.

Off by default: Prisma drops an enum together with the last field that has it, which ban-drop-column
reports.

Instead: drop the type one release after the last code that names it.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import DropType
from checker.rules import Context, rule


@rule(DropType, severity="warning", default=False)
def check(change: DropType, at: Context) -> Iterator[Finding]:
    if not change.cascade and not at.before.is_new_type(change.type):
        yield at.finding(
            f"The type `{change.type}` is dropped: code that still names it fails",
            why="Queries of Prisma Client cast to the enum types of its schema.",
            advice="Drop it one release after the last code that names it.",
        )
