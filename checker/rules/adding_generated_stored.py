"""A new stored generated column rewrites the whole table.

GENERATED ALWAYS AS … STORED is computed for every row, and PostgreSQL rewrites the table and its
indexes.

Lock: ACCESS EXCLUSIVE on the table, for a time that grows with its rows.

Instead: compute the value where it is read, in a view or in an index on the expression. From
PostgreSQL 18 on, a VIRTUAL generated column costs nothing to add. If the value has to be stored,
add a plain column, let a trigger write it, and fill the old rows in batches.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddColumn
from checker.rules import Context, rule
from checker.rules._locks import POSTGRESQL, column_work


@rule(
    AddColumn,
    severity="warning",
    scales=True,
    providers=POSTGRESQL,
    yields_to=("adding-required-field",),
)
def check(change: AddColumn, at: Context) -> Iterator[Finding]:
    if column_work(change, at) != "generated":
        return
    yield at.finding(
        f"`{change.table}.{change.column.name}` is computed for each row: the whole table is "
        "rewritten",
        why="ACCESS EXCLUSIVE lock: nobody reads or writes the table until all rows and indexes "
        "are written.",
        advice="Compute the value where it is read, or add a plain column that a trigger writes, "
        "and fill the old rows in batches.",
    )
