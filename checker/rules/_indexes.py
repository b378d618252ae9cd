"""Which indexes a table has when a pull request is done: shared by rules, no rule itself."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.changes import AddConstraint, CreateIndex, DropConstraint, DropIndex, Name
from checker.rules import Context
from checker.rules._around import changes_in, same
from checker.sql.catalog.table import INDEXED, KnownIndex


def indexes_in_the_end(table: Name, at: Context) -> Iterator[KnownIndex]:
    """Those that are there and stay, and those that this statement or a later one makes.

    Of a table that the history does not make, those that the pull request makes.
    """
    known = at.before.table(table)
    ahead = (*([at.statement] if at.statement else ()), *at.later)
    gone = {drop.index.name for drop in changes_in(ahead, DropIndex)}
    gone |= {drop.name for drop in changes_in(ahead, DropConstraint) if same(at, drop.table, table)}
    for name, index in known.indexes.items() if known else ():
        if name not in gone:
            yield index
    for made in changes_in(at.statements if known is None else ahead, CreateIndex, AddConstraint):
        if not same(at, made.table, table):
            continue
        if isinstance(made, CreateIndex):
            yield KnownIndex(
                made.name or "",
                made.columns,
                made.unique,
                partial=made.where is not None,
                method=made.method,
                where=made.where,
                uses=made.uses,
                include=made.include,
                plain=made.plain,
            )
        elif made.constraint.kind in INDEXED and made.constraint.kind != "exclude":
            yield KnownIndex(made.constraint.name or "", made.constraint.columns, unique=True)


def finds(index: KnownIndex, columns: tuple[str, ...]) -> bool:
    """Whether the index finds the rows that have certain values in these columns."""
    if index.where is not None or index.method not in ("btree", "hash"):
        return False
    return set(index.columns[: len(columns)]) == set(columns)
