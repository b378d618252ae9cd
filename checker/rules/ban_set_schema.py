"""SET SCHEMA moves an object away from where running code looks for it.

Queries that name the old schema fail, and those that name none no longer find it on the search
path. Prisma Client names the schema in each query.

A table that this pull request creates is not reported.

Instead: leave a view in the old schema until no running code uses it.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AlterObject, MoveTable, Name
from checker.rules import Context, rule
from checker.rules._around import is_made

_NOT_NAMED = ("EXTENSION",)  # its objects may be named or not; nobody can tell which are used


@rule(MoveTable, AlterObject, severity="warning")
def check(change: MoveTable | AlterObject, at: Context) -> Iterator[Finding]:
    fix = None
    if isinstance(change, MoveTable):
        if at.before.is_new_table(change.table) or is_made(at, ("VIEW",), change.table):
            return
        what = f"Table `{change.table}`"
        moved = Name(change.table.name, change.to)
        if at.statement is not None:
            view = f"CREATE VIEW {change.table.sql} AS SELECT * FROM {moved.sql};"
            fix = f"{at.statement.text};\n{view}"
    else:
        if change.what != "SET SCHEMA" or change.kind in _NOT_NAMED:
            return
        if is_made(at, (change.kind,), change.name) or at.before.is_new_type(change.name):
            return
        what = f"`{change.kind} {change.name}`"
    yield at.finding(
        f"{what} moves to another schema: code that still runs no longer finds it",
        why="Queries name the schema, or rely on the search path.",
        advice="Leave a view in the old schema until no running code uses it.",
        fix=fix,
    )
