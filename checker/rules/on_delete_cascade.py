"""Deleting one row deletes others, as far as the foreign keys reach.

One DELETE of a customer takes the orders, their items and their invoices, in one transaction, with
a lock on each row, and without a word in the code that asked for it.

Instead: `onDelete: Restrict` in schema.prisma, and code that deletes what is meant to go; CASCADE
only for what is a part of the row.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddColumn, AddConstraint, Constraint, CreateTable
from checker.rules import Context, rule
from checker.rules._columns import DESIGN, STYLE


@rule(CreateTable, AddColumn, AddConstraint, severity="warning", presets=(STYLE, DESIGN))
def check(change: CreateTable | AddColumn | AddConstraint, at: Context) -> Iterator[Finding]:
    for constraint in _constraints(change):
        if (constraint.on_delete or "").upper() == "CASCADE":
            yield at.finding(
                f"Deleting a row of `{constraint.references}` deletes those of `{change.table}` "
                "that refer to it",
                why="CASCADE goes as far as the foreign keys reach, in one transaction.",
                advice="Write `onDelete: Restrict` unless the rows are a part of the other.",
            )


def _constraints(change: CreateTable | AddColumn | AddConstraint) -> tuple[Constraint, ...]:
    return (change.constraint,) if isinstance(change, AddConstraint) else change.constraints
