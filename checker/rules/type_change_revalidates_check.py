"""A new column type checks the column's CHECK constraints on every row.

The rows stay as they are, but PostgreSQL cannot know that a CHECK means the same for the new type,
and reads the table to see.

Lock: ACCESS EXCLUSIVE on the table, for a time that grows with its rows.

Instead: drop the constraint in the same statement, and add it again NOT VALID; validate it in a
migration of its own, which reads the rows without blocking anybody.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AlterColumnType, quote
from checker.rules import Context, rule
from checker.rules._locks import POSTGRESQL
from checker.sql.rewriting import type_change_cost


@rule(
    AlterColumnType,
    severity="warning",
    scales=True,
    providers=POSTGRESQL,
    yields_to=("no-data-loss-type-narrowing",),
)
def check(change: AlterColumnType, at: Context) -> Iterator[Finding]:
    cost = type_change_cost(change, at.before)
    table = at.before.table(change.table)
    if (
        cost is None
        or cost.work != "check"
        or table is None
        or not at.before.may_have_rows(change.table)
    ):
        return
    checks = {name: table.constraints[name].expression for name in cost.names}
    alter = f"ALTER TABLE {change.table.sql}"
    dropped = "".join(f"  DROP CONSTRAINT {quote(name)},\n" for name in checks)
    added = "".join(
        f",\n  ADD CONSTRAINT {quote(name)} CHECK ({text}) NOT VALID"
        for name, text in checks.items()
    )
    column = f"ALTER COLUMN {quote(change.column)} TYPE {change.type.sql}"
    using = f" USING {change.using}" if change.using else ""
    yield at.finding(
        f"The new type of `{change.table}.{change.column}` checks "
        f"{', '.join(f'`{name}`' for name in checks)} on every row",
        why="ACCESS EXCLUSIVE lock: nobody reads or writes the table until every row is read.",
        advice="Add the constraint again NOT VALID, and validate it in a migration of its own.",
        fix=f"{alter}\n{dropped}  {column}{using}{added};\n\n"
        "-- in a migration of its own:\n"
        + "\n".join(f"{alter} VALIDATE CONSTRAINT {quote(name)};" for name in checks),
    )
