"""A migration cannot be read as SQL.

PostgreSQL's own grammar refuses the text, so the migration fails on every database. A byte order
mark at the beginning and the marks of an unresolved merge conflict are named as such.

Instead: correct the statement; a file with a byte order mark has to be saved without one.
"""

from collections.abc import Iterator

from checker.model import Finding, Script
from checker.rules import Context, rule


@rule(Script)
def check(script: Script, at: Context) -> Iterator[Finding]:
    if script.problem is not None:
        yield at.finding(
            f"The migration cannot be read: {script.problem.message}",
            why="It fails on every database.",
            advice="Correct the text at this line.",
            line=script.problem.line,
        )
