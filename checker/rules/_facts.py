"""What a judged fact is about: its kind, table and columns, as every finding carries them."""

from __future__ import annotations

from collections.abc import Iterable

from checker.model import Unread
from checker.model.changes import AddConstraint, Column, CreateTable, Name


def kind_of(fact: object) -> str:
    """The class of the fact: for a change its tag (``DropColumn``), for what the replay alone saw
    that of the observation (``Loss``).
    """
    if isinstance(fact, Unread):
        fact = fact.loss or fact.failure or fact.work
    return "" if fact is None else type(fact).__name__


def table_of(fact: object) -> Name | None:
    """The table that a change names, if it names one."""
    table = getattr(fact, "table", None)
    return table if isinstance(table, Name) else None


def columns_of(fact: object) -> tuple[str, ...]:
    """The columns of its table that a change names; none for a new table, where all are new."""
    if table_of(fact) is None or isinstance(fact, CreateTable):
        return ()
    if isinstance(fact, AddConstraint):
        return fact.constraint.columns
    column, columns = getattr(fact, "column", None), getattr(fact, "columns", ())
    named: Iterable[object] = (*(() if column is None else (column,)), *columns)
    return tuple(each.name if isinstance(each, Column) else str(each) for each in named)
