"""CASCADE drops whatever depends on the object, unnamed.

DROP TYPE, DOMAIN, EXTENSION and SEQUENCE with CASCADE drop columns or tables with their data; the
others drop views, triggers, policies, defaults or foreign keys. Which objects these are depends on
the database, so nobody who reads the migration can tell.

DROP TABLE, DROP COLUMN and DROP SCHEMA have rules of their own, which name what CASCADE takes
along.

Instead: leave CASCADE out, and drop each dependent object by its name. Without CASCADE PostgreSQL
refuses, and lists them.
"""

import re
from collections.abc import Iterator

from checker.model import Finding, Severity
from checker.model.changes import DropConstraint, DropIndex, DropObject, DropType, Name, quote
from checker.rules import Context, rule

HOLD_DATA = frozenset({"EXTENSION", "SEQUENCE", "DATABASE", "OWNED", "SERVER"})


@rule(DropType, DropObject, DropConstraint, DropIndex)
def check(
    change: DropType | DropObject | DropConstraint | DropIndex, at: Context
) -> Iterator[Finding]:
    if not change.cascade:
        return
    what, severity, known = _describe(change, at)
    if what is None:
        return
    yield at.finding(
        f"`DROP {what} CASCADE` drops {known or 'everything that depends on it, unnamed'}",
        why="Which objects these are depends on the database, not on this file.",
        advice="Leave CASCADE out and drop each dependent object by its name.",
        fix="".join(_first(change, at)) + _plain(at),
        severity=severity,
    )


def _describe(
    change: DropType | DropObject | DropConstraint | DropIndex, at: Context
) -> tuple[str | None, Severity, str]:
    """What is dropped, how bad that can get, and the dependents that the history knows."""
    match change:
        case DropType(name):
            if at.before.is_new_type(name):
                return None, "error", ""
            columns = [f"`{t.name}.{column.name}`" for t, column in at.before.columns_of_type(name)]
            values = f"the columns {', '.join(columns)} with their values" if columns else ""
            return f"TYPE {name}", "error", values
        case DropConstraint(table, name):
            if at.before.is_new_table(table):
                return None, "warning", ""
            return f"CONSTRAINT {name}", "warning", _foreign_keys(table, at)
        case DropIndex(index):
            return f"INDEX {index}", "warning", ""
        case DropObject("SCHEMA"):
            return None, "error", ""  # has a rule of its own
        case DropObject(kind, name):
            return f"{kind} {name}", "error" if kind in HOLD_DATA else "warning", ""


def _first(
    change: DropType | DropObject | DropConstraint | DropIndex, at: Context
) -> Iterator[str]:
    """What has to go, or change, before the object can be dropped without CASCADE."""
    if isinstance(change, DropType):
        for table, column in at.before.columns_of_type(change.type):
            alter = f"ALTER TABLE {table.name.sql} ALTER COLUMN {quote(column.name)}"
            if column.default is not None:
                yield f"{alter} DROP DEFAULT;\n"
            yield f"{alter} TYPE text{'[]' * column.type.array};\n"
    elif isinstance(change, DropConstraint):
        for table, key in at.before.referencing(change.table):
            if key.name is not None:
                yield f"ALTER TABLE {table.name.sql} DROP CONSTRAINT {quote(key.name)};\n"


def _plain(at: Context) -> str:
    """The statement without CASCADE."""
    text = at.statement.text if at.statement else ""
    return re.sub(r"\s+CASCADE\b", "", text, flags=re.IGNORECASE).rstrip() + ";"


def _foreign_keys(table: Name, at: Context) -> str:
    names = [f"`{child.name}.{key.name}`" for child, key in at.before.referencing(table)]
    return f"the foreign keys that need it (of {', '.join(names)})" if names else ""
