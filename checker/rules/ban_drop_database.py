"""Dropping a database loses everything in it.

No Prisma migration brings any of it back. On PostgreSQL the statement fails inside a transaction,
and on the database that the session is connected to.

Instead: take the statement out; a database that is no longer needed is dropped by hand, after a
backup.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import DropObject
from checker.rules import Context, rule


@rule(DropObject)
def check(change: DropObject, at: Context) -> Iterator[Finding]:
    # On MySQL a schema is a database; on PostgreSQL DROP SCHEMA refuses one that is not empty.
    if change.kind == "DATABASE" or (change.kind == "SCHEMA" and at.dialect.schema_is_database):
        yield at.finding(
            f"The database `{change.name}` is dropped with everything in it",
            why="No later migration brings any of it back.",
            advice="Take the statement out; drop a database by hand, after a backup.",
        )
