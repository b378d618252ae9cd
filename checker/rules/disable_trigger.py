"""Triggers are turned off and stay off.

Foreign keys are triggers too: DISABLE TRIGGER ALL lets in rows that point nowhere, and turning them
on again does not look for them. So does session_replication_role = replica, until the connection
ends.

Not reported: tables that this pull request creates, and triggers that the same pull request turns
on again.

Instead: turn them on again in the same migration, and check the rows that came in meanwhile.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AlterTable, SetParameter, quote
from checker.rules import Context, rule
from checker.rules._around import changes_in, same


@rule(AlterTable, SetParameter, severity="warning", providers=("postgresql",))
def check(change: AlterTable | SetParameter, at: Context) -> Iterator[Finding]:
    advice = "Turn them on again in the same migration."
    if isinstance(change, SetParameter):
        if change.name != "session_replication_role" or change.value != "replica" or change.local:
            return
        for later in changes_in(at.later, SetParameter):
            if later.name in (change.name, "ALL") and later.value != "replica":
                return
        yield at.finding(
            "All triggers and foreign keys are turned off for the rest of the deployment",
            why="Rows that point nowhere are let in, and nothing looks for them afterwards.",
            advice=advice,
            fix="SET session_replication_role = origin;",
        )
        return
    if not change.what.startswith("DISABLE TRIGGER") or at.before.is_new_table(change.table):
        return
    if any(_turns_on(later, change, at) for later in changes_in(at.later, AlterTable)):
        return
    which = "ALL" if "ALL" in change.what else "USER" if "USER" in change.what else ""
    name = which or (quote(change.argument.name) if change.argument else "ALL")
    yield at.finding(
        f"Triggers of `{change.table}` are turned off and stay off: `{change.what}`",
        why="What they check or keep up to date is wrong from then on"
        + (", foreign keys too." if which == "ALL" else "."),
        advice=advice,
        fix=f"ALTER TABLE {change.table.sql} ENABLE TRIGGER {name};",
    )


def _turns_on(later: AlterTable, change: AlterTable, at: Context) -> bool:
    if not (later.what.startswith("ENABLE") and "TRIGGER" in later.what):
        return False
    whole = later.what.endswith((" ALL", " USER"))
    return same(at, later.table, change.table) and (whole or later.argument == change.argument)
