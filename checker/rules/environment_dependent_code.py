"""What a block does depends on where, when or on how many rows it runs.

A condition asks for the server, the session, the clock or a number of rows. On the database that
the checker makes the answer may be another than in production, so that what was seen there may not
be what happens.

Not reported: whether an object or a row exists, which the checker's database answers as production
does.

Instead: ask for what the statements need (`IF EXISTS`, a condition in `WHERE`), not for the place.
"""

import re
from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import RunCode
from checker.rules import Context, rule

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_CONDITION = re.compile(
    r"\b(?:IF|ELSIF|WHEN|WHILE)\b(.{0,2000}?)\b(?:THEN|LOOP)\b", re.IGNORECASE | re.DOTALL
)
_ASKED = {
    "the session": r"pg_stat_activity|pg_backend_pid|application_name|pg_stat_ssl|txid_current",
    "the server": r"pg_event_trigger|inet_(?:server|client)_(?:addr|port)|pg_is_in_recovery|"
    r"pg_postmaster_start_time|pg_settings|server_version\w*|data_directory|version\s*\(",
    "the name of the database": r"current_database\s*\(|current_catalog\b|pg_database\b",
    "the role": r"current_user\b|session_user\b|current_role\b|rolsuper\b|is_superuser\b",
    "the clock": r"now\s*\(|current_(?:date|time|timestamp)\b|clock_timestamp|statement_timestamp",
    "chance": r"random\s*\(|gen_random_\w+",
    "a number of rows": r"count\s*\(|reltuples|n_live_tup|pg_(?:total_)?relation_size",
}


@rule(RunCode, severity="notice", providers=("postgresql",))
def check(change: RunCode, at: Context) -> Iterator[Finding]:
    if change.kind != "DO" or at.statement is None:
        return
    text = _COMMENT.sub("", at.statement.text)
    conditions = " ".join(found[1] for found in _CONDITION.finditer(text))
    asked = [
        what for what, names in _ASKED.items() if re.search(rf"\b(?:{names})", conditions, re.I)
    ]
    if asked:
        yield at.finding(
            f"What this block does depends on {' and '.join(asked)}",
            why="On the checker's database the answer may be another than in production.",
            advice="Ask for what the statements need, not for where they run.",
        )
