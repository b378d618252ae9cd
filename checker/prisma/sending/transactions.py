"""Which statements of a script share a transaction, by the way in which Prisma sends it.

A script that is sent whole is one implicit transaction, which a BEGIN in its middle continues and
a COMMIT ends (PostgreSQL docs 53.2.2.1, Multiple Statements in a Simple Query). Of a script that is
sent statement by statement each is committed on its own, unless a BEGIN of its own holds them
together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from checker.model import Statement
from checker.model.changes import ControlTransaction

ENDS = ("COMMIT", "ROLLBACK", "PREPARE TRANSACTION")


class Transaction(Struct, frozen=True):
    """Statements that take effect together, in their order, with the BEGIN and COMMIT among them.

    ``end`` is what ends it: ``COMMIT`` also where nothing is written, empty where a BEGIN is left
    without an end. ``alone`` says that its one statement reaches the server by itself and outside
    of any transaction block, as VACUUM demands. ``separately`` says that each of them is a message
    of its own, also where a BEGIN holds them together.
    """

    statements: tuple[Statement, ...]
    end: str = "COMMIT"
    alone: bool = False
    separately: bool = False

    def before(self, statement: Statement) -> tuple[Statement, ...]:
        return tuple(s for s in self.statements if s.start < statement.start)

    def after(self, statement: Statement) -> tuple[Statement, ...]:
        return tuple(s for s in self.statements if s.start > statement.start)

    def is_begun_before(self, statement: Statement) -> bool:
        """Whether a BEGIN of the script stands before the statement."""
        return any(control_of(s) == "BEGIN" for s in self.before(statement))


def find_transactions(
    statements: Sequence[Statement], *, separately: bool
) -> tuple[Transaction, ...]:
    """The transactions of one script in their order; every statement is in one of them.

    ``separately`` says that Prisma sends the statements one by one.
    """
    return tuple(_transactions(statements, separately=separately))


def _transactions(statements: Sequence[Statement], *, separately: bool) -> Iterator[Transaction]:
    current: list[Statement] = []
    begun = False
    for statement in statements:
        current.append(statement)
        control = control_of(statement)
        begun = begun or control == "BEGIN"
        if control in ENDS or (separately and not begun):
            alone = len(current) == 1 and (separately or len(statements) == 1)
            end = control if control in ENDS else "COMMIT"
            yield Transaction(tuple(current), end, alone, separately)
            current, begun = [], False
    if current:
        alone = len(statements) == 1
        yield Transaction(tuple(current), "" if begun else "COMMIT", alone, separately)


def control_of(statement: Statement) -> str:
    """What a statement does to the transaction: BEGIN, COMMIT …; empty for any other.

    COMMIT in a DO block does not count: it ends no transaction of the script.
    """
    match statement.changes:
        case (ControlTransaction(what),):
            return what
    return ""
