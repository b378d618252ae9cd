"""Autovacuum is turned off for a table.

Dead rows are no longer removed, statistics go stale, and the table grows without end until a forced
vacuum against wraparound comes at a time of its own choosing.

Instead: leave it on, and give the table its own thresholds where the default ones do not fit.
"""

import re
from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AlterTable
from checker.rules import Context, rule
from checker.rules._around import changes_in, same

_OFF = re.compile(r"autovacuum_enabled\"?\s*=\s*'?(false|off|no|0|f|n)\b", re.IGNORECASE)


@rule(AlterTable, severity="warning", providers=("postgresql",))
def check(change: AlterTable, at: Context) -> Iterator[Finding]:
    text = at.statement.text if at.statement else ""
    if not change.what.startswith("SET (") or not _OFF.search(text):
        return
    for later in changes_in(at.later, AlterTable):
        if "autovacuum_enabled" in later.what and same(at, later.table, change.table):
            return  # the last one decides, and is judged itself
    yield at.finding(
        f"Autovacuum is turned off for `{change.table}`: it grows without end",
        why="Dead rows are no longer removed, until a forced vacuum against wraparound.",
        advice="Leave it on, and give the table its own thresholds.",
        fix=f"ALTER TABLE {change.table.sql} RESET (autovacuum_enabled);",
    )
