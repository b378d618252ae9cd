"""Renaming a column breaks the code that still runs.

Until the new code has replaced the old everywhere, every query of Prisma Client on the model names
the old column and fails with SQLSTATE 42703; and so again after a rollback of the code.

Where a new column takes the old name, no query fails: old and new code find NULL, or its default,
where the values were, and the values are under the new name.

Not reported: a table that this pull request creates, a column that it adds, and a rename after
which a column with values has the old name: a generated one, one that an UPDATE fills, or another
one that is renamed. Where the table itself is renamed, that is reported instead.

Instead: keep the column, and rename only the field: `newName Type @map("old_name")`. To have the
new name in the database too, add a column, write both, and drop the old one a release later.
"""

from collections.abc import Iterator
from typing import cast

from checker.model import Finding
from checker.model.changes import AddColumn, RenameColumn, RenameTable, UpdateRows
from checker.rules import Context, rule
from checker.rules._around import changes_in, name_taken_later, same
from checker.rules._subjects import about


@rule(RenameColumn, severity="warning")
def check(change: RenameColumn, at: Context) -> Iterator[Finding]:
    if at.before.is_new_column(change.table, change.column):
        return
    for moved in changes_in(at.statements, RenameTable):
        if change.table.name in (moved.table.name, moved.to):
            return  # the new name of the table is what old code meets first
    if name_taken_later(change.table, change.column, at):
        added = _in_its_place(change, at)
        if added is not None and not _has_values(added, change, at):
            yield _emptied(change, added, at)
        return
    yield at.finding(
        about(
            "",
            f"`{change.table}.{change.column}` to `{change.to}`",
            " breaks code that still runs and names the old column",
            before="Renaming ",
        ),
        why="Prisma Client names every column of a model in its queries; renaming only the field "
        "takes no migration.",
        advice=f'Keep the column and rename the field: `{change.to} … @map("{change.column}")`.',
    )


def _in_its_place(change: RenameColumn, at: Context) -> AddColumn | None:
    """The column of this pull request that gets the old name, at once or by a rename of its own."""
    names = {change.column}
    names |= {
        moved.column
        for moved in changes_in(at.later, RenameColumn)
        if same(at, moved.table, change.table) and moved.to == change.column
    }
    for added in changes_in(at.statements, AddColumn):
        if same(at, added.table, change.table) and added.column.name in names:
            return cast(AddColumn, added)
    return None


def _has_values(added: AddColumn, change: RenameColumn, at: Context) -> bool:
    """Whether the rows have values of their own in the new column: it makes them, or an UPDATE."""
    return added.column.filled or any(
        same(at, update.table, change.table)
        and {added.column.name, change.column} & set(update.columns)
        for update in changes_in(at.statements, UpdateRows)
    )


def _emptied(change: RenameColumn, added: AddColumn, at: Context) -> Finding:
    """The name now stands for another column, which running code does not know."""
    default = added.column.default
    what = "NULL" if default is None else f"`{default}`"
    return at.finding(
        about(
            "",
            f"`{change.table}.{change.column}`",
            f" are in `{change.to}` from now on: code that reads `{change.column}` finds {what} in "
            "every row",
            before="The values of ",
        ),
        why="The new column has the old name, so no query fails, and nobody sees that its values "
        "differ.",
        advice=f"Leave `{change.column}` as it is, and give the new column another name; "
        "@map gives it any name in the code.",
    )
