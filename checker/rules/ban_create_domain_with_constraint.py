"""A domain has a constraint of its own.

Whenever it changes, every table with a column of the domain is read under a SHARE lock; adding a
column of the domain rewrites its table, even without a default.

Instead: a domain without a constraint, or the base type, with a CHECK on the table: it can be
changed table by table with NOT VALID and VALIDATE.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import CreateDomain
from checker.rules import Context, rule
from checker.rules._columns import DESIGN, STYLE
from checker.rules._locks import POSTGRESQL


@rule(CreateDomain, severity="warning", providers=POSTGRESQL, presets=(STYLE, DESIGN))
def check(change: CreateDomain, at: Context) -> Iterator[Finding]:
    if change.constraints or change.not_null:
        yield at.finding(
            f"The domain `{change.domain}` has a constraint, which all its tables share",
            why="Whenever it changes, all of them are read under a lock.",
            advice="Put the CHECK on the tables.",
        )
