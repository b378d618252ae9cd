"""Statements about rows: which tables they change, and whether a condition limits them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from postgast import pg_query_pb2 as pb

from checker.model.changes import (
    Change,
    CreateObject,
    CreateTable,
    DeleteRows,
    InsertRows,
    Name,
    ReadRows,
    RunCode,
    TruncateTable,
    UpdateRows,
)
from checker.sql.postgres.calls import calls
from checker.sql.postgres.registry import Reading, read_node, reads
from checker.sql.postgres.terms import (
    cascades,
    columns_read,
    nodes_of,
    relation,
    switched_on,
    tables_read,
    words,
)


@reads("select_stmt")
def select(node: pb.SelectStmt) -> Reading:
    """A SELECT changes nothing by itself, but its functions, its WITH and its INTO may."""
    changes = _from_with(node)
    into = _into_of(node)
    if into is not None:
        changes.append(_table_from(into))
    changes += calls(node)
    return "SELECT" if into is None else "SELECT INTO", tuple(changes) or (ReadRows(),)


def _into_of(node: pb.SelectStmt) -> pb.IntoClause | None:
    """INTO stands in the leftmost SELECT of a UNION."""
    while node.HasField("larg"):
        node = node.larg
    return node.into_clause if node.HasField("into_clause") else None


@reads("create_table_as_stmt")
def create_table_as(node: pb.CreateTableAsStmt) -> Reading:
    query = _effects(node.query)
    if node.objtype == pb.OBJECT_MATVIEW:
        name = relation(node.into.rel)
        view = CreateObject(
            "MATERIALIZED VIEW",
            name,
            if_not_exists=node.if_not_exists,
            source=tables_read(node.query),
            columns=columns_read(node.query),
        )
        return "CREATE MATERIALIZED VIEW", (*query, view)
    table = _table_from(node.into, if_not_exists=node.if_not_exists)
    return "CREATE TABLE AS", (*query, table)


def _table_from(into: pb.IntoClause, *, if_not_exists: bool = False) -> CreateTable:
    return CreateTable(
        relation(into.rel),
        temporary=into.rel.relpersistence == "t",
        if_not_exists=if_not_exists,
        from_query=True,
    )


@reads("insert_stmt")
def insert(node: pb.InsertStmt) -> Reading:
    query = node.select_stmt.select_stmt
    changes = _from_with(node) + _from_with(query)
    table = relation(node.relation)
    columns = tuple(column.res_target.name for column in node.cols)
    changes.append(InsertRows(table, _sources(node, query), columns))
    conflict = node.on_conflict_clause
    if conflict.action == pb.ONCONFLICT_UPDATE:
        changes.append(UpdateRows(table, _assigned(conflict.target_list)))
    return "INSERT", tuple(changes)


def _sources(node: pb.InsertStmt, query: pb.SelectStmt) -> tuple[Name, ...]:
    """The tables that the query of an INSERT reads; a list of VALUES is not searched."""
    if query.values_lists:
        return ()
    own = {cte.ctename for cte in nodes_of(node, pb.CommonTableExpr)}
    read = (relation(var) for var in nodes_of(query, pb.RangeVar))
    return tuple(dict.fromkeys(name for name in read if name.schema or name.name not in own))


@reads("update_stmt")
def update(node: pb.UpdateStmt) -> Reading:
    restricted = _restricted(node)
    joined = bool(node.from_clause)
    change = UpdateRows(relation(node.relation), _assigned(node.target_list), restricted, joined)
    return "UPDATE", (*_from_with(node), change)


@reads("delete_stmt")
def delete(node: pb.DeleteStmt) -> Reading:
    joined = bool(node.using_clause)
    change = DeleteRows(relation(node.relation), _restricted(node), joined)
    return "DELETE", (*_from_with(node), change)


@reads("merge_stmt")
def merge(node: pb.MergeStmt) -> Reading:
    """MERGE: a change for every kind of action, each limited by the join condition."""
    table = relation(node.relation)
    changes: dict[Change, None] = {}
    for item in node.merge_when_clauses:
        clause = item.merge_when_clause
        columns = _assigned(clause.target_list)
        if clause.command_type == pb.CMD_INSERT:
            source = tuple(relation(var) for var in nodes_of(node.source_relation, pb.RangeVar))
            changes[InsertRows(table, source, columns)] = None
        elif clause.command_type == pb.CMD_UPDATE:
            changes[UpdateRows(table, columns, joined=True)] = None
        elif clause.command_type == pb.CMD_DELETE:
            changes[DeleteRows(table, joined=True)] = None
    return "MERGE", (*_from_with(node), *(changes or (ReadRows(),)))


@reads("truncate_stmt")
def truncate(node: pb.TruncateStmt) -> Reading:
    tables = (relation(item.range_var) for item in node.relations)
    return "TRUNCATE TABLE", tuple(
        TruncateTable(table, cascades(node.behavior)) for table in tables
    )


@reads("copy_stmt")
def copy(node: pb.CopyStmt) -> Reading:
    changes: list[Change] = []
    if node.is_program:
        changes.append(RunCode("COPY"))
    if node.is_from:
        changes.append(InsertRows(relation(node.relation), (), tuple(words(node.attlist))))
    elif node.HasField("query"):
        changes += _effects(node.query)
    return "COPY", tuple(changes) or (ReadRows(),)


@reads("explain_stmt")
def explain(node: pb.ExplainStmt) -> Reading:
    """EXPLAIN only plans; EXPLAIN ANALYZE also executes."""
    analyzes = switched_on(node.options, "analyze")
    return "EXPLAIN", (tuple(_effects(node.query)) if analyzes else ()) or (ReadRows(),)


@reads("prepare_stmt")
def prepare(_: pb.PrepareStmt) -> Reading:
    return "PREPARE", (ReadRows(),)  # EXECUTE is what runs it


@reads("declare_cursor_stmt")
def declare_cursor(node: pb.DeclareCursorStmt) -> Reading:
    return "DECLARE CURSOR", tuple(_effects(node.query)) or (ReadRows(),)


def _effects(query: pb.Node) -> list[Change]:
    """The changes of a query inside another statement."""
    return [change for change in read_node(query)[1] if not isinstance(change, ReadRows)]


def _from_with(node: Any) -> list[Change]:
    """The changes of data-modifying statements in WITH (PostgreSQL 7.8.4)."""
    changes: list[Change] = []
    for cte in node.with_clause.ctes:
        query = cte.common_table_expr.ctequery
        if query.WhichOneof("node") != "select_stmt":
            changes += _effects(query)
    return changes


def _assigned(targets: Iterable[pb.Node]) -> tuple[str, ...]:
    return tuple(target.res_target.name for target in targets)


def _restricted(node: pb.UpdateStmt | pb.DeleteStmt) -> bool:
    return bool(node.HasField("where_clause")) and _truth(node.where_clause) is not True


def _truth(node: pb.Node) -> bool | None:
    """The value of a condition that is the same for every row; None where its text does not show
    one.
    """
    which = node.WhichOneof("node")
    if which == "a_const":
        return bool(node.a_const.boolval.boolval) if node.a_const.HasField("boolval") else None
    if which == "type_cast":
        return _truth(node.type_cast.arg)
    if which == "bool_expr":
        return _truth_of_logic(node.bool_expr)
    if which == "a_expr":
        return _truth_of_comparison(node.a_expr)
    return None


def _truth_of_logic(node: pb.BoolExpr) -> bool | None:
    truths = [_truth(arg) for arg in node.args]
    if node.boolop == pb.NOT_EXPR:
        return None if truths[0] is None else not truths[0]
    decisive = bool(node.boolop == pb.OR_EXPR)
    if decisive in truths:
        return decisive
    return None if None in truths else not decisive


def _truth_of_comparison(node: pb.A_Expr) -> bool | None:
    """Of two constants written alike, or of a column with itself under NOT DISTINCT FROM."""
    left, right = node.lexpr, node.rexpr
    kinds = (left.WhichOneof("node"), right.WhichOneof("node"))
    if node.kind == pb.AEXPR_NOT_DISTINCT and kinds == ("column_ref", "column_ref"):
        same = words(left.column_ref.fields) == words(right.column_ref.fields)
        return True if same else None
    if node.kind != pb.AEXPR_OP or kinds != ("a_const", "a_const"):
        return None
    if left.a_const.isnull or right.a_const.isnull or words(node.name) != ["="]:
        return None
    return True if _value(left.a_const) == _value(right.a_const) else None


def _value(constant: pb.A_Const) -> tuple[str, str]:
    kind = constant.WhichOneof("val") or ""
    return kind, str(getattr(constant, kind))
