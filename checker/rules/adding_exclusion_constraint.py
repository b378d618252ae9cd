"""A new EXCLUDE constraint builds its index while nobody can use the table.

It fails with SQLSTATE 23P01 on the first two rows that conflict. Unlike a unique constraint, it can
neither be made from an index built concurrently nor be added NOT VALID.

Lock: ACCESS EXCLUSIVE on the table, for a time that grows with its rows.

Instead: on a large table, create a new table with the constraint, copy the rows over in batches
while the application writes both, and switch over. On a small one, look for conflicting rows on
production first, and set lock_timeout.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddConstraint
from checker.rules import Context, rule
from checker.rules._fixes import name_of
from checker.rules._locks import POSTGRESQL


@rule(AddConstraint, severity="warning", scales=True, providers=POSTGRESQL, claims=("failure",))
def check(change: AddConstraint, at: Context) -> Iterator[Finding]:
    if change.constraint.kind != "exclude" or not at.before.may_have_rows(change.table):
        return
    yield at.finding(
        f"The index of `{name_of(change.table, change.constraint)}` is built while "
        f"`{change.table}` is locked",
        why="ACCESS EXCLUSIVE lock: nobody reads or writes the table until the index is built, and "
        "two rows that conflict stop the migration.",
        advice="For a large table, create a new one with the constraint and copy the rows over.",
    )
