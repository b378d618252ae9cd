"""The columns that a change gives their type: shared by the rules of style, no rule itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from checker.model import Finding
from checker.model.changes import (
    AddColumn,
    AddConstraint,
    AlterColumnType,
    Column,
    CreateTable,
    RecreateColumn,
    Type,
)
from checker.rules import Context
from checker.rules._around import changes_in, same
from checker.rules._subjects import about

Typing = CreateTable | AddColumn | AlterColumnType | RecreateColumn
TYPING = (CreateTable, AddColumn, AlterColumnType, RecreateColumn)

STYLE, TYPES, NAMING, DESIGN = "style", "types", "naming", "design"
"""The presets: all rules of style, and the three parts of them."""


def columns_of(change: Typing) -> tuple[Column, ...]:
    """The columns with the types that they get; none of a temporary table."""
    match change:
        case CreateTable():
            return () if change.temporary else change.columns
        case AlterColumnType():
            return (Column(change.column, change.type),)
    return (change.column,)


def of_type(change: Typing, wanted: Callable[[Type], object]) -> list[Column]:
    """The columns whose type, or whose elements' type, is wanted."""
    return [column for column in columns_of(change) if wanted(column.type)]


def findings_on(
    columns: Iterable[Column],
    words: tuple[str | tuple[str, str], ...],
    change: Typing,
    at: Context,
    *,
    why: str,
    advice: str,
) -> Iterator[Finding]:
    """A finding for each column; those of one table reach people as one."""
    for column in columns:
        yield at.finding(
            about("", f"`{change.table}.{column.name}`", " ", *words),
            why=why,
            advice=advice,
            columns=(column.name,),
        )


def keys_of(change: Typing, at: Context) -> set[str]:
    """The columns of the table's primary key, also one that this pull request makes later."""
    table = at.before.table(change.table)
    keys = set(table.primary_key if table else ())
    if isinstance(change, CreateTable | AddColumn):
        keys.update(*(c.columns for c in change.constraints if c.kind == "primary_key"))
    here = () if at.statement is None else (at.statement,)
    for later in changes_in((*here, *at.later), AddConstraint):
        if later.constraint.kind == "primary_key" and same(at, later.table, change.table):
            keys.update(later.constraint.columns)
    return keys
