"""A constraint is added NOT VALID and validated in one transaction, which gains nothing.

NOT VALID exists so that the lock of ADD CONSTRAINT (ACCESS EXCLUSIVE for a CHECK, SHARE ROW
EXCLUSIVE on both tables for a foreign key) is held for a moment, and VALIDATE, which reads every
row, runs under a lock that lets others write. In one transaction the first lock is held until the
rows have been read.

Instead: validate in a migration of its own. From Prisma 7.4 on, statements that Prisma can split
and that stand outside of BEGIN are committed one by one, and may share a file.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddConstraint, ValidateConstraint
from checker.rules import Context, rule
from checker.rules._around import changes_in, same


@rule(ValidateConstraint, severity="warning", scales=True, providers=("postgresql",))
def check(change: ValidateConstraint, at: Context) -> Iterator[Finding]:
    statement = at.statement
    if statement is None or at.before.is_new_table(change.table):
        return
    if not any(_adds(added, change, at) for added in changes_in(at.before_in_file, AddConstraint)):
        return
    together = at.transaction.before(statement)
    if any(_adds(added, change, at) for added in changes_in(together, AddConstraint)):
        yield at.finding(
            f"`{change.name}` is validated in the transaction that adds it: `{change.table}` stays "
            "locked while all its rows are read",
            why="The lock of `ADD CONSTRAINT` is held until the transaction ends.",
            advice="Validate in a migration of its own.",
            fix=f"-- in a migration of its own:\n{statement.text};",
        )


def _adds(added: AddConstraint, change: ValidateConstraint, at: Context) -> bool:
    constraint = added.constraint
    return (
        constraint.not_valid
        and constraint.name == change.name
        and same(at, added.table, change.table)
    )
