"""A column of type integer or smallint holds small numbers only.

An integer ends at 2,147,483,647, a smallint at 32,767; beyond that a statement fails with SQLSTATE
22003. A wider type later rewrites the whole table under ACCESS EXCLUSIVE.
`prefer-bigint-primary-key` reports keys.

Instead: `BigInt` in schema.prisma, which is `bigint`, where the number can grow with the data.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.rules import Context, rule
from checker.rules._columns import STYLE, TYPES, TYPING, Typing, findings_on, keys_of, of_type
from checker.rules._locks import POSTGRESQL
from checker.rules._subjects import IS

_LIMITS = {"integer": "2,147,483,647", "smallint": "32,767"}


@rule(*TYPING, severity="warning", providers=POSTGRESQL, presets=(STYLE, TYPES))
def check(change: Typing, at: Context) -> Iterator[Finding]:
    keys = keys_of(change, at)
    for column in of_type(change, lambda kind: kind.name in _LIMITS):
        if column.name not in keys:
            yield from findings_on(
                [column],
                (IS, f" limited to {_LIMITS[column.type.name]}"),
                change,
                at,
                why="A wider type later rewrites the whole table under ACCESS EXCLUSIVE.",
                advice="Make it `BigInt` in schema.prisma where the number can grow with the data.",
            )
