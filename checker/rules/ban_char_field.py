"""A column of type char(n) is padded with spaces.

Shorter values are padded; whether a value read back ends in spaces depends on the function. The
type saves neither space nor time.

Instead: `String` in schema.prisma without `@db.Char(n)`, which is `text`; a CHECK on the length
where it is fixed.
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
        of_type(change, lambda kind: kind.name in ("character", "bpchar")),
        (IS, " padded with spaces to the full length"),
        change,
        at,
        why="Comparisons and functions treat the spaces at the end differently.",
        advice="Remove `@db.Char` in schema.prisma, and add a CHECK where the length is fixed.",
    )
