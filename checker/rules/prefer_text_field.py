"""A column of type varchar(n) has its limit in its type.

In PostgreSQL varchar(n) is no faster and no smaller than text. A longer limit is free later, a
shorter one reads the whole table under ACCESS EXCLUSIVE.

Instead: `String` in schema.prisma without `@db.VarChar(n)`, and a CHECK on the length where there
has to be a limit: it can be changed with NOT VALID and VALIDATE.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.rules import Context, rule
from checker.rules._columns import STYLE, TYPES, TYPING, Typing, findings_on, of_type
from checker.rules._locks import POSTGRESQL
from checker.rules._subjects import HAS


@rule(*TYPING, severity="warning", providers=POSTGRESQL, presets=(STYLE, TYPES))
def check(change: Typing, at: Context) -> Iterator[Finding]:
    yield from findings_on(
        of_type(change, lambda kind: kind.name == "character varying" and kind.modifiers),
        (HAS, " a limit in the type"),
        change,
        at,
        why="A CHECK on the length can be changed without reading the table under a lock.",
        advice="Remove `@db.VarChar` in schema.prisma; add a CHECK where it needs a limit.",
    )
