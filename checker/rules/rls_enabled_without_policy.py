"""Row level security is turned on, and no policy lets anyone see a row.

For every role but the owner the table is empty from then on, without any error: with FORCE for the
owner too. Code that connects as such a role reads nothing and cannot insert.

Not reported: a table that this pull request creates, where that is the safe way to begin.

Off by default: where the application connects as the owner, that is how to shut out the other
roles of a hosting platform.

Instead: create the policies in the same migration.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AlterTable, CreateObject, quote
from checker.rules import Context, rule
from checker.rules._around import changes_in, same


@rule(AlterTable, severity="warning", default=False, providers=("postgresql",))
def check(change: AlterTable, at: Context) -> Iterator[Finding]:
    if change.what != "ENABLE ROW LEVEL SECURITY" or at.before.is_new_table(change.table):
        return
    for made in changes_in(at.statements, CreateObject):
        if made.kind == "POLICY" and same(at, made.on, change.table):
            return
    policy = quote(f"{change.table.name}_all")
    yield at.finding(
        f"Every role but the owner sees no row of `{change.table}` from now on: it has no policy",
        why="Nothing fails: queries return no rows.",
        advice="Create the policies in the same migration.",
        fix=f"ALTER TABLE {change.table.sql} ENABLE ROW LEVEL SECURITY;\n"
        f"CREATE POLICY {policy} ON {change.table.sql} USING (/* which rows */);",
    )
