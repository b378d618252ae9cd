"""Several statements each read or rewrite a whole table that one could.

ALTER TABLE takes several actions: the table is then rewritten once for all of them, and read once
for all NOT NULL and CHECK that it has to prove (docs, ALTER TABLE, Notes). Each statement of its
own does the work again, under a lock that is held until the last is done.

Off by default: what each of them does is reported already, with a way to avoid the work altogether.

Instead: write the actions into one ALTER TABLE, separated by commas.
"""

from collections.abc import Iterator
from typing import Any

from checker.model import Finding
from checker.model.changes import AddColumn, AddConstraint, AlterColumnType, SetNotNull
from checker.rules import Context, find_rule, rule
from checker.rules._around import changes_in, same
from checker.rules._locks import POSTGRESQL, judged_by

_KINDS = (AlterColumnType, SetNotNull, AddConstraint, AddColumn)
_WORK = (
    "adding-check-column", "adding-constrained-domain-column", "adding-field-with-default",
    "adding-generated-stored", "adding-not-nullable-field", "adding-serial-column",
    "changing-column-type", "constraint-missing-not-valid", "no-data-loss-type-narrowing",
)  # fmt: skip


@rule(*_KINDS, severity="warning", default=False, providers=POSTGRESQL)
def check(change: Any, at: Context) -> Iterator[Finding]:
    if at.statement is None or not _works(change, at):
        return
    if _of_table([at.statement], change, at)[0] is not change:
        return
    if _of_table(at.before_in_file, change, at):
        return  # reported there
    again = [s for s in at.after_in_file if any(_works(c, at) for c in _of_table([s], change, at))]
    if again:
        lines = ", ".join(str(statement.line) for statement in again)
        yield at.finding(
            f"All of `{change.table}` is read or rewritten here, and again in line {lines}",
            why="The work is done anew each time, and the lock held until the last is done.",
            advice="Write the actions into one ALTER TABLE, separated by commas.",
        )


def _of_table(statements: Any, change: Any, at: Context) -> list[Any]:
    """The changes of the same table that may do work."""
    return [c for c in changes_in(statements, *_KINDS) if same(at, c.table, change.table)]


def _works(change: Any, at: Context) -> bool:
    return any(
        type(change) in find_rule(name).facts and judged_by(name, change, at) for name in _WORK
    )
