"""What the rules on locks share: which work a new column makes. No rule itself."""

from __future__ import annotations

import re
from functools import partial
from typing import Literal

from checker.model import Provider
from checker.model.changes import (
    AddColumn,
    CreateObject,
)
from checker.rules import Context
from checker.sql.rewriting import is_constrained_domain, volatile_call

# CockroachDB changes schemas online, the others lock otherwise.
POSTGRESQL: tuple[Provider, ...] = ("postgresql",)

ColumnWork = Literal["serial", "generated", "default", "domain", "check", "foreign_key", "unique"]

_BODY = re.compile(r"\$(\w*)\$.*?\$\1\$|'(?:[^']|'')*'", re.DOTALL)
_STABLE = re.compile(r"\b(IMMUTABLE|STABLE)\b", re.IGNORECASE)


def column_work(change: AddColumn, at: Context) -> ColumnWork | None:
    """What PostgreSQL does to every row for a new column: the heaviest, which one rule reports.

    Each of these yields to adding-required-field, which says that the statement fails on rows.
    """
    column = change.column
    exists = at.before.column(change.table, column.name) is not None
    if not at.before.may_have_rows(change.table) or (change.if_not_exists and exists):
        return None
    if column.filled:
        return {None: "serial", "stored": "generated", "virtual": None}[column.generated]
    if column.default is not None and volatile_call(column.default, partial(declared, at)):
        return "default"
    if is_constrained_domain(column.type, at.before):
        return "domain"
    kinds = {constraint.kind for constraint in change.constraints}
    if "check" in kinds:
        return "check"
    if "foreign_key" in kinds and column.default is not None:
        return "foreign_key"
    return "unique" if "unique" in kinds else None


def declared(at: Context, function: str) -> bool | None:
    """Whether the history makes the function volatile, as it is unless declared otherwise."""
    volatile = None
    for migration in at.history.migrations:
        script = at.scripts.get(migration.name)
        if script is None or function not in (migration.sql or ""):
            continue
        for statement in script.statements:
            for change in statement.changes:
                made = isinstance(change, CreateObject) and change.kind == "FUNCTION"
                if made and change.name.name == function:  # type: ignore[union-attr]
                    volatile = _STABLE.search(_BODY.sub("", statement.text)) is None
    return volatile
