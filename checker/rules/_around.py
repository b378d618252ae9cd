"""What else a pull request does around a change: shared by rules, no rule itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from checker.model import Statement
from checker.model import changes as c
from checker.model.changes import Change, Name
from checker.rules import Context

# They take ACCESS EXCLUSIVE on their table (PostgreSQL docs, ALTER TABLE and 13.3.1).
_EXCLUSIVE = (
    c.AddColumn, c.DropColumn, c.RenameColumn, c.AlterColumnType, c.SetNotNull, c.DropNotNull,
    c.SetDefault, c.DropDefault, c.DropConstraint, c.RenameConstraint, c.RenameTable, c.MoveTable,
    c.TruncateTable,
)  # fmt: skip
_BY_KEY = re.compile(r"""(?:\w+"?\.)?"?(\w+)"?\s*(?:=\s*|IN\s*\(\s*)(?:'|\d|\$)""", re.IGNORECASE)


def changes_in(statements: Iterable[Statement], *kinds: type) -> Iterator[Any]:
    """All changes of these kinds."""
    for statement in statements:
        for change in statement.changes:
            if isinstance(change, kinds):
                yield change


def same(at: Context, left: Name | None, right: Name | None) -> bool:
    """Whether two names are of one object, with or without the default schema."""
    return left is not None and right is not None and at.before.key(left) == at.before.key(right)


def is_made(at: Context, kinds: Iterable[str], name: Name) -> bool:
    """Whether this pull request makes an object of this name, before or after."""
    for change in changes_in(at.statements, c.CreateObject, c.RenameObject):
        if change.kind in kinds:
            made = change.name if isinstance(change, c.CreateObject) else Name(change.to)
            if same(at, made, name):
                return True
    return False


def is_gone(at: Context, table: Name, columns: Iterable[str] = ()) -> bool:
    """Whether this pull request drops the table, or one of these columns of it."""
    drops = changes_in(at.statements, c.DropTable, c.DropColumn)
    return any(
        same(at, drop.table, table) and (isinstance(drop, c.DropTable) or drop.column in columns)
        for drop in drops
    )


def drops_in_transaction(table: Name, constraint: str, at: Context) -> bool:
    """Whether the transaction so far drops a constraint of this name from the table."""

    def drops(statements: Iterable[Statement]) -> bool:
        return any(
            drop.name == constraint and same(at, drop.table, table)
            for drop in changes_in(statements, c.DropConstraint)
        )

    if at.statement is None:
        return False
    return drops([at.statement]) or (
        drops(at.before_in_file) and drops(at.transaction.before(at.statement))
    )


def values_used(table: Name, column: str, at: Context) -> str | None:
    """Where an UPDATE or INSERT of this pull request read a column's values before they went."""
    word, source = word_of(column), word_of(table.name)
    for statement in at.earlier:
        if not word.search(statement.text) or not source.search(statement.text):
            continue
        for change in changes_in([statement], c.UpdateRows, c.InsertRows):
            if isinstance(change, c.InsertRows):
                if not any(same(at, read, table) for read in change.source):
                    continue
                into = f"An INSERT into `{change.table}` read the values"
            elif same(at, change.table, table) and column in change.columns:
                continue
            else:
                into = f"An UPDATE used the values for `{', '.join(change.columns)}`"
            return (
                f"{into} earlier (line {statement.line}); whether all of them arrived is not known."
            )
    return None


def is_cleared(table: Name, column: str, at: Context) -> bool:
    """Whether an UPDATE of this pull request has set the column to NULL in every row.

    update-without-where then reports the loss.
    """
    cleared = re.compile(rf'(?<!\w){re.escape(column)}"?\s*=\s*NULL\b', re.IGNORECASE)
    return any(
        same(at, update.table, table)
        and not update.restricted
        and column in update.columns
        and cleared.search(statement.text)
        for statement in at.earlier
        for update in changes_in([statement], c.UpdateRows)
    )


def word_of(name: str) -> re.Pattern[str]:
    """A name as a word of its own, in any case."""
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)


def name_taken_later(table: Name, column: str, at: Context) -> bool:
    """Whether this pull request gives the name of a dropped column to another one."""
    return any(
        same(at, change.table, table)
        and (change.to if isinstance(change, c.RenameColumn) else change.column.name) == column
        for change in changes_in(at.later, c.RenameColumn, c.AddColumn)
    )


def has_lock_timeout(at: Context) -> bool:
    """Whether the migration has set a lock_timeout that is still in force."""
    in_force: str | None = None
    for setting in changes_in(at.before_in_file, c.SetParameter):
        if setting.name in ("lock_timeout", "ALL"):
            in_force = setting.value
    return in_force not in (None, "0", "0s", "0ms")


def locked_exclusively(change: Change, at: Context) -> Name | None:
    """The table with possible rows that nobody else can read until the transaction ends."""
    match change:
        case c.AddConstraint(table, constraint) if constraint.kind != "foreign_key":
            pass
        case c.LockTable(table, "ACCESS EXCLUSIVE"):
            pass
        case _ if isinstance(change, _EXCLUSIVE):
            table = change.table
        case _:
            return None
    known = at.before.table(table)
    return None if known is None or at.before.is_new_table(table) else table


def touches_many_rows(change: Change, statement: Statement, at: Context) -> bool:
    """Whether a change of rows takes longer the larger a table is."""
    match change:
        case c.InsertRows():
            sources = [at.before.table(name) for name in change.source]
            return any(s is not None and at.before.may_have_rows(s.name) for s in sources)
        case c.UpdateRows() | c.DeleteRows():
            if at.before.table(change.table) is None or not at.before.may_have_rows(change.table):
                return False
            return not (change.restricted and _by_key(change.table, statement, at))
    return False


def _by_key(table: Name, statement: Statement, at: Context) -> bool:
    """Whether the condition names single rows: a unique column compared with constants."""
    known = at.before.table(table)
    condition = re.split(r"\bWHERE\b", statement.text, flags=re.IGNORECASE)[-1]
    compared = {match[1] for match in _BY_KEY.finditer(condition)}
    return known is not None and any(known.is_unique([column]) for column in compared)
