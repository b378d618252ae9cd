"""A column of type json can be neither compared nor indexed.

It keeps the text as it was written and parses it at every access. There is no `=` for it, so that
DISTINCT, GROUP BY and UNION over the row fail with SQLSTATE 42883.

Instead: `Json` in schema.prisma without `@db.Json`, which is `jsonb`. Keep json only where the
exact text matters.
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
        of_type(change, lambda kind: kind.name == "json"),
        (IS, " of type json, which can be neither compared nor indexed"),
        change,
        at,
        why="There is no `=` for json: DISTINCT, GROUP BY and UNION over the row fail.",
        advice="Remove `@db.Json` in schema.prisma: `Json` is `jsonb`.",
    )
