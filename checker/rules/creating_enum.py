"""Values of a database enum can be added but never removed.

ALTER TYPE has ADD VALUE and RENAME VALUE. To remove one, the type must be recreated and every table
that uses it rewritten under ACCESS EXCLUSIVE; a value that was just added cannot be used in the
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
        f"Values can be added to `{change.enum}` but never removed",
        why="To remove one, the type is recreated and every table that uses it rewritten.",
        advice="Use a table of the values with a foreign key, or text with a CHECK.",
    )
