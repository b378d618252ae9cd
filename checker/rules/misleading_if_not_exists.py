"""IF NOT EXISTS skips what the history has already made.

The table, column or index exists from an earlier migration, so the statement silently does nothing.
What it defines differently is never made, and whoever reads it believes that it was.

Instead: remove the statement, or write the ALTER that makes the difference.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddColumn, CreateIndex, CreateTable, Name
from checker.rules import Context, rule
from checker.rules._columns import DESIGN, STYLE


@rule(CreateTable, AddColumn, CreateIndex, severity="warning", presets=(STYLE, DESIGN))
def check(change: CreateTable | AddColumn | CreateIndex, at: Context) -> Iterator[Finding]:
    what = _existing(change, at) if change.if_not_exists else None
    if what is not None:
        yield at.finding(
            f"{what} already exists, so the statement does nothing",
            why="IF NOT EXISTS compares names, not definitions.",
            advice="Remove the statement, or write the ALTER that makes the difference.",
        )


def _existing(change: CreateTable | AddColumn | CreateIndex, at: Context) -> str | None:
    match change:
        case CreateTable():
            there = not change.temporary and at.before.relation_kind(change.table) is not None
            return f"`{change.table}`" if there else None
        case AddColumn():
            there = at.before.column(change.table, change.column.name) is not None
            return f"`{change.table}.{change.column.name}`" if there else None
    if change.name is None:
        return None
    return f"`{change.name}`" if at.before.index(Name(change.name, change.table.schema)) else None
