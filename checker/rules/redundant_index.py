"""A new index does what another one does already.

An index over the same columns in the same order, or over more columns that begin with these, finds
the same rows. The new one costs time at every write and space on disk, and no query needs it; it is
smaller than a wider one, which matters to few.

Off by default: nothing fails or waits because of it.

Not reported: a unique index, a partial one, one over expressions, and one with an order, a
collation or operators of its own.

Instead: leave it out, and take the @@index out of the schema.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import CreateIndex
from checker.rules import Context, rule
from checker.rules._indexes import indexes_in_the_end
from checker.rules._locks import POSTGRESQL


@rule(CreateIndex, severity="warning", default=False, providers=POSTGRESQL)
def check(change: CreateIndex, at: Context) -> Iterator[Finding]:
    if change.unique or change.where or change.uses or change.include or not change.plain:
        return
    if change.method != "btree" or change.name is None:
        return
    for index in indexes_in_the_end(change.table, at):
        same = index.columns[: len(change.columns)] == change.columns
        if (
            not same
            or index.name == change.name
            or (index.where or index.uses or not index.plain or index.method != "btree")
        ):
            continue
        yield at.finding(
            f"`{change.name}` does nothing that `{index.name}` over `({', '.join(index.columns)})` "
            "does not do already",
            why="Every write pays for it, and no query needs it.",
            advice="Leave it out, and take the `@@index` out of the schema.",
        )
        return
