"""SQL that is built at run time: what it does cannot be read.

A DO block that executes a string built from variables, format() or a query changes whatever the
database at hand makes of it. No rule has seen these statements. They run on tables with rows, where
their locks, work and losses are seen; what would have been read of them is not.

Instead: write the statements out. Where the block only asks whether something exists already, the
statements' own IF EXISTS and IF NOT EXISTS are enough.
"""

import re
from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import RunCode
from checker.rules import Context, rule

_EXECUTE = re.compile(r"\bEXECUTE\s+(?!FUNCTION\b|PROCEDURE\b|ON\b)([^;]*)", re.IGNORECASE)
_LITERAL = re.compile(r"('(?:[^']|'')*'|\$(\w*)\$.*?\$\2\$)\s*", re.DOTALL)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


@rule(RunCode, severity="notice", providers=("postgresql",))
def check(change: RunCode, at: Context) -> Iterator[Finding]:
    if change.kind != "DO" or at.statement is None:
        return
    body = _COMMENT.sub("", at.statement.text)
    built = [m[1] for m in _EXECUTE.finditer(body) if not _LITERAL.fullmatch(m[1])]
    if built:
        yield at.finding(
            "This block runs SQL that is built at run time: what it does has not been judged",
            why="No rule can see statements that are not in the file.",
            advice="Write the statements out where that is possible.",
        )
