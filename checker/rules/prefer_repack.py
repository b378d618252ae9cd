"""VACUUM FULL and CLUSTER rewrite the whole table.

They rewrite every row and every index, and nobody can read or write the table meanwhile. VACUUM
FULL also fails inside a transaction block (SQLSTATE 25001), as in a migration of several statements
up to Prisma 7.3.

Lock: ACCESS EXCLUSIVE on the table, for a time that grows with its rows.

Instead: leave it out of migrations. Plain VACUUM makes room for new rows without a long lock; to
give space back to the disk, run pg_repack or pg_squeeze, which lock only for moments.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import Maintain
from checker.rules import Context, rule
from checker.rules._locks import POSTGRESQL


@rule(Maintain, severity="warning", scales=True, providers=POSTGRESQL)
def check(change: Maintain, at: Context) -> Iterator[Finding]:
    if change.what not in ("VACUUM FULL", "CLUSTER"):
        return
    if change.name is not None and not at.before.may_have_rows(change.name):
        return
    table = f"`{change.name}`" if change.name else "every table in turn"
    yield at.finding(
        f"`{change.what}` rewrites {table}",
        why="ACCESS EXCLUSIVE lock: nobody reads or writes the table until all rows and indexes "
        "are written.",
        advice="Leave it out of the migration; run pg_repack where the space is needed.",
        table=change.name,
    )
