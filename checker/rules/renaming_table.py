"""Renaming a table breaks the code that still runs.

Until the new code has replaced the old everywhere, every query on the old name fails with SQLSTATE
42P01; and so again after a rollback of the code.

Not reported: a table that this pull request creates, and a rename after which a view or table has
the old name.

Instead: keep the table, and rename only the model: `@@map("OldName")`. To have the new name in the
database too, leave a view with the old name until no running code uses it.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import CreateTable, Name, RenameTable, quote
from checker.rules import Context, rule
from checker.rules._around import changes_in, is_made, same


@rule(RenameTable, severity="warning")
def check(change: RenameTable, at: Context) -> Iterator[Finding]:
    table = at.before.table(change.table)
    if at.before.is_new_table(change.table) or is_made(at, ("VIEW",), change.table):
        return
    if any(same(at, made.table, change.table) for made in changes_in(at.later, CreateTable)):
        return
    for renamed in changes_in(at.statements, RenameTable):
        if table is not None and same(at, Name(renamed.to, renamed.table.schema), change.table):
            return  # the second half of a swap
    to = Name(change.to, change.table.schema)
    yield at.finding(
        f"Table `{change.table}` is renamed to `{change.to}`: code that still runs and names the "
        "old table fails",
        why="Every query of the old Prisma Client on this model fails until it is replaced.",
        advice=f'Keep the table and rename only the model: `@@map("{change.table.name}")`. Or '
        "leave a view with the old name until no running code uses it.",
        fix=f"ALTER TABLE {change.table.sql} RENAME TO {quote(change.to)};\n"
        f"CREATE VIEW {change.table.sql} AS SELECT * FROM {to.sql};",
    )
