"""BEGIN inside a transaction that the script has begun already.

PostgreSQL only warns, and goes on in the same transaction: the first COMMIT ends it, and what
follows is committed on its own, although it is written to take effect together.

Not reported: a single BEGIN … COMMIT, as Prisma itself writes around a changed enum.

Instead: keep the outer pair of BEGIN and COMMIT.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import ControlTransaction
from checker.prisma.sending.transactions import control_of
from checker.rules import Context, rule


@rule(ControlTransaction, severity="warning", providers=("postgresql",))
def check(change: ControlTransaction, at: Context) -> Iterator[Finding]:
    statement = at.statement
    if statement is None or change.what != "BEGIN" or not control_of(statement):
        return
    if at.transaction.is_begun_before(statement):
        yield at.finding(
            "`BEGIN` inside a transaction starts no new one: the next `COMMIT` ends the outer one",
            why="PostgreSQL has no nested transactions; it warns and goes on.",
            advice="Keep the outer pair of `BEGIN` and `COMMIT`.",
        )
