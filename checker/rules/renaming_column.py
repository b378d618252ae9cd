"""Renaming a column breaks the code that still runs.

Until the new code has replaced the old everywhere, every query of Prisma Client on the model names
the old column and fails with SQLSTATE 42703; the same again after a rollback of the code.

Not reported: a table that this pull request creates, a column that it adds, and a rename after
which a generated column bears the old name. Nor a table that is renamed itself: that is reported.

Instead: keep the column, and rename only the field: `newName Type @map("old_name")`. To have the
new name in the database too, add a column, write both, and drop the old one a release later.
"""

from collections.abc import Iterator

from checker.changes import AddColumn, RenameColumn, RenameTable
from checker.model import Finding
from checker.rules import Context, rule
from checker.rules._around import changes_in, same


@rule(RenameColumn, severity="warning")
def check(change: RenameColumn, at: Context) -> Iterator[Finding]:
    if at.before.is_new_column(change.table, change.column):
        return
    for moved in changes_in(at.statements, RenameTable):
        if change.table.name in (moved.table.name, moved.to):
            return  # the new name of the table is what old code meets first
    for added in changes_in(at.later, AddColumn):
        if added.column.name == change.column and same(at, added.table, change.table):
            return
    renamed = f"`{change.table}.{change.column}` to `{change.to}`"
    yield at.finding(
        f"Renaming {renamed} breaks code that still runs and names the old column",
        why="Prisma Client names every column of a model in its queries; a field that is renamed "
        "alone takes no migration.",
        advice=f'Keep the column and rename the field: `{change.to} … @map("{change.column}")`.',
        subject=renamed,
    )
