"""A name of more than 63 bytes is cut off.

PostgreSQL takes the first 63 bytes and says so in a notice that nobody reads. Two names with the
same beginning become one and clash with SQLSTATE 42P07 or 42701, and the name in the migration is
not the one in the database.

Instead: a name of at most 63 bytes, by `map:` or `@@map` in schema.prisma.
"""

import re
from collections.abc import Iterator

from checker.model import Finding, Script
from checker.rules import Context, rule
from checker.rules._columns import NAMING, STYLE
from checker.rules._locks import POSTGRESQL
from checker.sql.naming import LONGEST_NAME

# Texts and comments are skipped; what is left in one of the two groups is a name or a keyword.
_WORD = re.compile(
    r"""'(?:[^']|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|--[^\n]*|/\*.*?\*/"""
    r"""|"(?P<quoted>(?:[^"]|"")+)"|(?P<plain>[^\W\d][\w$]*)""",
    re.DOTALL,
)


@rule(Script, severity="warning", providers=POSTGRESQL, presets=(STYLE, NAMING))
def check(script: Script, at: Context) -> Iterator[Finding]:
    for statement in script.statements:
        for name in dict.fromkeys(_names(statement.text)):
            if len(name.encode()) > LONGEST_NAME:
                cut = name.encode()[:LONGEST_NAME].decode(errors="ignore")
                yield at.on(statement).finding(
                    f"`{name}` has {len(name.encode())} bytes and becomes `{cut}`",
                    why="PostgreSQL keeps the first 63 bytes of a name.",
                    advice="Give it a shorter one by `map:` or `@@map` in schema.prisma.",
                )


def _names(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text):
        if match["quoted"]:
            yield match["quoted"].replace('""', '"')
        elif match["plain"]:
            yield match["plain"].lower()
