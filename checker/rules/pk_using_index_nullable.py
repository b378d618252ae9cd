"""PRIMARY KEY USING INDEX over columns that may be NULL reads the whole table.

The index is there already, but a primary key also makes its columns NOT NULL, and PostgreSQL reads
every row to see whether they are. It fails with SQLSTATE 23502 where one is not.

Lock: ACCESS EXCLUSIVE on the table, for a time that grows with its rows.

Not reported: columns that are NOT NULL already, or for which a valid CHECK proves it.

Instead: make the columns NOT NULL first, by a CHECK that is added NOT VALID and validated in a
migration of its own.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddConstraint
from checker.rules import Context, rule
from checker.rules._fixes import nullable, require
from checker.rules._locks import POSTGRESQL


@rule(AddConstraint, severity="warning", scales=True, providers=POSTGRESQL, claims=("failure",))
def check(change: AddConstraint, at: Context) -> Iterator[Finding]:
    table = at.before.table(change.table)
    constraint = change.constraint
    if (
        constraint.kind != "primary_key"
        or table is None
        or constraint.using_index not in table.indexes
        or not at.before.may_have_rows(change.table)
    ):
        return
    columns = nullable(change.table, table.indexes[constraint.using_index].columns, at)
    if not columns:
        return
    names = ", ".join(f"`{column}`" for column in columns)
    yield at.finding(
        f"The new primary key makes {names} of `{change.table}` required: every row is read",
        why="ACCESS EXCLUSIVE lock: nobody reads or writes the table until every row is read, and "
        "one NULL stops the migration.",
        advice="Make the columns NOT NULL first, in migrations of their own.",
        fix="\n\n".join(require(change.table, column) for column in columns)
        + (f"\n\n-- in a migration after that:\n{at.statement.text};" if at.statement else ""),
    )
