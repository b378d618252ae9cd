"""DROP INDEX without CONCURRENTLY locks the table against everyone.

It waits for every running query on the table, and everyone who comes later waits behind it.

Lock: ACCESS EXCLUSIVE on the table and the index, for a moment, once it has got it.

Not reported: an index that this pull request itself creates, of a table that it creates, or of a
table or column that it drops; and where the same transaction locks the table anyway.

Instead: DROP INDEX CONCURRENTLY, which lets others read and write. It must not run inside of a
transaction block: up to Prisma 7.3 it has to stand alone in a migration of its own.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import DropIndex
from checker.rules import Context, rule
from checker.rules._around import is_gone, locked_exclusively, same
from checker.rules._fixes import alone
from checker.rules._locks import POSTGRESQL
from checker.rules._subjects import about
from checker.sql.catalog.table import KnownTable


@rule(
    DropIndex,
    severity="warning",
    providers=POSTGRESQL,
    claims=("lock",),
    yields_to=("drop-constraint-backing-index", "ban-drop-cascade"),
)
def check(change: DropIndex, at: Context) -> Iterator[Finding]:
    known = at.before.index(change.index)
    if (
        change.concurrently
        or (known is None and change.if_exists)
        or (known is not None and not at.before.may_have_rows(known[0].name))
        or at.before.is_new_index(change.index)
        or (known is not None and _locked_anyway(known[0], known[1].columns, at))
    ):
        return
    index = f"`{change.index}`"
    yield at.finding(
        about("", index, f" locks `{known[0].name}` against reads and writes", before="Dropping ")
        if known
        else f"Dropping {index} locks its table against reads and writes",
        why="ACCESS EXCLUSIVE lock: it waits for running queries, and later ones wait behind it.",
        advice="Drop it concurrently, in a migration of its own.",
        fix=f"{alone(at)}DROP INDEX CONCURRENTLY {change.index.sql};",
        table=known[0].name if known else None,
    )


def _locked_anyway(table: KnownTable, columns: tuple[str, ...], at: Context) -> bool:
    """Whether the table is locked against everyone or dropped, whatever becomes of the index."""
    return is_gone(at, table.name, columns) or any(
        same(at, locked_exclusively(change, at), table.name)
        for statement in at.transaction.statements
        for change in statement.changes
    )
