"""A constraint is dropped, and nothing takes its place.

From then on the database accepts rows that the constraint kept out, and putting it back fails as
soon as there is one.

Not reported: a constraint that the same pull request adds again in another form, whose column or
table it drops, or which only proved what SET NOT NULL has settled. Foreign keys have a rule of
their own.

Instead: make sure that nothing relies on it, or add what replaces it in the same migration.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddConstraint, Constraint, CreateIndex, DropConstraint
from checker.rules import Context, rule
from checker.rules._around import changes_in, is_gone, same

_WORDS = {
    "primary_key": "two rows may agree in",
    "unique": "two rows may agree in",
    "check": "values are no longer checked in",
    "exclude": "rows may conflict in",
}


@rule(DropConstraint, severity="warning")
def check(change: DropConstraint, at: Context) -> Iterator[Finding]:
    table = at.before.table(change.table)
    known = table.constraints.get(change.name) if table else None
    if table is None or known is None or known.kind not in _WORDS or change.cascade:
        return
    if at.before.is_new_table(change.table) or is_gone(at, change.table, known.columns):
        return
    if _is_replaced(change, known, at):
        return
    columns = [table.column(name) for name in known.columns]
    asks_for_values = "isnotnull" in "".join((known.expression or "").lower().split())
    if asks_for_values and all(column is not None and column.not_null for column in columns):
        return
    names = ", ".join(known.columns) or known.expression or "its columns"
    yield at.finding(
        f"The constraint `{change.name}` is dropped and nothing replaces it: from now on "
        f"{_WORDS[known.kind]} `{change.table}({names})`",
        why="Putting it back fails as soon as one row violates it.",
        advice="Make sure that nothing relies on it, or add what replaces it in this migration.",
    )


def _is_replaced(change: DropConstraint, known: Constraint, at: Context) -> bool:
    for added in changes_in(at.statements, AddConstraint, CreateIndex):
        if not same(at, added.table, change.table):
            continue
        if isinstance(added, CreateIndex):
            alike, columns = known.kind == "unique" and added.unique, added.columns
        else:
            alike = added.constraint.kind in (known.kind, "primary_key")
            columns = added.constraint.columns
            if added.constraint.name == change.name:
                return True
        if alike and (not known.columns or set(columns) & set(known.columns)):
            return True
    return False
