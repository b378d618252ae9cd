"""DROP INDEX cannot drop the index of a constraint.

The index of a primary key, a UNIQUE or an EXCLUDE constraint belongs to the constraint: PostgreSQL
refuses with SQLSTATE 2BP01, and the migration fails, with CASCADE too.

Instead: drop the constraint, and its index goes with it.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import DropIndex, quote
from checker.rules import Context, rule
from checker.rules._locks import POSTGRESQL


@rule(DropIndex, providers=POSTGRESQL)
def check(change: DropIndex, at: Context) -> Iterator[Finding]:
    known = at.before.index(change.index)
    if known is None or change.index.name not in known[0].constraints:
        return
    table = known[0].name
    yield at.finding(
        f"`{change.index}` is the index of a constraint of `{table}`: the migration fails",
        why="PostgreSQL refuses with SQLSTATE 2BP01.",
        advice="Drop the constraint, and its index goes with it.",
        fix=f"ALTER TABLE {table.sql} DROP CONSTRAINT {quote(change.index.name)};",
        table=table,
    )
