"""A generated migration drops an index that was written by hand.

Prisma's schema has no partial indexes (without a preview feature) and no indexes on expressions. An
older version, or a schema that does not mention the index, makes `prisma migrate dev` write a DROP
INDEX for it, which is easily committed along with the rest.

Reported: a DROP INDEX under Prisma's own comment, of such an index, unless the same pull request
makes it again.

Instead: delete the statement from the migration, unless it is intended.
"""

import re
from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import CreateIndex, DropIndex
from checker.rules import Context, rule
from checker.rules._around import changes_in

_GENERATED = re.compile(r"--\s*DropIndex\s*(?:--\s*(?:migration-checker|squawk)[^\n]*\s*)*\Z")


@rule(DropIndex, severity="warning", providers=("postgresql",))
def check(change: DropIndex, at: Context) -> Iterator[Finding]:
    known = at.before.index(change.index)
    if known is None or at.before.is_new_index(change.index) or at.statement is None:
        return
    table, index = known
    by_hand = index.partial or any(column.startswith("(") for column in index.columns)
    text = (at.migration.sql or "") if at.migration else ""
    before = text.encode()[: at.statement.start].decode()
    if not by_hand or not _GENERATED.search(before):
        return
    if any(made.name == index.name for made in changes_in(at.statements, CreateIndex)):
        return
    what = "a partial index" if index.partial else "an index on an expression"
    yield at.finding(
        f"`{index.name}` of `{table.name}` is dropped: {what}, which Prisma's schema does not "
        "know, so the statement may just have been generated",
        why="It was written by hand, and Prisma does not write it again.",
        advice="Delete the statement, unless it is intended.",
        table=table.name,
    )
