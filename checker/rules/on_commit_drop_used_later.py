"""A temporary table is used after the commit that drops or empties it.

ON COMMIT DROP ends the table with its transaction. Up to Prisma 7.3 that is the whole file; from
7.4 on each statement is committed on its own where Prisma can split the file, so that the next
statement fails with SQLSTATE 42P01. With ON COMMIT DELETE ROWS it finds the table empty.

Instead: leave ON COMMIT out (the table ends with the connection), or write BEGIN … COMMIT around
the statements that use it.
"""

import re
from collections.abc import Iterator

from checker.model import Finding, Statement
from checker.model.changes import CreateTable, DropTable
from checker.rules import Context, rule
from checker.rules._around import same

_ON_COMMIT = re.compile(r"\bON\s+COMMIT\s+(DROP|DELETE\s+ROWS)\b", re.IGNORECASE)


@rule(CreateTable, providers=("postgresql",))
def check(change: CreateTable, at: Context) -> Iterator[Finding]:
    statement = at.statement
    if statement is None or not change.temporary:
        return
    ends = _ON_COMMIT.search(statement.text)
    user = _next_use(change, at)
    if ends is None or user is None:
        return
    transaction = at.transaction
    if any(user.start == s.start for s in transaction.statements):
        user = _next_use(change, at, after=transaction.statements[-1])
    if user is None:
        return
    dropped = ends[1].upper() == "DROP"
    yield at.on(user).finding(
        f"The temporary table `{change.table}` (line {statement.line}) "
        + (
            "is gone here: the migration fails with SQLSTATE 42P01"
            if dropped
            else "is empty here: its rows were deleted at the commit"
        ),
        why=f"It is created `{ends[0]}`, and its transaction ends before this statement"
        + (
            f": Prisma {at.project.prisma} sends the statements of this file one by one."
            if transaction.alone
            else "."
        ),
        advice="Leave `ON COMMIT` out: the table ends with the connection. Or write `BEGIN` … "
        "`COMMIT` around the statements that use it.",
        fix=_ON_COMMIT.sub("", statement.text).rstrip() + ";",
        severity=at.by_version if transaction.alone else None,
    )


def _next_use(change: CreateTable, at: Context, after: Statement | None = None) -> Statement | None:
    """The next statement of the file that names the table and needs it."""
    word = re.compile(rf"(?<!\w){re.escape(change.table.name)}(?!\w)", re.IGNORECASE)
    for statement in at.after_in_file:
        if after is not None and statement.start <= after.start:
            continue
        if any(isinstance(c, CreateTable) and same(at, c.table, change.table)
               for c in statement.changes):  # fmt: skip
            return None
        spared = any(isinstance(c, DropTable) and c.if_exists for c in statement.changes)
        if word.search(statement.text) and not spared:
            return statement
    return None
