"""A column of type timestamp does not say which time zone it is in.

It stores what a clock on a wall showed. Whoever reads it has to know where that wall was, and
`now()` writes a different value in a session with another TimeZone. Prisma Client itself writes
UTC; other programs, psql and defaults of the database need not.

Instead: `DateTime @db.Timestamptz(3)` in schema.prisma: the same eight bytes, for an instant.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.rules import Context, rule
from checker.rules._columns import STYLE, TYPES, TYPING, Typing, findings_on, of_type
from checker.rules._locks import POSTGRESQL
from checker.rules._subjects import IS


@rule(*TYPING, severity="warning", providers=POSTGRESQL, presets=(STYLE, TYPES))
def check(change: Typing, at: Context) -> Iterator[Finding]:
    yield from findings_on(
        of_type(change, lambda kind: kind.name == "timestamp without time zone"),
        (IS, " without a time zone"),
        change,
        at,
        why="The same value means another instant in a session with another `TimeZone`.",
        advice="Write `@db.Timestamptz(3)` in schema.prisma.",
    )
