"""A new CHECK constraint reads the whole table under lock.

ADD CONSTRAINT … CHECK tests every existing row, and fails with SQLSTATE 23514 on the first that
does not pass.

Lock: ACCESS EXCLUSIVE on the table, for a time that grows with its rows.

Instead: add it NOT VALID, which takes a moment and holds for new rows at once. Validate it in a
migration of its own: that reads the rows under a lock that lets others read and write.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddConstraint
from checker.rules import Context, rule
from checker.rules._fixes import name_of, validated_later
from checker.rules._locks import POSTGRESQL


@rule(AddConstraint, severity="warning", scales=True, providers=POSTGRESQL, claims=("failure",))
def check(change: AddConstraint, at: Context) -> Iterator[Finding]:
    table, constraint = change.table, change.constraint
    if constraint.kind != "check" or constraint.not_valid or not at.before.may_have_rows(table):
        return
    name = name_of(table, constraint)
    yield at.finding(
        f"CHECK constraint `{name}` is tested on every row of `{table}`",
        why="ACCESS EXCLUSIVE lock: nobody reads or writes the table until every row is read, and "
        "one row that does not pass stops the migration.",
        advice="Add it NOT VALID, and validate it in a migration of its own.",
        fix=validated_later(table, name, f"CHECK ({constraint.expression})"),
    )
