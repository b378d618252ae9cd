"""A statement that can fail on rows comes after others that are committed by then.

From Prisma 7.4 on the statements of a file are committed one by one where Prisma can split it. If
one fails in the middle, the first ones stay: the migration counts as failed, cannot be run again
as it is, and has to be finished or undone by hand before anything else can be deployed.

Reported once a file, at the first statement whose success depends on the rows.

Instead: write BEGIN … COMMIT around the file, so that it takes effect as a whole or not at all, or
put the statement into a migration of its own.
"""

from collections.abc import Iterator

from checker.model import Finding, Statement
from checker.model.changes import (
    AddColumn,
    AddConstraint,
    AlterColumnType,
    Change,
    Column,
    Comment,
    ControlTransaction,
    CreateIndex,
    DropConstraint,
    ReadRows,
    RecreateColumn,
    RecreateEnum,
    SetNotNull,
    SetParameter,
    ValidateConstraint,
)
from checker.rules import Context, rule
from checker.rules._around import changes_in, same
from checker.sql.catalog.table import KnownTable
from checker.sql.narrowing import narrowing

_NO_TRACE = (ReadRows, SetParameter, ControlTransaction, Comment)


@rule(
    SetNotNull, AddConstraint, CreateIndex, AddColumn, AlterColumnType, ValidateConstraint,
    RecreateColumn, RecreateEnum,
    severity="warning", providers=("postgresql",), claims=("failure",),
)  # fmt: skip
def check(change: Change, at: Context) -> Iterator[Finding]:
    statement = at.statement
    if statement is None or not at.project.prisma.splits_scripts or not _can_fail(change, at):
        return
    if any(_can_fail(c, at, past=True) for s in at.before_in_file for c in s.changes):
        return
    if next((c for c in statement.changes if _can_fail(c, at)), change) is not change:
        return
    own = {s.start for s in at.transaction.statements}
    done = [s for s in at.before_in_file if s.start not in own and _leaves_trace(s)]
    if not done:
        return
    first = f"`{done[0].kind}` in line {done[0].line}"
    count = f" and {len(done) - 1} more" if len(done) > 1 else ""
    yield at.finding(
        f"If this fails on existing rows, {first}{count} {'are' if count else 'is'} already "
        "committed: the migration is half applied",
        why=f"Prisma {at.project.prisma} commits each statement of this file on its own.",
        advice="Write `BEGIN` … `COMMIT` around the file, or put this statement into a migration "
        "of its own.",
        fix="\n".join(("BEGIN;", *(f"{s.text};" for s in (*done, statement)), "COMMIT;")),
    )


def _leaves_trace(statement: Statement) -> bool:
    return any(not isinstance(change, _NO_TRACE) for change in statement.changes)


def _can_fail(change: Change, at: Context, *, past: bool = False) -> bool:
    """Whether success depends on the rows of a table that may have some.

    Of a ``past`` change the schema before it is no longer known.
    """
    if isinstance(change, RecreateEnum):
        return bool(set(change.before) - set(change.values))
    name = getattr(change, "table", None)
    table = at.before.table(name) if name is not None else None
    return (
        table is not None
        and at.before.may_have_rows(table.name)
        and _asks(change, table, at, past=past)
    )


def _asks(change: Change, table: KnownTable, at: Context, *, past: bool) -> bool:
    """Whether a change asks something of the rows of its table."""
    match change:
        case SetNotNull(_, column):
            known = table.column(column)
            proven = (known is not None and known.not_null) or table.proves_not_null(column)
            return past or not (proven or at.before.is_updated(table.name, column))
        case CreateIndex(_, _, columns, unique):
            known_unique = table.is_unique(columns) and not past
            return unique and not known_unique and not _all_null(columns, at, change)
        case AddConstraint(_, constraint):
            if constraint.not_valid or constraint.using_index is not None:
                return False
            if _is_changed(change, at):
                return False
            return not _all_null(constraint.columns, at, change)
        case AlterColumnType(_, column, kind, using):
            known = table.column(column)
            old = known.type if known else None
            return past or using is not None or (old is not None and _fails(narrowing(old, kind)))
        case AddColumn(_, column) | RecreateColumn(_, column):
            return _is_missing(column)
    return isinstance(change, ValidateConstraint)


def _is_changed(change: AddConstraint, at: Context) -> bool:
    """Whether one of its name was dropped before: Prisma's way to change a foreign key."""
    return change.constraint.kind == "foreign_key" and any(
        drop.name == change.constraint.name and same(at, drop.table, change.table)
        for drop in changes_in(at.before_in_file, DropConstraint)
    )


def _fails(narrowed: object) -> bool:
    return getattr(narrowed, "effect", None) in ("fails", "unknown")


def _is_missing(column: Column) -> bool:
    return column.not_null and column.default is None and not column.filled


def _all_null(columns: tuple[str, ...], at: Context, change: CreateIndex | AddConstraint) -> bool:
    """Whether one of the columns is new here and still NULL in every row."""
    for name in columns:
        column = at.before.column(change.table, name)
        if (
            column is not None
            and column.default is None
            and at.before.is_new_column(change.table, name)
            and not at.before.is_updated(change.table, name)
        ):
            return True
    return False
