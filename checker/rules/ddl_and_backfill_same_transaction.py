"""Rows are changed while the transaction holds a table locked against all others.

ALTER TABLE takes an ACCESS EXCLUSIVE lock, short by itself, but held until its transaction ends.
An UPDATE, DELETE or INSERT … SELECT over many rows after it in the same transaction keeps every
query on that table waiting until it is done.

Not reported: tables that this pull request creates, and rows that are found by a unique key.

Instead: change the rows in a migration of their own, in batches where they are many.
"""

from collections.abc import Iterator, Sequence

from checker.model import Finding, Statement
from checker.model.changes import DeleteRows, InsertRows, Name, UpdateRows
from checker.rules import Context, rule
from checker.rules._around import locked_exclusively, touches_many_rows


# It yields to those that speak of the rows that are lost, which is worse.
@rule(
    UpdateRows,
    DeleteRows,
    InsertRows,
    severity="warning",
    scales=True,
    providers=("postgresql",),
    yields_to=("update-without-where", "delete-without-where"),
)
def check(change: UpdateRows | DeleteRows | InsertRows, at: Context) -> Iterator[Finding]:
    statement = at.statement
    if statement is None or not touches_many_rows(change, statement, at):
        return
    if next(c for c in statement.changes if touches_many_rows(c, statement, at)) is not change:
        return  # INSERT … ON CONFLICT DO UPDATE is one statement
    if not any(locked_exclusively(c, at) for s in at.before_in_file for c in s.changes):
        return
    before = at.transaction.before(statement)
    locked = _lock(before, at)
    if locked is None:
        return
    table, line = locked
    verb = {UpdateRows: "UPDATE", DeleteRows: "DELETE"}.get(type(change), "INSERT")
    yield at.finding(
        f"`{verb}` of `{change.table}` runs while `{table}` is locked: nobody can read or write "
        f"`{table}` until it is done",
        why=f"The statement in line {line} takes an ACCESS EXCLUSIVE lock, which is held until the "
        "transaction ends.",
        advice="Change the rows in a migration of their own, in batches where they are many.",
        fix=f"-- in a migration of its own:\n{statement.text};",
        table=table,
    )


def _lock(before: Sequence[Statement], at: Context) -> tuple[Name, int] | None:
    """The first table that is locked before, and where; None after a change of rows that came
    between, of which the finding is one already.
    """
    locked: tuple[Name, int] | None = None
    for statement in before:
        for change in statement.changes:
            if locked is not None and touches_many_rows(change, statement, at):
                return None
            table = locked_exclusively(change, at)
            if locked is None and table is not None:
                locked = (table, statement.line)
    return locked
