"""A new constraint on a domain reads every table that uses it.

ALTER DOMAIN … ADD CONSTRAINT and SET NOT NULL test every row of every table that has a column of
the domain, and fail on the first that does not pass. VALIDATE CONSTRAINT does the same: measured on
PostgreSQL 15 and 17 it takes the same locks, unlike that of a table.

Lock: SHARE on each of these tables, for a time that grows with its rows.

Instead: put the CHECK on the tables themselves, added NOT VALID and validated in a migration of
its own, table by table. NOT VALID on the domain holds for new values at once, and can stay so.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AlterDomain, quote
from checker.rules import Context, rule
from checker.rules._locks import POSTGRESQL


@rule(AlterDomain, severity="warning", scales=True, providers=POSTGRESQL, claims=("failure",))
def check(change: AlterDomain, at: Context) -> Iterator[Finding]:
    if not _tests_rows(change):
        return
    used = [
        table
        for table, _ in at.before.columns_of_type(change.domain)
        if at.before.may_have_rows(table.name)
    ]
    if not used:
        return
    tables = ", ".join(dict.fromkeys(f"`{table.name}`" for table in used))
    yield at.finding(
        f"A constraint on domain `{change.domain}` is tested on every row of {tables}",
        why="SHARE lock: writes to these tables wait until every row is read, and one value that "
        "does not pass stops the migration.",
        advice="Add it NOT VALID and leave it so: it holds for new values. Test the old ones with "
        "constraints on the tables.",
        fix=_fix(change),
        table=used[0].name,
    )


def _tests_rows(change: AlterDomain) -> bool:
    if change.what == "ADD CONSTRAINT":
        return change.constraint is not None and not change.constraint.not_valid
    return change.what in ("SET NOT NULL", "VALIDATE CONSTRAINT")


def _fix(change: AlterDomain) -> str | None:
    if change.what == "VALIDATE CONSTRAINT":
        return None
    constraint = change.constraint
    ending = "check" if constraint else "not_null"
    name = (constraint and constraint.name) or f"{change.domain.name}_{ending}"
    condition = constraint.expression if constraint else "VALUE IS NOT NULL"
    return (
        f"ALTER DOMAIN {change.domain.sql} ADD CONSTRAINT {quote(name)} CHECK ({condition}) "
        "NOT VALID;"
    )
