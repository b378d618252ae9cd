"""COMMIT, ROLLBACK or SAVEPOINT without its BEGIN, or one that undoes earlier work.

ROLLBACK throws away what the script did before, and Prisma records the migration as applied. A
COMMIT without BEGIN ends the transaction that holds the file together: if a later statement fails,
the first half stays. SAVEPOINT outside of BEGIN fails with SQLSTATE 25P01.

Instead: leave them out; where statements must take effect together, write BEGIN … COMMIT around
them.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import ControlTransaction, ReadRows, SetParameter
from checker.prisma.sending.transactions import control_of
from checker.rules import Context, rule

_JUDGED = ("COMMIT", "ROLLBACK", "SAVEPOINT")


@rule(ControlTransaction, providers=("postgresql",))
def check(change: ControlTransaction, at: Context) -> Iterator[Finding]:
    statement = at.statement
    what = change.what
    if statement is None or not control_of(statement) or what not in _JUDGED:
        return
    begun = at.transaction.is_begun_before(statement)
    before = [
        s
        for s in at.transaction.before(statement)
        if any(not isinstance(c, ControlTransaction | SetParameter | ReadRows) for c in s.changes)
    ]
    if what == "SAVEPOINT" and not begun:
        yield at.finding(
            "`SAVEPOINT` outside of `BEGIN` fails with SQLSTATE 25P01",
            why="PostgreSQL allows it only in a transaction that the script itself begins.",
            advice="Leave it out, or write `BEGIN` … `COMMIT` around what belongs together.",
        )
    elif what == "ROLLBACK" and before:
        yield at.finding(
            f"`ROLLBACK` undoes what the script does from line {before[0].line} on, and Prisma "
            "records the migration as applied",
            why="Prisma asks only whether every statement succeeded.",
            advice="Leave the `ROLLBACK` out.",
        )
    elif what == "COMMIT" and not begun and before and at.after_in_file:
        yield at.finding(
            "`COMMIT` without `BEGIN` cuts the migration in two: if a later statement fails, what "
            "comes before stays",
            why="It ends the transaction in which Prisma sends the file.",
            advice="Leave the `COMMIT` out.",
            severity="warning",
        )
