"""A new UNIQUE constraint builds its index while nobody can use the table.

ADD CONSTRAINT … UNIQUE, and ADD COLUMN … UNIQUE too, read every row into a new index first, even
where the column is new and NULL in all of them.

Lock: ACCESS EXCLUSIVE on the table, for a time that grows with its rows.

Where rows could agree, unique-may-fail reports the constraint instead, with the same advice.

Instead: build the unique index concurrently, in a migration of its own, then make the constraint
from it, which takes a moment.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddColumn, AddConstraint, Constraint
from checker.rules import Context, rule
from checker.rules._fixes import column_alone, constraint_on_index, constraints_later, name_of
from checker.rules._locks import POSTGRESQL, column_work


@rule(
    AddConstraint,
    AddColumn,
    severity="warning",
    scales=True,
    providers=POSTGRESQL,
    claims=("failure",),
    yields_to=("adding-required-field", "unique-may-fail"),
)
def check(change: AddConstraint | AddColumn, at: Context) -> Iterator[Finding]:
    constraint = _built(change, at)
    if constraint is None or not at.before.may_have_rows(change.table):
        return
    yield at.finding(
        f"The index of `{name_of(change.table, constraint)}` is built while `{change.table}` is "
        "locked",
        why="ACCESS EXCLUSIVE lock: nobody reads or writes the table until the index is built.",
        advice="Build the index concurrently first, and make the constraint from it.",
        fix="\n\n".join([column_alone(change), *constraints_later(change, at)])
        if isinstance(change, AddColumn)
        else constraint_on_index(change.table, constraint, at),
    )


def _built(change: AddConstraint | AddColumn, at: Context) -> Constraint | None:
    if isinstance(change, AddColumn):
        if column_work(change, at) != "unique":
            return None
        return next(c for c in change.constraints if c.kind == "unique")
    constraint = change.constraint
    if constraint.kind != "unique" or constraint.using_index is not None:
        return None
    return constraint
