"""The replay saw rows or values disappear that the statement does not name.

The statement ran on tables filled with synthetic rows, and afterwards rows or values were gone that
its text does not mention: a DO block or a function that deletes, a foreign key that deletes or
empties rows of other tables by ON DELETE, a trigger, a change of type that does not keep every
value. So is a MERGE, an UPDATE … FROM or a DELETE … USING that takes every row there is, and an
expression after USING that makes different values alike (a warning: it is written there).

Not reported: what another rule reports about the same statement, values that were found again in
another column afterwards, and rows or values that the statement itself says it deletes or sets.

Instead: copy what must be kept before it goes, or take it out of the reach of the statement.
"""

from collections.abc import Iterator

from checker.model import Finding, Loss, Severity, Unread
from checker.model.changes import (
    DEFAULT_SCHEMA,
    AlterColumnType,
    DeleteRows,
    Name,
    UpdateRows,
)
from checker.model.words import loss_words
from checker.rules import Context, rule


@rule(Unread, severity="error", providers=("postgresql",))
def check(fact: Unread, at: Context) -> Iterator[Finding]:
    if fact.loss is None:
        return
    severity, why = _written(fact.loss, at)
    yield at.finding(
        f"Data of `{fact.loss.table}` are lost: {loss_words(fact.loss)}",
        why=_by_foreign_key(fact.loss, at) or why,
        advice="Keep a copy of what must stay, or take it out of the statement's reach.",
        severity=severity,
        evidence="proven",
        columns=(fact.loss.column,) if fact.loss.column is not None else (),
    )


def _written(loss: Loss, at: Context) -> tuple[Severity | None, str]:
    """How severe a loss is that the statement speaks of without saying how much goes; and why it
    is one.
    """
    for change in at.statement.changes if at.statement else ():
        match change:
            case AlterColumnType() if change.using is not None and loss.kind == "values":
                return "warning", "Values that differ are alike after the expression behind USING."
            case UpdateRows() if change.joined and loss.kind == "values":
                return "warning", "Every row meets the join, so that no old value stays."
            case DeleteRows() if change.joined and loss.kind == "rows":
                return None, "Every row meets the join, so that none stays."
    return None, "The statement does not name them; the replay saw them go."


def _by_foreign_key(loss: Loss, at: Context) -> str:
    """How a DELETE reaches them by the foreign keys' ON DELETE; nothing where it does not."""
    statement = at.statement
    for change in statement.changes if statement else ():
        if isinstance(change, DeleteRows) and (way := _way(loss, change.table, at)):
            action, tables = way
            words = "these with rows of ".join(f"`{table}`, " for table in tables)
            does = "takes them along" if action == "CASCADE" else "changes them"
            return f"ON DELETE {action} {does} with rows of {words}which the statement deletes."
    return ""


def _way(loss: Loss, deleted: Name, at: Context) -> tuple[str, list[str]] | None:
    """The last action, and the tables on the way back from the loss, the deleted one last."""
    visited = {at.before.key(deleted)}
    ways = [[deleted]]
    for way in ways:
        for table, key in at.before.referencing(way[0]):
            action = (key.on_delete or "").upper()
            if _plain(table.name) == loss.table and (
                action == "CASCADE"
                if loss.kind == "rows"
                else action.startswith("SET") and loss.column in key.columns
            ):
                return " ".join(action.split()[:2]), [_plain(each) for each in way]
            if action == "CASCADE" and at.before.key(table.name) not in visited:
                visited.add(at.before.key(table.name))
                ways.append([table.name, *way])
    return None


def _plain(name: Name) -> str:
    """A table as observations name it."""
    return str(name).removeprefix(f"{DEFAULT_SCHEMA}.")
