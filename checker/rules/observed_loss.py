"""The replay saw rows or values disappear that the statement does not name.

The statement ran on tables filled with synthetic rows, and afterwards rows or values were gone that
reading it does not tell of: a DO block or a function that deletes, a foreign key that deletes or
empties rows of other tables by ON DELETE, a trigger, a change of type that does not keep every
value.

Not reported: what another rule reports of the same statement, values that were found again in
another column afterwards, and rows or values that the statement itself says it deletes or sets.

Instead: copy what must be kept before it goes, or take it out of the reach of the statement.
"""

from collections.abc import Iterator

from checker.model import Finding, Unread
from checker.rules import Context, rule
from checker.seen import loss_words


@rule(Unread, severity="error", providers=("postgresql",))
def check(fact: Unread, at: Context) -> Iterator[Finding]:
    if fact.loss is None:
        return
    yield at.finding(
        f"Data of `{fact.loss.table}` are lost: {loss_words(fact.loss)}",
        why="The statement does not name them; the replay saw them go.",
        advice="Keep a copy of what must stay, or take it out of the statement's reach.",
        evidence="proven",
    )
