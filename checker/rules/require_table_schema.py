"""A table is named without its schema.

The search path of the session decides which one is meant. It differs between roles, databases and
poolers, so that a migration can land in another schema than in the tests.

Instead: write the schema (`"public"."User"`); Prisma does so for models with `@@schema`.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import TableChange
from checker.rules import Context, rule
from checker.rules._columns import NAMING, STYLE
from checker.rules._locks import POSTGRESQL
from checker.rules._subjects import IS, ITS, about
from checker.sql.catalog.schema import TEMPORARY


@rule(*TableChange.__args__, severity="warning", providers=POSTGRESQL, presets=(STYLE, NAMING))
def check(change: TableChange, at: Context) -> Iterator[Finding]:
    if change.table.schema is not None or getattr(change, "temporary", False):
        return
    if at.before.key(change.table)[0] == TEMPORARY or at.statement is None:
        return
    first = next(c for c in at.statement.changes if getattr(c, "table", None) == change.table)
    if change is first:
        yield at.finding(
            about("", f"`{change.table}`", " ", IS, " named without ", ITS, " schema"),
            why="The search path of the session decides which table is meant.",
            advice="Write the schema before the name.",
        )
