"""Dropping a foreign key locks the table that it points at, too.

The statement takes an ACCESS EXCLUSIVE lock on both tables (measured): it waits for every query on
the referenced table, often the busiest there is, and all later queries wait behind it. Where the
same transaction adds a key in its place, the lock is held until every row has been checked (a
notice). Where nothing replaces the key, rows may point nowhere from then on.

Not reported: a migration that has set a lock_timeout, tables that this pull request creates or
drops, a column that it drops, a key that is added again in a transaction of its own, and one that
is added again under its name, which adding-foreign-key-constraint reports.

Instead: set a lock_timeout in the migration, so that it gives up instead of stopping everyone; add
the new key NOT VALID, and validate it in a migration of its own.
"""

from collections.abc import Iterable, Iterator

from checker.model import Finding, Statement
from checker.model.changes import AddConstraint, Constraint, DropConstraint, Name, RenameTable
from checker.rules import Context, rule
from checker.rules._around import changes_in, has_lock_timeout, is_gone, same
from checker.rules._subjects import about


@rule(DropConstraint, severity="notice", providers=("postgresql",), claims=("lock",))
def check(change: DropConstraint, at: Context) -> Iterator[Finding]:
    table = at.before.table(change.table)
    known = table.constraints.get(change.name) if table else None
    parent = known.references if known else None
    if known is None or parent is None or change.cascade or same(at, parent, change.table):
        return
    if at.before.is_new_table(change.table) or at.before.is_new_table(parent):
        return
    if has_lock_timeout(at):
        return
    if is_gone(at, parent) or is_gone(at, change.table, known.columns):
        return
    kept = _is_added_again(at.statements, change.table, known, at)
    if kept and not _is_checked_meanwhile(change, known, at):
        return
    yield at.finding(
        about(
            "foreign key",
            f"`{change.name}` (of `{change.table}`)",
            f" locks `{parent}` too, against all reads and writes",
            ", until every row has been checked against the new key"
            if kept
            else ", and from then on rows may point nowhere",
            before="Dropping ",
        ),
        why="It waits for every query on both tables, and later queries wait behind it.",
        advice="Set a `lock_timeout`, so that it gives up instead of stopping everyone.",
        fix=f"SET lock_timeout = '5s';\n\n-- then:\n{at.statement.text};" if at.statement else None,
        severity=None if kept else "warning",
        table=parent,
    )


def _is_checked_meanwhile(change: DropConstraint, known: Constraint, at: Context) -> bool:
    """Whether the same transaction adds a key whose rows PostgreSQL checks at once, under another
    name.
    """
    if at.statement is None or not at.before.may_have_rows(change.table):
        return False
    after = (at.statement, *at.transaction.after(at.statement))
    if any(
        same(at, added.table, change.table)
        and added.constraint.kind == "foreign_key"
        and added.constraint.name == change.name
        for added in changes_in(after, AddConstraint)
    ):
        return False
    return _is_added_again(after, change.table, known, at, valid=True)


def _is_added_again(
    statements: Iterable[Statement],
    table: Name,
    known: Constraint,
    at: Context,
    *,
    valid: bool = False,
) -> bool:
    parents = {known.references}
    for moved in changes_in(at.statements, RenameTable):
        if same(at, moved.table, known.references):
            parents.add(Name(moved.to, moved.table.schema))
    return any(
        added.constraint.kind == "foreign_key"
        and same(at, added.table, table)
        and (
            set(added.constraint.columns) & set(known.columns)
            or any(same(at, added.constraint.references, parent) for parent in parents)
        )
        and not (valid and added.constraint.not_valid)
        for added in changes_in(statements, AddConstraint)
    )
