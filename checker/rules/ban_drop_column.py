"""Dropping a column loses its values.

The values are gone when the migration commits. Indexes, unique and foreign key constraints over
the column go with it without a word, and code that still selects the column fails until the new
code is deployed everywhere: Prisma Client names every column of a model in each query.

A column or table that this pull request itself adds is not reported.

Instead: remove the field from the code and deploy that; where the column is required, make it
nullable first, so that new code can leave it out. Drop it in a migration of the next release.
"""

import re
from collections.abc import Iterator

from checker.changes import DropColumn, UpdateRows, quote
from checker.model import Finding
from checker.rules import Context, rule


@rule(DropColumn)
def check(change: DropColumn, at: Context) -> Iterator[Finding]:
    if at.before.is_new_column(change.table, change.column):
        return
    column = at.before.column(change.table, change.column)
    copied = _copied(change, at)
    required = column is not None and column.not_null and column.default is None
    keep = f"ALTER TABLE {change.table.sql} ALTER COLUMN {quote(change.column)} DROP NOT NULL;"
    drop = f"ALTER TABLE {change.table.sql} DROP COLUMN {quote(change.column)};"
    yield at.finding(
        f"Column `{change.table}.{change.column}` is dropped with all its values"
        + _lost_with_it(change, at),
        why=copied or "No later migration brings the values back.",
        advice="Deploy code that no longer uses the column; drop it in a migration of the next "
        "release.",
        fix=(f"{keep}\n\n" if required else "")
        + f"-- in a migration of the next release, when no running code selects it:\n{drop}",
        severity="warning" if copied else None,
    )


def _lost_with_it(change: DropColumn, at: Context) -> str:
    """The unique, primary and foreign keys that vanish with the column, by name."""
    table = at.before.table(change.table)
    if table is None:
        return ""
    names = [
        name
        for name, constraint in table.constraints.items()
        if change.column in constraint.columns and constraint.kind != "check"
    ]
    names += [
        name
        for name, index in table.indexes.items()
        if change.column in index.columns and index.unique and name not in names
    ]
    return ", and " + ", ".join(f"`{name}`" for name in names) + " with it" if names else ""


def _copied(change: DropColumn, at: Context) -> str | None:
    """Where an UPDATE of this pull request put the values first."""
    key = at.before.key(change.table)
    word = re.compile(rf"(?<!\w){re.escape(change.column)}(?!\w)", re.IGNORECASE)
    for statement in at.earlier:
        for update in statement.changes:
            if (
                isinstance(update, UpdateRows)
                and at.before.key(update.table) == key
                and change.column not in update.columns
                and word.search(statement.text)
            ):
                return (
                    f"An UPDATE used the values for `{', '.join(update.columns)}` before "
                    f"(line {statement.line}); whether all of them arrived is not known."
                )
    return None
