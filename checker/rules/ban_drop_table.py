"""Dropping a table loses its rows.

The rows are gone when the migration commits, and no later migration brings them back. The
statement also waits for every query on the table, and on each table that it references by a
foreign key, with an ACCESS EXCLUSIVE lock; code that still reads the table fails from then on.

A table that this pull request itself creates is not reported, nor is DROP TABLE IF EXISTS of one
that no earlier migration has made: the statement does nothing.

Instead: stop using the table and deploy that. Rename the table, so that anything forgotten fails
loudly while the rows are still there, and drop it one release later.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import DropTable, InsertRows, Name, Opaque, RenameTable, RunCode, quote
from checker.rules import Context, rule
from checker.rules._around import changes_in, same, word_of


@rule(DropTable, claims=("loss",))
def check(change: DropTable, at: Context) -> Iterator[Finding]:
    if at.before.is_new_table(change.table) or (change.if_exists and _is_unheard_of(change, at)):
        return
    kept = _copied(change, at) or _replaced(change, at)
    aside = quote(f"_{change.table.name}_dropped")
    yield at.finding(
        f"Table `{change.table}` is dropped with all its rows{_dependents(change, at)}",
        why=kept or "No later migration brings the rows back.",
        advice="Deploy code that no longer uses it, set the table aside under another name, and "
        "drop it one release later.",
        fix=f"ALTER TABLE {change.table.sql} RENAME TO {aside};",
        severity="warning" if kept else None,
    )


def _is_unheard_of(change: DropTable, at: Context) -> bool:
    """Whether there is a history before, and the table is not of its making.

    What code makes, or a statement that was not understood, is seen by no one; Prisma makes its
    own table itself.
    """
    before = [m for m in at.history.migrations if m.state != "new"]
    if (
        not before
        or change.table.name == "_prisma_migrations"
        or at.before.relation_kind(change.table) is not None
        or any(m.sql is None for m in before)
    ):
        return False
    word = word_of(change.table.name)
    scripts = [at.scripts[m.name] for m in before if m.sql and word.search(m.sql)]
    read_ones = [s for script in scripts for s in script.statements]
    hidden = any(
        word.search(statement.text) and next(changes_in([statement], RunCode, Opaque), None)
        for statement in (*read_ones, *at.earlier)
    )
    return not hidden and all(script.problem is None for script in scripts)


def _dependents(change: DropTable, at: Context) -> str:
    """What CASCADE takes along, as far as the history tells."""
    if not change.cascade:
        return ""
    others = [
        f"`{table.name}.{constraint.name}`"
        for table, constraint in at.before.referencing(change.table)
        if table.name != change.table
    ]
    if not others:
        return ", and `CASCADE` drops all that depends on it"
    return ", and `CASCADE` drops the foreign keys " + ", ".join(others)


def _copied(change: DropTable, at: Context) -> str | None:
    """Where its rows were copied to, if this pull request did so first."""
    key = at.before.key(change.table)
    for statement in at.earlier:
        for copy in statement.changes:
            if isinstance(copy, InsertRows) and key in map(at.before.key, copy.source):
                return (
                    f"Rows were copied to `{copy.table}` earlier (line {statement.line}); "
                    "whether all of them arrived is not known."
                )
    return None


def _replaced(change: DropTable, at: Context) -> str | None:
    """The table that was there and takes its place under its name afterwards."""
    for moved in changes_in(at.later, RenameTable):
        to = Name(moved.to, moved.table.schema)
        if same(at, to, change.table) and not at.before.is_new_table(moved.table):
            return f"`{moved.table}` takes its place; whether it has all of the rows is not known."
    return None
