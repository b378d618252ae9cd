"""Statements about rows in the other dialects."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import Dialect, exp

from checker.model.changes import (
    Change,
    CreateTable,
    DeleteRows,
    InsertRows,
    Name,
    ReadRows,
    TruncateTable,
    UpdateRows,
)
from checker.sql.dialects.terms import Reading, table_name


def read_rows(tree: exp.Expr, _: Dialect) -> Reading | None:
    """The reading of a query or of a statement about rows; None for anything else."""
    if isinstance(tree, exp.Insert):
        return "INSERT", tuple(_insert(tree))
    if isinstance(tree, exp.Update):
        change = UpdateRows(_target(tree), _columns(tree.expressions), _restricted(tree))
        return "UPDATE", (change,)
    if isinstance(tree, exp.Delete):
        return "DELETE", tuple(DeleteRows(table, _restricted(tree)) for table in _deleted(tree))
    if isinstance(tree, exp.Merge):
        return "MERGE", tuple(_merge(tree)) or (ReadRows(),)
    if isinstance(tree, exp.TruncateTable):
        return "TRUNCATE TABLE", tuple(TruncateTable(table_name(t)) for t in tree.expressions)
    if isinstance(tree, exp.Query):
        into = tree.find(exp.Into)
        if into is not None:
            return "SELECT INTO", (CreateTable(table_name(into.this), from_query=True),)
        return "SELECT", (ReadRows(),)
    return None


def _insert(tree: exp.Insert) -> list[Change]:
    """INSERT, and the rows that its conflict clause updates or replaces."""
    target = tree.this
    columns = tuple(item.name for item in target.expressions) if target.expressions else ()
    table = table_name(target)
    query = tree.expression
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    tables = query.find_all(exp.Table) if isinstance(query, exp.Query) else ()
    names = [table_name(node) for node in tables]
    source = tuple(dict.fromkeys(name for name in names if name.schema or name.name not in own))
    changes: list[Change] = [InsertRows(table, source, columns)]
    conflict = tree.args.get("conflict")
    if conflict is not None and conflict.expressions:
        changes.append(UpdateRows(table, _columns(conflict.expressions)))
    elif tree.args.get("alternative") == "REPLACE":
        changes.append(UpdateRows(table))
    return changes


def _merge(tree: exp.Merge) -> list[Change]:
    table = table_name(tree.this)
    changes: dict[Change, None] = {}
    for when in tree.args["whens"].expressions:
        action = when.args.get("then")
        if isinstance(action, exp.Insert):
            changes[InsertRows(table)] = None
        elif isinstance(action, exp.Update):
            changes[UpdateRows(table, _columns(action.expressions))] = None
        elif isinstance(action, exp.Var) and action.name.upper() == "DELETE":
            changes[DeleteRows(table)] = None
    return list(changes)


def _target(tree: exp.Update) -> Name:
    return _unaliased(tree, table_name(tree.this))


def _deleted(tree: exp.Delete) -> list[Name]:
    """The tables that a DELETE names before FROM, else the one after it."""
    before = [table_name(table) for table in tree.args.get("tables") or ()]
    if not before or before == [Name("TOP")]:  # SQL Server's DELETE TOP (n) FROM
        return [table_name(tree.this)]
    return [_unaliased(tree, name) for name in before]


def _unaliased(tree: exp.Expr, name: Name) -> Name:
    """The table behind an alias of the statement: ``UPDATE x SET … FROM "Big" x``."""
    for table in tree.find_all(exp.Table):
        if table.alias == name.name and name.schema is None:
            return table_name(table)
    return name


def _columns(assignments: Iterable[exp.Expr]) -> tuple[str, ...]:
    return tuple(item.this.name for item in assignments if isinstance(item, exp.EQ))


def _restricted(tree: exp.Expr) -> bool:
    """Whether WHERE, LIMIT or an inner join limits the rows that a statement touches."""
    if tree.args.get("limit") is not None:
        return True
    joins = tree.this.args.get("joins") or () if isinstance(tree.this, exp.Table) else ()
    if any(join.args.get("on") is not None and not join.side for join in joins):
        return True
    where = tree.args.get("where")
    return where is not None and _truth(where.this) is not True


def _truth(node: exp.Expr) -> bool | None:
    """The value of a condition that is the same for every row; None where its text does not show
    one.
    """
    if isinstance(node, exp.Paren):
        return _truth(node.this)
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Literal) and not node.is_string:
        return node.name.strip("0.") != ""
    if isinstance(node, exp.Not):
        inner = _truth(node.this)
        return None if inner is None else not inner
    if isinstance(node, exp.And | exp.Or):
        decisive = isinstance(node, exp.Or)
        truths = (_truth(node.left), _truth(node.right))
        if decisive in truths:
            return decisive
        return None if None in truths else not decisive
    if isinstance(node, exp.EQ) and isinstance(node.left, exp.Literal):
        return True if node.left == node.right else None
    return None
