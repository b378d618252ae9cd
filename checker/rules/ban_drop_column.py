"""Dropping a column loses its values.

The values are gone when the migration commits. Indexes, unique and foreign key constraints over
the column go with it without a word, and code that still selects the column fails until the new
code is deployed everywhere: Prisma Client names every column of a model in each query.

Where an UPDATE or an INSERT of the pull request has read the values earlier, this is a warning:
they may all be stored elsewhere by then. A column or table that this pull request itself adds is
not reported, nor is a column that it has set to NULL in every row.

Instead: remove the field from the code and deploy that; where the column is required, make it
nullable first, so that new code can leave it out. Drop it in a migration of the next release. Where
the migration adds one column of the same type to the table, that may be this one renamed: Prisma
writes a rename as a drop and an add.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddColumn, DropColumn, Name, UpdateRows, quote
from checker.rules import Context, rule
from checker.rules._around import changes_in, is_cleared, name_taken_later, same, values_used
from checker.rules._subjects import IS, ITS, about


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
    name = f"`{change.table}.{change.column}`{_lost_with_it(change, at)}"
    yield at.finding(
        about("Column", name, " ", IS, " dropped with all ", ITS, " values"),
        why=copied or "No later migration brings the values back.",
        advice="Deploy code that no longer uses the column; drop it in a migration of the next "
        "release." + ("" if copied else _or_rename(change, at)),
        fix=_keep(change, required and change.column not in key, at),
        severity="warning" if copied else None,
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


def _or_rename(change: DropColumn, at: Context) -> str:
    """What to write if the one column that the migration drops from the table is the one that it
    adds there with the same type, under a name that does not tell.
    """
    known = at.before.column(change.table, change.column)
    others = [
        each
        for each in changes_in(at.statements[at.begin : at.end], DropColumn, AddColumn)
        if same(at, each.table, change.table) and each != change
    ]
    if known is None or len(others) != 1 or not isinstance(others[0], AddColumn):
        return ""
    new = others[0].column
    if (
        (new.type, new.generated) != (known.type, known.generated)
        or new.filled
        or (new.not_null and not known.not_null)
        or _is_filled(change.table, new.name, at)
    ):
        return ""
    return (
        f" If `{new.name}` is this column under a new name, write `ALTER TABLE {change.table.sql} "
        f"RENAME COLUMN {quote(change.column)} TO {quote(new.name)};` in place of both, or keep "
        f"the column and map the field with `@map({quote(change.column)})`."
    )


def _is_filled(table: Name, column: str, at: Context) -> bool:
    return any(
        same(at, update.table, table) and column in update.columns
        for update in changes_in(at.statements, UpdateRows)
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
