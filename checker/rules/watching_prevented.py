"""A statement of the migration keeps the checker from watching what it does.

Each statement of a new migration runs on a copy of the database with rows, where PostgreSQL is
asked what it did. This one ended the session or let it run out of time, changed how PostgreSQL
reads what follows, or failed there although the migration runs where nobody is watching. What it
does in production, and what the statements after it do, nobody has seen.

Code that asks where it runs has this effect, as do statements without an end.

Instead: leave out what the migration does not need for its work: ending sessions, loops that wait,
settings for the reading of text, questions about the server. Where it is needed, run it by hand,
and say so in a suppression comment with the reason.
"""

from collections.abc import Iterator

from checker.model import Finding, Prevention, Unread
from checker.rules import Context, rule


@rule(Unread, severity="error", providers=("postgresql",))
def check(fact: Unread, at: Context) -> Iterator[Finding]:
    if fact.prevention is None or fact.prevention.cause == "slow":
        return
    yield at.finding(
        f"What this does to rows could not be watched: {_reason(fact.prevention)}",
        why="Nothing is known of its effect on production, nor of what comes after it.",
        advice="Leave out what ends the session, waits, or asks where it runs.",
        evidence="observed",
    )


def _reason(prevention: Prevention) -> str:
    match prevention.cause:
        case "lost":
            return "it ended the session that it ran in"
        case "time":
            return f"the migrations ran longer than {prevention.seconds or 0:g} seconds"
        case "misread":
            setting = prevention.setting
            return f"`{setting}` makes PostgreSQL read what follows otherwise than it is written"
        case "failed":
            return f"it fails where it is watched, and nowhere else: {prevention.message}"
    return f"PostgreSQL could not be asked after it: {prevention.message}"
