"""DROP OWNED drops every object that a role owns in this database, and DROP ROLE the role.

Which objects these are depends on the database: the role that runs the migrations of an
application often owns all of it. Roles belong to the whole cluster, so that dropping one also
concerns other databases.

Instead: drop each object by its name, and take the rights of a role away with REVOKE. Roles are
managed outside of migrations.
"""

from collections.abc import Iterator

from checker.changes import DropObject, RunCode
from checker.model import Finding
from checker.rules import Context, rule
from checker.rules._around import is_made


@rule(RunCode, DropObject, providers=("postgresql",))
def check(change: RunCode | DropObject, at: Context) -> Iterator[Finding]:
    if change.kind == "DROP OWNED":
        yield at.finding(
            "`DROP OWNED` drops every object that the role owns in this database",
            why="Which objects these are depends on the database, not on this file.",
            advice="Drop each object by its name; take rights away with `REVOKE`.",
        )
        return
    if not isinstance(change, DropObject) or change.kind != "ROLE":
        return
    if not is_made(at, ("ROLE",), change.name):
        yield at.finding(
            f"The role `{change.name}` is dropped in the whole cluster",
            why="Whatever still connects as this role fails, of other databases too.",
            advice="Manage roles outside of migrations.",
            severity="warning",
        )
