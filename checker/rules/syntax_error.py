"""A migration cannot be read as SQL.

PostgreSQL's own grammar refuses the text, so the migration fails on every database. A byte order
mark at the beginning and the marks of an unresolved merge conflict are named as such, and so are
the limits of this checker: a script that is nested thousands of levels deep, or takes longer than
30 seconds to be read, is not judged.

Instead: correct the statement; a file with a byte order mark has to be saved without one.
"""

from collections.abc import Iterator

from checker.model import Finding, Script
from checker.rules import Context, rule

_CERTAIN = "It fails on every database.", "Correct the text at this line."
_LIMIT = "Nothing in it was judged.", "Split it, or write it more simply."


@rule(Script)
def check(script: Script, at: Context) -> Iterator[Finding]:
    if script.problem is not None:
        certain = not script.problem.of_ours
        yield at.finding(
            f"The migration cannot be read: {script.problem.message}",
            why=_CERTAIN[0] if certain else _LIMIT[0],
            advice=_CERTAIN[1] if certain else _LIMIT[1],
            line=script.problem.line,
        )
