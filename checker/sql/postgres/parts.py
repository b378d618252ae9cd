"""Parts of a statement that no change holds: the values that an UPDATE assigns, its rows, and the
operators with which an EXCLUDE constraint compares. Needed only for a statement that has failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from postgast import PgQueryError, parse
from postgast import pg_query_pb2 as pb

from checker.model.changes import RowStatement
from checker.sql.postgres.terms import nodes_of, relation, sql_of


def row_statement(text: str, *, aliased: bool = False) -> RowStatement | None:
    """An UPDATE or DELETE; None for any other, and where it reads further tables.

    With ``aliased`` the table may have another name in the statement, which its values and its
    condition then keep.
    """
    node = _parsed(text)
    statement: Any
    if node is None:
        return None
    match node.WhichOneof("node"):
        case "update_stmt":
            statement = node.update_stmt
            further = statement.from_clause
        case "delete_stmt":
            statement = node.delete_stmt
            further = statement.using_clause
        case _:
            return None
    if further or statement.HasField("with_clause"):
        return None
    if statement.relation.HasField("alias") and not aliased:
        return None
    targets = [target.res_target for target in getattr(statement, "target_list", ())]
    if any(target.indirection or target.val.HasField("multi_assign_ref") for target in targets):
        return None
    where = sql_of(statement.where_clause) if statement.HasField("where_clause") else None
    values = {target.name: sql_of(target.val) for target in targets}
    return RowStatement(relation(statement.relation), values, where)


def exclusion_operators(text: str) -> Sequence[str]:
    """The operators of the EXCLUDE constraint in a statement, one for each of its keys."""
    node = _parsed(text)
    for constraint in nodes_of(node, pb.Constraint) if node else ():
        if constraint.contype == pb.CONSTR_EXCLUSION:
            return [
                "OPERATOR({})".format(".".join(names)) if len(names) > 1 else names[0]
                for element in constraint.exclusions
                for names in [[n.string.sval for n in element.list.items[1].list.items]]
            ]
    return ()


def _parsed(text: str) -> pb.Node | None:
    try:
        statements = parse(text).stmts
    except PgQueryError:
        return None
    return statements[0].stmt if len(statements) == 1 else None
