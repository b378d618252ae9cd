"""DROP OWNED drops every object that a role owns in this database, and DROP ROLE the role.

Which objects these are depends on the database: the role that runs the migrations of an application
often owns all of it. Roles belong to the whole cluster, so dropping one also affects other
databases.

DROP TABLESPACE affects the whole cluster as well, and PostgreSQL refuses it as long as any database
has something there.

Instead: drop each object by its name, and take the rights of a role away with REVOKE. Roles are
managed outside of migrations.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import DropObject, RunCode
from checker.rules import Context, rule
from checker.rules._around import is_made

_WHY = {
    "ROLE": "Whatever still connects as this role fails, in other databases too.",
    "TABLESPACE": "The migration fails if any database has something there.",
}


@rule(RunCode, DropObject, providers=("postgresql",))
def check(change: RunCode | DropObject, at: Context) -> Iterator[Finding]:
    if change.kind == "DROP OWNED":
        yield at.finding(
            "`DROP OWNED` drops every object that the role owns in this database",
            why="Which objects these are depends on the database, not on this file.",
            advice="Drop each object by its name; take rights away with `REVOKE`.",
        )
        return
    if not isinstance(change, DropObject) or change.kind not in _WHY:
        return
    if not is_made(at, (change.kind,), change.name):
        yield at.finding(
            f"The {change.kind.lower()} `{change.name}` is dropped in the whole cluster",
            why=_WHY[change.kind],
            advice=f"Manage {change.kind.lower()}s outside of migrations.",
            severity="warning",
        )
