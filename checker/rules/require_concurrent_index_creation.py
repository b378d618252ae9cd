"""CREATE INDEX on an existing table stops all writes until the index is built.

Lock: SHARE on the table, for a time that grows with its rows. Reads go on; INSERT, UPDATE and
DELETE wait. Where the same transaction has already locked the table against everyone, as ADD COLUMN
does (ACCESS EXCLUSIVE), reads wait as well.

Not reported: a table that this pull request itself creates. A unique index on rows that could
agree is reported by unique-may-fail, with the same advice.

Instead: CREATE INDEX CONCURRENTLY, which lets others write. It must not run inside of a
transaction block: up to Prisma 7.3 it has to stand alone in a migration of its own. If it fails,
it leaves an invalid index behind, which has to be dropped before it is tried again.
"""

from collections.abc import Iterator

from checker.model import Finding, Statement
from checker.model.changes import CreateIndex
from checker.rules import Context, rule
from checker.rules._around import locked_exclusively, same
from checker.rules._fixes import alone, concurrent_index
from checker.rules._locks import POSTGRESQL
from checker.rules._subjects import IS, about


@rule(
    CreateIndex,
    severity="warning",
    scales=True,
    providers=POSTGRESQL,
    yields_to=("unique-may-fail", "partitioned-index"),
)
def check(change: CreateIndex, at: Context) -> Iterator[Finding]:
    if (
        change.concurrently
        or change.only
        or not at.before.may_have_rows(change.table)
        or (change.if_not_exists and _exists(change, at))
    ):
        return
    index = f"`{change.name}`" if change.name else "the new index"
    line = _locked_in(change, at)
    yield at.finding(
        about(
            "",
            index,
            " ",
            IS,
            " built",
            before=f"{'Writes to' if line is None else 'Reads and writes of'} `{change.table}` "
            "wait until ",
        ),
        why="SHARE lock: INSERT, UPDATE and DELETE wait; reads go on."
        if line is None
        else f"The statement in line {line} takes an ACCESS EXCLUSIVE lock, which is held until "
        "the transaction ends: nobody reads or writes the table meanwhile.",
        advice="Create it concurrently, in a migration of its own.",
        fix=alone(at) + concurrent_index(change, at),
    )


def _locked_in(change: CreateIndex, at: Context) -> int | None:
    """The line in which the transaction has locked the table against everyone, if it has."""

    def locks(statement: Statement) -> bool:
        return any(
            same(at, locked_exclusively(each, at), change.table) for each in statement.changes
        )

    if at.statement is None or not any(locks(statement) for statement in at.before_in_file):
        return None
    return next((s.line for s in at.transaction.before(at.statement) if locks(s)), None)


def _exists(change: CreateIndex, at: Context) -> bool:
    table = at.before.table(change.table)
    return table is not None and change.name in table.indexes
