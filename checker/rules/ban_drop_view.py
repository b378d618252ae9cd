"""A view is dropped that running code may still read.

Prisma does not write views into migrations, so the schema does not tell who uses one: raw queries,
reports and other programs fail with SQLSTATE 42P01 from then on.

Not reported: a view that the same pull request makes, or makes again.

Instead: drop it one release after the last code that reads it.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import CreateTable, DropObject, RenameTable
from checker.rules import Context, rule
from checker.rules._around import changes_in, is_made, same

KINDS = ("VIEW", "MATERIALIZED VIEW")


@rule(DropObject, severity="warning")
def check(change: DropObject, at: Context) -> Iterator[Finding]:
    if change.kind not in KINDS or change.cascade or is_made(at, KINDS, change.name):
        return
    if any(same(at, made.table, change.name) for made in changes_in(at.later, CreateTable)):
        return
    if any(made.to == change.name.name for made in changes_in(at.later, RenameTable)):
        return  # a table takes its name
    yield at.finding(
        f"`{change.kind} {change.name}` is dropped: code that still reads it fails",
        why="Views are not in schema.prisma, so nothing tells who uses one.",
        advice="Drop it one release after the last code that reads it.",
    )
