"""A column is dropped and added again under the same name: all its values are lost.

This is how Prisma writes a change of type that it does not know how to cast, and a change between
a single value and a list. It reads like a change of type, takes no time, and leaves every row
with NULL or with the default. Where the new column is required and has no default, the migration
fails on a table with rows.

Instead: change the type in place and say how to convert the values.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import Column, RecreateColumn, quote
from checker.rules import Context, rule
from checker.rules._around import is_cleared, values_used

_TEXTS = ("text", "character varying", "character", "citext")
_IN_PLACE = (
    "Change the type in place, and leave out the indexes and keys on it that this file makes "
    "again; the expression after USING says how to convert a value."
)
_BESIDE = (
    "Add the new column beside the old one under its own name, make what refers to the old one "
    "refer to it, and drop the old one a release later."
)


@rule(RecreateColumn, claims=("loss", "failure"))
def check(change: RecreateColumn, at: Context) -> Iterator[Finding]:
    new = change.column
    if at.before.is_new_column(change.table, new.name):
        return
    old = at.before.column(change.table, new.name)
    types = f" (`{old.type}` becomes `{new.type}`)" if old and old.type != new.type else ""
    fails = new.not_null and new.default is None and not new.filled
    used = values_used(change.table, new.name, at)
    if is_cleared(change.table, new.name, at) and not fails:
        return
    yield at.finding(
        f"Column `{change.table}.{new.name}` is dropped and added again{types}: "
        "all its values are lost",
        why="The new column is required and has no default: on a table with rows the migration "
        "fails."
        if fails
        else used or "Every row is left with the default or with NULL.",
        advice=_BESIDE if _is_counted(new) else _IN_PLACE,
        fix=None if _is_counted(new) else _in_place(change, old),
        severity="warning" if used and not fails else None,
    )


def _is_counted(column: Column) -> bool:
    """Whether a sequence gives the values, which ADD COLUMN makes and ALTER COLUMN does not."""
    return column.filled and column.generated is None


def _in_place(change: RecreateColumn, old: Column | None) -> str:
    new = change.column
    table, name = change.table.sql, quote(new.name)
    kind = new.type.sql
    to_list = new.type.array and old is not None and not old.type.array
    value = f"ARRAY[{name}]::{kind}" if to_list else f"{name}::{kind}"
    if old is not None and old.type.array and not new.type.array:
        value = f"({name})[1]::{kind}"
    lines = []
    if old is not None and old.default is not None:
        lines.append(f"ALTER TABLE {table} ALTER COLUMN {name} DROP DEFAULT;")
    if old is not None and old.type.name in _TEXTS and new.type.name not in _TEXTS:
        lines.append(f"-- it fails on the first value that is no {new.type}:")
    lines.append(f"ALTER TABLE {table} ALTER COLUMN {name} TYPE {kind} USING {value};")
    if new.default is not None:
        lines.append(f"ALTER TABLE {table} ALTER COLUMN {name} SET DEFAULT {new.default};")
    if old is not None and old.not_null != new.not_null:
        verb = "SET" if new.not_null else "DROP"
        lines.append(f"ALTER TABLE {table} ALTER COLUMN {name} {verb} NOT NULL;")
    return "\n".join(lines)
