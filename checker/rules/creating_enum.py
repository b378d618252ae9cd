"""An enum of the database holds values that can be added and never removed.

ALTER TYPE knows ADD VALUE and RENAME VALUE. Where one has to go, the type is made anew and every
table with it is rewritten under ACCESS EXCLUSIVE; a value that was just added cannot be used in the
same transaction.

Instead: a table of the values with a foreign key, or text with a CHECK that can be replaced with
NOT VALID and VALIDATE.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import CreateEnum
from checker.rules import Context, rule
from checker.rules._columns import DESIGN, STYLE
from checker.rules._locks import POSTGRESQL


@rule(CreateEnum, severity="warning", providers=POSTGRESQL, presets=(STYLE, DESIGN))
def check(change: CreateEnum, at: Context) -> Iterator[Finding]:
    yield at.finding(
        f"The values of `{change.enum}` can be added to and never removed",
        why="Without a value the type is made anew, and every table with it is rewritten.",
        advice="Use a table of the values with a foreign key, or text with a CHECK.",
    )
