"""A new primary key builds its index while nobody can use the table.

ADD PRIMARY KEY reads every row into a new index first, and reads the table once more where a
column of the key may be NULL.

Lock: ACCESS EXCLUSIVE on the table, for a time that grows with its rows.

Where rows could agree, unique-may-fail reports the key instead, with the same advice.

Instead: build a unique index concurrently, in a migration of its own, then make the primary key
from it, which takes a moment where the columns are NOT NULL.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddConstraint
from checker.rules import Context, rule
from checker.rules._fixes import constraint_on_index, nullable, require
from checker.rules._locks import POSTGRESQL


@rule(
    AddConstraint,
    severity="warning",
    scales=True,
    providers=POSTGRESQL,
    claims=("failure",),
    yields_to=("unique-may-fail",),
)
def check(change: AddConstraint, at: Context) -> Iterator[Finding]:
    constraint = change.constraint
    if (
        constraint.kind != "primary_key"
        or constraint.using_index is not None
        or not at.before.may_have_rows(change.table)
    ):
        return
    required = "".join(
        f"{require(change.table, column)}\n\n"
        for column in nullable(change.table, constraint.columns, at)
    )
    yield at.finding(
        f"The index of the new primary key is built while `{change.table}` is locked",
        why="ACCESS EXCLUSIVE lock: nobody reads or writes the table until the index is built.",
        advice="Build a unique index concurrently first, and make the primary key from it.",
        fix=required + constraint_on_index(change.table, constraint, at),
    )
