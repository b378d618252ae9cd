"""A column's new type cannot hold every value of the old one.

PostgreSQL converts each row. A value that does not fit either stops the migration (a text longer
than VARCHAR(20), a number beyond INTEGER, text that is no number) or is changed without a word
(fractions rounded, the time of day gone). The table is rewritten under an ACCESS EXCLUSIVE lock
meanwhile.

A column that this pull request itself adds is not reported, nor a change in which every value
survives. Where an expression after USING converts the values and nothing more is known of it,
changing-column-type reports the rewrite.

Instead: count the values that do not fit on production first. Add a column of the new type, fill
it by a conversion that says what happens to those values, and drop the old one a release later.
"""

import re
from collections.abc import Iterator

from checker.model import Finding, Severity
from checker.model.changes import AlterColumnType, Name, Type, quote
from checker.rules import Context, rule
from checker.sql.narrowing import Narrowing, narrowing
from checker.sql.queries import counted, unfit_anywhere

SEVERITIES: dict[str, Severity] = {
    "fails": "error",
    "loses": "error",
    "rounds": "warning",
    "unknown": "warning",
}


@rule(AlterColumnType, claims=("loss", "failure"), yields_to=("type-change-missing-using",))
def check(change: AlterColumnType, at: Context) -> Iterator[Finding]:
    column = at.before.column(change.table, change.column)
    if (
        column is None
        or at.before.is_new_column(change.table, change.column)
        or not at.before.may_have_rows(change.table)
    ):
        return
    narrowed = _narrowing(column.type, change, at)
    if narrowed is None:
        return
    converted = change.using is not None and not _is_cast(change)
    if converted and narrowed.effect == "unknown" and at.dialect.postgresql_locks:
        return
    severity = SEVERITIES[narrowed.effect]
    yield at.finding(
        f"`{change.table}.{change.column}` changes from `{column.type}` to `{change.type}`: "
        + narrowed.what,
        why="The expression after USING decides what becomes of such a value."
        if converted and narrowed.effect != "loses"
        else "",
        advice="Count the values that do not fit on production first; then fill a column of the "
        "new type and drop the old one a release later.",
        fix=_fix(change, _count(change, column.type, narrowed, at)),
        severity="warning" if converted and severity == "error" and _mentions(change) else severity,
    )


def _narrowing(old: Type, change: AlterColumnType, at: Context) -> Narrowing | None:
    if change.using is not None and not _mentions(change):
        return Narrowing("loses", "USING does not use the old value, so that every value is lost")
    if not at.dialect.postgresql_sql:
        return _other_dialect(old, change.type)
    before, after = _labels(old, at), _labels(change.type, at)
    if before is not None and after is not None:
        gone = [label for label in before if label not in after]
        if not gone:
            return None
        values = ", ".join(f"'{label}'" for label in gone)
        test = f"{{column}}::text IN ({values})"
        return Narrowing("fails", f"a row with {values} stops the migration", test)
    if after is not None:
        return Narrowing("fails", "a value that the enum does not have stops the migration")
    return narrowing(old, change.type)


def _other_dialect(old: Type, new: Type) -> Narrowing | None:
    """Text lengths and integer sizes; SQLite does not enforce either (Datatypes In SQLite, 3.1)."""
    texts = {"varchar", "char", "nvarchar", "nchar", "varbinary", "binary"}
    integers = ["tinyint", "smallint", "mediumint", "int", "bigint"]
    if old.name == "enum" == new.name:
        gone = [label for label in old.modifiers if label not in new.modifiers]
        values = ", ".join(gone)
        return Narrowing("fails", f"a row with {values} no longer fits") if gone else None
    if new.name in texts and new.modifiers and new.modifiers[0].isdecimal():
        room = int(new.modifiers[0])
        held = old.modifiers[0] if old.modifiers else ""
        longer = old.name in ("text", "mediumtext", "longtext", "tinytext", "ntext")
        if longer or (old.name in texts and (not held.isdecimal() or int(held) > room)):
            return Narrowing("fails", f"a value longer than {room} no longer fits")
    both = old.name in integers and new.name in integers
    if both and integers.index(old.name) > integers.index(new.name):
        return Narrowing("fails", f"a number too large for {new.name} no longer fits")
    return None


def _labels(kind: Type, at: Context) -> tuple[str, ...] | None:
    return at.before.enum(Name(kind.name, kind.schema))


def _mentions(change: AlterColumnType) -> bool:
    """Whether USING reads the column that it converts."""
    word = rf"(?<!\w){re.escape(change.column)}(?!\w)"
    return change.using is None or re.search(word, change.using, re.IGNORECASE) is not None


def _is_cast(change: AlterColumnType) -> bool:
    """Whether USING only casts the column: ``c::t``, ``c::text::t``, ``CAST(c AS t)``."""
    plain = re.sub(r'[\s()"]', "", change.using or "").lower()
    column = re.escape(re.sub(r"\s", "", change.column.lower()))
    return re.fullmatch(rf"(cast)?{column}((::|as)[\w.,\[\]]+)+", plain) is not None


def _count(change: AlterColumnType, old: Type, narrowed: Narrowing, at: Context) -> str | None:
    """A query that counts the values in question: for those that fail the one that the replay
    gives as well.
    """
    value, kind, by_cast = quote(change.column), old, change.using is None or _is_cast(change)
    inner = (change.using or "").rpartition("::")[0]
    if "::" in inner:
        value, kind, by_cast = f"({inner})", Type("text"), inner.endswith("::text")
    if (
        by_cast
        and narrowed.effect == "fails"
        and at.dialect.postgresql_sql
        and (test := unfit_anywhere(kind, change.type, value, _labels(change.type, at)))
    ):
        return counted(change.table, test)
    return narrowed.query(change.table.sql, change.column)


def _fix(change: AlterColumnType, count: str | None) -> str:
    """A new column beside the old one, which keeps every value."""
    table = change.table.sql
    old, new = quote(change.column), quote(f"{change.column}_new")
    return (
        (f"-- on production first, it only reads:\n{count}\n\n" if count else "")
        + f"ALTER TABLE {table} ADD COLUMN {new} {change.type.sql};\n"
        + f"UPDATE {table} SET {new} = {old}::{change.type.sql} WHERE /* it fits */;"
    )
