"""A CHECK in the definition of a new column reads the whole table.

ADD COLUMN … CHECK (…) is tested on every row, although the new column has the same value in all of
them.

Lock: ACCESS EXCLUSIVE on the table, for a time that grows with its rows.

Instead: add the column alone, which is free, then the constraint NOT VALID, and validate it in a
migration of its own, which reads the rows without blocking anybody.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddColumn
from checker.rules import Context, rule
from checker.rules._fixes import column_alone, constraints_later
from checker.rules._locks import POSTGRESQL, column_work


@rule(
    AddColumn,
    severity="warning",
    scales=True,
    providers=POSTGRESQL,
    claims=("failure",),
    yields_to=("adding-required-field",),
)
def check(change: AddColumn, at: Context) -> Iterator[Finding]:
    if column_work(change, at) != "check":
        return
    column = change.column
    yield at.finding(
        f"The CHECK on `{change.table}.{column.name}` is tested on every row of `{change.table}`",
        why="ACCESS EXCLUSIVE lock: nobody reads or writes the table until every row is read.",
        advice="Add the column alone, then the constraint NOT VALID; validate it in a migration "
        "of its own.",
        fix="\n\n".join([column_alone(change), *constraints_later(change, at)]),
    )
