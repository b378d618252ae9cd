"""A table without a primary key.

Its rows cannot be told apart: logical replication refuses UPDATE and DELETE on a published one
(SQLSTATE 55000), tools that repack or copy tables leave it out, and duplicates cannot be removed
one by one.

Instead: `@id` or `@@id` in schema.prisma. A table for a many-to-many relation has one from Prisma 6
on; in earlier versions, add `PRIMARY KEY ("A", "B")` in the migration.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddColumn, AddConstraint, CreateTable, DropTable
from checker.rules import Context, rule
from checker.rules._around import changes_in, same
from checker.rules._columns import DESIGN, STYLE


@rule(CreateTable, severity="warning", presets=(STYLE, DESIGN))
def check(change: CreateTable, at: Context) -> Iterator[Finding]:
    if change.temporary or change.foreign or change.partition_of or _has_key(change, at):
        return
    if change.if_not_exists and at.before.table(change.table) is not None:
        return
    yield at.finding(
        f"`{change.table}` has no primary key",
        why="Logical replication refuses UPDATE and DELETE of its rows.",
        advice="Give the model an `@id` or `@@id`.",
    )


def _has_key(change: CreateTable, at: Context) -> bool:
    """Whether the table has a primary key at the end of the pull request, or is gone by then."""
    if any(constraint.kind == "primary_key" for constraint in change.constraints):
        return True
    if change.like is not None and {"ALL", "INDEXES"} & set(change.like_options):
        like = at.before.table(change.like)
        return like is None or bool(like.primary_key)
    for later in changes_in(at.later, AddConstraint, AddColumn, DropTable):
        if same(at, later.table, change.table):
            if isinstance(later, DropTable):
                return True
            constraints = (
                (later.constraint,) if isinstance(later, AddConstraint) else later.constraints
            )
            if any(constraint.kind == "primary_key" for constraint in constraints):
                return True
    return False
