"""A new type of a column rewrites the whole table.

PostgreSQL writes every row and every index of the table anew, although each value survives. Nobody
reads or writes the table meanwhile.

Lock: ACCESS EXCLUSIVE on the table, for a time that grows with its rows.

Not reported: changes that leave the stored rows as they are. Those are a longer or no limit
(VARCHAR, BIT VARYING, the precision of DECIMAL at the same scale, the fraction of a second), TEXT
and VARCHAR and CITEXT into one another without a limit, CIDR into INET, a domain without a
constraint, and TIMESTAMP into TIMESTAMPTZ without a new precision where the session's time zone is
UTC, as it is in the replay; in any other, the table is rewritten.

Instead: add a column of the new type, let the application write both, fill it in batches, and
switch over. A value added to an enum needs no new type: ALTER TYPE … ADD VALUE is free.
"""

import re
from collections.abc import Iterator

from checker.changes import AlterColumnType, RecreateEnum, quote
from checker.model import Finding
from checker.rules import Context, rule
from checker.rules._locks import POSTGRESQL, fill, judged_by
from checker.sql.rewriting import type_change_cost

WHY = (
    "ACCESS EXCLUSIVE lock: nobody reads or writes the table until all rows and indexes are "
    "written."
)
_SETS = re.compile(
    r"(?:\bSET\s+(?:SESSION\s+|LOCAL\s+)?)TIME\s*ZONE\s*(?:=|\bTO\b)?\s*'?([\w/+:-]+)",
    re.IGNORECASE,
)


@rule(AlterColumnType, RecreateEnum, severity="warning", scales=True, providers=POSTGRESQL)
def check(change: AlterColumnType | RecreateEnum, at: Context) -> Iterator[Finding]:
    if isinstance(change, RecreateEnum):
        yield from _recreated(change, at)
        return
    table, column = change.table, change.column
    cost = type_change_cost(change, at.before, utc=_is_utc(at))
    old = at.before.column(table, column)
    if (
        cost is None
        or cost.work != "rewrite"
        or old is None
        or not at.before.may_have_rows(table)
        or judged_by("no-data-loss-type-narrowing", change, at)
    ):
        return
    new = f"{column}_new"
    value = change.using or f"{quote(column)}::{change.type.sql}"
    yield at.finding(
        f"`{table}.{column}` changes from `{old.type}` to `{change.type}`: every row of "
        f"`{table}` is rewritten",
        why=WHY,
        advice="Fill a column of the new type in batches, and switch over to it.",
        fix=f"ALTER TABLE {table.sql} ADD COLUMN {quote(new)} {change.type.sql};\n\n"
        + fill(table, new, value)
        + "\n-- in a migration of a later release, when the application writes both columns:\n"
        f"ALTER TABLE {table.sql} RENAME COLUMN {quote(column)} TO {quote(column + '_old')};\n"
        f"ALTER TABLE {table.sql} RENAME COLUMN {quote(new)} TO {quote(column)};",
    )


def _recreated(change: RecreateEnum, at: Context) -> Iterator[Finding]:
    """An enum made anew although all its values stay: only then is there another way."""
    if not change.before or not set(change.before) <= set(change.values):
        return
    used = [
        f"`{table.name}.{column.name}`"
        for table, column in at.before.columns_of_type(change.enum)
        if at.before.may_have_rows(table.name)
    ]
    if not used:
        return
    kept = tuple(value for value in change.values if value in change.before) == change.before
    yield at.finding(
        f"Enum `{change.enum}` is made anew: every row of the tables of {', '.join(used)} is "
        "rewritten",
        why=WHY,
        advice="Add the values to the enum that is there."
        if kept
        else "Leave the order of the values as it is.",
        fix="\n".join(_added(change)) or None if kept else None,
    )


def _added(change: RecreateEnum) -> Iterator[str]:
    """ALTER TYPE … ADD VALUE for each new value, in its place."""
    for i, value in enumerate(change.values):
        if value not in change.before:
            following = [v for v in change.values[i:] if v in change.before]
            place = f" BEFORE {_literal(following[0])}" if following else ""
            yield f"ALTER TYPE {change.enum.sql} ADD VALUE {_literal(value)}{place};"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _is_utc(at: Context) -> bool:
    """Whether no migration so far sets another time zone, for itself, a role or the database."""
    return not any(
        zone.upper() not in ("UTC", "GMT", "ETC/UTC", "Z", "DEFAULT", "LOCAL")
        for migration in at.history.migrations
        for zone in _SETS.findall(migration.sql or "")
    )
