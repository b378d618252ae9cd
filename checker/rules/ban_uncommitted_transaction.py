"""BEGIN without COMMIT: Prisma reports success, and everything is lost.

Every statement succeeds, Prisma records the migration inside the same open transaction, and the
end of its connection rolls all of it back, the record included. The next deployment stops at a
failed migration (P3009).

Instead: end the transaction with COMMIT, or leave BEGIN out.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import ControlTransaction
from checker.prisma.sending.transactions import control_of
from checker.rules import Context, rule


@rule(ControlTransaction, providers=("postgresql",))
def check(change: ControlTransaction, at: Context) -> Iterator[Finding]:
    statement = at.statement
    if statement is None or change.what != "BEGIN" or not control_of(statement):
        return
    if at.transaction.end or at.transaction.is_begun_before(statement):
        return
    yield at.finding(
        "This transaction is never committed: all that follows is rolled back, and Prisma reports "
        "success",
        why="The end of the connection rolls it back, Prisma's own record of the migration too.",
        advice="End the transaction with `COMMIT`, or leave `BEGIN` out.",
        fix="\n".join(f"{s.text};" for s in (statement, *at.transaction.after(statement)))
        + "\nCOMMIT;",
    )
