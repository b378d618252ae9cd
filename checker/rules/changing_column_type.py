"""A new column type rewrites the whole table.

PostgreSQL rewrites every row and every index of the table, although each value survives. Nobody can
read or write the table meanwhile.

Lock: ACCESS EXCLUSIVE on the table, for a time that grows with its rows.

Not reported: changes that leave the stored rows as they are. Those are a longer or no limit
(VARCHAR, BIT VARYING, the precision of DECIMAL at the same scale, the fraction of a second), TEXT
and VARCHAR and CITEXT into one another without a limit, CIDR into INET, a domain without a
constraint, and TIMESTAMP into TIMESTAMPTZ without a new precision where the session's time zone is
UTC, as it is in the replay; in any other, the table is rewritten. Where the history does not have
the table, neither is a type without a limit, such as TEXT, VARCHAR, NUMERIC or TIMESTAMPTZ.

Instead: add a column of the new type, keep it in sync with a trigger, fill it in batches, and let
it take the name of the first; code that runs need not know of it. A value added to an enum needs no
new type: ALTER TYPE … ADD VALUE is free.
"""

import re
from collections.abc import Iterator

from checker.model import Finding, Wording
from checker.model.changes import (
    AddColumn,
    AlterColumnType,
    CreateEnum,
    RecreateEnum,
    RenameColumn,
    quote,
)
from checker.rules import Context, rule
from checker.rules._around import changes_in, same
from checker.rules._locks import POSTGRESQL
from checker.rules._subjects import CHANGES, ITS, about
from checker.rules._switch import ADVICE, switch
from checker.sql.rewriting import is_mostly_free, type_change_cost

WHY = (
    "ACCESS EXCLUSIVE lock: nobody reads or writes the table until all rows and indexes are "
    "written."
)
_SETS = re.compile(
    r"(?:\bSET\s+(?:SESSION\s+|LOCAL\s+)?)TIME\s*ZONE\s*(?:=|\bTO\b)?\s*'?([\w/+:-]+)",
    re.IGNORECASE,
)


@rule(
    AlterColumnType,
    RecreateEnum,
    severity="warning",
    scales=True,
    providers=POSTGRESQL,
    yields_to=("type-change-missing-using", "no-data-loss-type-narrowing"),
)
def check(change: AlterColumnType | RecreateEnum, at: Context) -> Iterator[Finding]:
    if isinstance(change, RecreateEnum):
        yield from _recreated(change, at)
        return
    table, column = change.table, change.column
    message: str | Wording
    if not at.before.may_have_rows(table):
        return
    if at.before.table(table) is None:
        if is_mostly_free(change):
            return
        message = (
            f"`{table}.{column}` becomes `{change.type}`, and its old type is not in this "
            "history: most such changes rewrite the whole table"
        )
    else:
        cost = type_change_cost(change, at.before, utc=_is_utc(at))
        old = at.before.column(table, column)
        if cost is None or cost.work != "rewrite" or old is None:
            return
        message = about(
            "",
            f"`{table}.{column}` (`{old.type}` to `{change.type}`)",
            " ",
            CHANGES,
            " ",
            ITS,
            f" type: every row of `{table}` is rewritten",
        )
    made = _made_here(change, at)
    yield at.finding(
        message,
        why=WHY,
        advice=ADVICE if made is None else "Give the column this type at once, where it is added.",
        fix=made or switch(change, at),
    )


def _made_here(change: AlterColumnType, at: Context) -> str | None:
    """The column with the new type, where this pull request adds it, perhaps under another name."""
    names = {change.column}
    for renamed in changes_in(at.earlier, RenameColumn):
        if same(at, renamed.table, change.table) and renamed.to == change.column:
            names.add(renamed.column)
    if not at.before.is_new_column(change.table, change.column):
        return None
    for added in changes_in(at.earlier, AddColumn):
        column = added.column
        if (
            same(at, added.table, change.table)
            and column.name in names
            and not column.filled
            and column.default is None
        ):
            return (
                "-- instead of the column as it is added now; what fills it casts to this type:\n"
                f"ALTER TABLE {added.table.sql} ADD COLUMN {quote(column.name)} {change.type.sql};"
            )
    return None


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
        f"Enum `{change.enum}` is recreated: every row of the tables of {', '.join(used)} is "
        "rewritten",
        why=WHY,
        advice="Add the values to the existing enum."
        if kept
        else "Leave the order of the values as it is.",
        fix=_apart(change, at) + "\n".join(_added(change)) or None if kept else None,
    )


def _apart(change: RecreateEnum, at: Context) -> str:
    """Where this pull request uses a new value, it must be committed before (ALTER TYPE, Notes)."""
    fresh = [_literal(value) for value in change.values if value not in change.before]
    at_once = any(
        value in statement.text
        for statement in at.later
        if not any(isinstance(c, CreateEnum | AlterColumnType) for c in statement.changes)
        for value in fresh
    )
    return "-- in a migration before this one, which uses the value:\n" * at_once


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
