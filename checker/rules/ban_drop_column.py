"""Dropping a column loses its values.

The values are gone when the migration commits. Indexes, unique and foreign key constraints over
the column go with it without a word, and code that still selects the column fails until the new
code is deployed everywhere: Prisma Client names every column of a model in each query.

Where an UPDATE or an INSERT of the pull request has read the values before, this is a warning: they
may all be elsewhere by then. A column or table that this pull request itself adds is not reported,
nor a column that it has set to NULL in every row.

Instead: remove the field from the code and deploy that; where the column is required, make it
nullable first, so that new code can leave it out. Drop it in a migration of the next release.
"""

from collections.abc import Iterator

from checker.changes import DropColumn, quote
from checker.model import Finding
from checker.rules import Context, rule
from checker.rules._around import is_cleared, name_taken_later, values_used


@rule(DropColumn, claims=("loss",))
def check(change: DropColumn, at: Context) -> Iterator[Finding]:
    if at.before.is_new_column(change.table, change.column):
        return
    if is_cleared(change.table, change.column, at):
        return
    column = at.before.column(change.table, change.column)
    copied = values_used(change.table, change.column, at)
    table = at.before.table(change.table)
    key = table.primary_key if table else ()  # whose columns PostgreSQL does not make nullable
    required = column is not None and column.not_null and column.default is None
    subject = f"Column `{change.table}.{change.column}`" + _lost_with_it(change, at)
    yield at.finding(
        f"{subject} is dropped with all its values",
        why=copied or "No later migration brings the values back.",
        advice="Deploy code that no longer uses the column; drop it in a migration of the next "
        "release.",
        fix=_keep(change, required and change.column not in key, at),
        severity="warning" if copied else None,
        subject=subject,
    )


def _keep(change: DropColumn, required: bool, at: Context) -> str:
    """The drop one release later; under another name where a column made here takes its name."""
    alter, name, steps = f"ALTER TABLE {change.table.sql}", change.column, []
    if name_taken_later(change.table, name, at):
        aside = f"_{name}_dropped"
        steps.append(f"{alter} RENAME COLUMN {quote(name)} TO {quote(aside)};")
        name = aside
    if required:
        steps.append(f"{alter} ALTER COLUMN {quote(name)} DROP NOT NULL;")
    return (
        "".join(f"{step}\n" for step in steps)
        + "\n" * bool(steps)
        + "-- in a migration of the next release, when no running code selects it:\n"
        + f"{alter} DROP COLUMN {quote(name)};"
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
    return " (with " + ", ".join(f"`{name}`" for name in names) + ")" if names else ""
