"""A new foreign key reads the whole table while writes to both tables wait.

ADD CONSTRAINT … FOREIGN KEY looks up every existing row, even where the column is new and NULL in
all of them, and fails with SQLSTATE 23503 on the first that refers to nothing.

Lock: SHARE ROW EXCLUSIVE on the table and on the one that it refers to, for a time that grows with
its rows; ACCESS EXCLUSIVE on the table where the same statement adds the column.

Where the same transaction drops the key first, in its old form, both tables are locked against
everyone (ACCESS EXCLUSIVE) until every row has been checked.

Not reported: ADD COLUMN … REFERENCES without a default, which PostgreSQL knows to be NULL in every
row, and which takes the same locks only for a moment.

Instead: add it NOT VALID, which holds for new rows at once, and validate it in a migration of its
own, which lets others read and write. For a new column without a default, write the foreign key
into the column's definition.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddColumn, AddConstraint, Constraint, quote
from checker.rules import Context, rule
from checker.rules._around import drops_in_transaction
from checker.rules._fixes import (
    column_alone,
    constraints_later,
    keys,
    name_of,
    references,
    validated_later,
)
from checker.rules._locks import POSTGRESQL, column_work
from checker.rules._subjects import IS, about


@rule(
    AddConstraint,
    AddColumn,
    severity="warning",
    scales=True,
    providers=POSTGRESQL,
    claims=("failure",),
    yields_to=("adding-required-field",),
)
def check(change: AddConstraint | AddColumn, at: Context) -> Iterator[Finding]:
    constraint = _checked(change, at)
    if constraint is None or not at.before.may_have_rows(change.table):
        return
    name = name_of(change.table, constraint)
    fresh = isinstance(change, AddConstraint) and _is_fresh(change, at)
    dropped = drops_in_transaction(change.table, name, at)
    yield at.finding(
        about(
            "Foreign key",
            f"`{name}` (to `{constraint.references}`)",
            " ",
            IS,
            f" checked for every row of `{change.table}`",
        ),
        why="ACCESS EXCLUSIVE lock, as the same transaction drops the old key: nobody reads or "
        "writes either table until every row is read."
        if dropped
        else "SHARE ROW EXCLUSIVE lock: writes to either table wait until every row is read.",
        advice="Write it into the definition of the new column."
        if fresh
        else "Add it NOT VALID, and validate it in a migration of its own.",
        fix=_fix(change, constraint, at),
        columns=constraint.columns,
    )


def _fix(change: AddConstraint | AddColumn, constraint: Constraint, at: Context) -> str:
    if isinstance(change, AddColumn):
        return "\n\n".join([column_alone(change), *constraints_later(change, at)])
    name = name_of(change.table, constraint)
    if _is_fresh(change, at):
        return _inline(change, name, at)
    target = f"FOREIGN KEY ({keys(constraint.columns)}) {references(constraint)}"
    return validated_later(change.table, name, target)


def _checked(change: AddConstraint | AddColumn, at: Context) -> Constraint | None:
    """The foreign key that the change checks on the rows that are there."""
    if isinstance(change, AddColumn):
        if column_work(change, at) != "foreign_key":
            return None
        return next(c for c in change.constraints if c.kind == "foreign_key")
    constraint = change.constraint
    return constraint if constraint.kind == "foreign_key" and not constraint.not_valid else None


def _is_fresh(change: AddConstraint, at: Context) -> bool:
    """Whether the foreign key is over one column that this pull request adds, NULL in all rows."""
    if len(change.constraint.columns) != 1:
        return False
    (name,) = change.constraint.columns
    known = at.before.column(change.table, name)
    return (
        known is not None
        and at.before.is_new_column(change.table, name)
        and not at.before.is_updated(change.table, name)
        and at.before.given(change.table, name) is None
        and not known.not_null
        and not known.filled
    )


def _inline(change: AddConstraint, name: str, at: Context) -> str:
    (column,) = change.constraint.columns
    known = at.before.column(change.table, column)
    assert known is not None
    return (
        "-- instead of both statements:\n"
        f"ALTER TABLE {change.table.sql} ADD COLUMN {quote(column)} {known.type.sql}\n"
        f"  CONSTRAINT {quote(name)} {references(change.constraint)};"
    )
