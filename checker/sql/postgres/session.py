"""Statements about the session, transactions, locks and upkeep."""

from __future__ import annotations

from typing import get_args

from postgast import pg_query_pb2 as pb

from checker.model import LockMode
from checker.model.changes import (
    AlterObject,
    Change,
    ControlTransaction,
    LockTable,
    Maintain,
    Name,
    ReadRows,
    RunCode,
    SetParameter,
)
from checker.sql.postgres.registry import Reading, reads
from checker.sql.postgres.terms import named, relation, sql_of, switched_on

_TRANSACTION = {
    pb.TRANS_STMT_BEGIN: "BEGIN",
    pb.TRANS_STMT_START: "BEGIN",
    pb.TRANS_STMT_COMMIT: "COMMIT",
    pb.TRANS_STMT_ROLLBACK: "ROLLBACK",
    pb.TRANS_STMT_SAVEPOINT: "SAVEPOINT",
    pb.TRANS_STMT_RELEASE: "RELEASE",
    pb.TRANS_STMT_ROLLBACK_TO: "ROLLBACK TO",
    pb.TRANS_STMT_PREPARE: "PREPARE TRANSACTION",
    pb.TRANS_STMT_COMMIT_PREPARED: "COMMIT PREPARED",
    pb.TRANS_STMT_ROLLBACK_PREPARED: "ROLLBACK PREPARED",
}
_TRANSACTION_TAGS = {
    pb.TRANS_STMT_START: "START TRANSACTION",
    pb.TRANS_STMT_ROLLBACK_TO: "ROLLBACK",
}
# The lock modes by number (PostgreSQL's storage/lockdefs.h).
_LOCK_MODES = ("", *get_args(LockMode))


@reads("transaction_stmt")
def transaction(node: pb.TransactionStmt) -> Reading:
    what = _TRANSACTION[node.kind]
    return _TRANSACTION_TAGS.get(node.kind, what), (ControlTransaction(what),)


@reads("variable_set_stmt")
def set_parameter(node: pb.VariableSetStmt) -> Reading:
    change = parameter_of(node)
    return ("RESET" if node.kind in (pb.VAR_RESET, pb.VAR_RESET_ALL) else "SET"), (change,)


def parameter_of(node: pb.VariableSetStmt) -> SetParameter:
    """The parameter of SET or RESET; ``ALL`` for RESET ALL, ``TRANSACTION`` for its modes.

    The modes of a transaction are given as ``name=value``.
    """
    if node.kind == pb.VAR_RESET_ALL:
        return SetParameter("ALL", None)
    value = None
    if node.kind == pb.VAR_SET_MULTI:
        modes = (item.def_elem for item in node.args if item.WhichOneof("node") == "def_elem")
        value = ", ".join(f"{mode.defname}={_plain(mode.arg)}" for mode in modes)
    elif node.kind == pb.VAR_SET_CURRENT:
        value = "CURRENT"
    elif node.kind == pb.VAR_SET_VALUE:
        value = ", ".join(_plain(argument) for argument in node.args)
    return SetParameter(node.name, value, node.is_local)


def _plain(node: pb.Node) -> str:
    """A value without its quotes."""
    if node.WhichOneof("node") == "a_const" and node.a_const.HasField("sval"):
        return str(node.a_const.sval.sval)
    return sql_of(node)


@reads("constraints_set_stmt")
def set_constraints(node: pb.ConstraintsSetStmt) -> Reading:
    value = "DEFERRED" if node.deferred else "IMMEDIATE"
    return "SET CONSTRAINTS", (SetParameter("CONSTRAINTS", value, local=True),)


@reads("alter_system_stmt")
def alter_system(node: pb.AlterSystemStmt) -> Reading:
    parameter = parameter_of(node.setstmt)
    what = "RESET" if parameter.value is None else "SET"
    return "ALTER SYSTEM", (AlterObject("SYSTEM", Name(parameter.name), what),)


@reads("discard_stmt")
def discard(node: pb.DiscardStmt) -> Reading:
    """DISCARD ALL also resets every parameter; temporary tables are the session's own."""
    target = pb.DiscardMode.Name(node.target).removeprefix("DISCARD_")
    change: Change = SetParameter("ALL", None) if target == "ALL" else ReadRows()
    return f"DISCARD {target}", (change,)


@reads("lock_stmt")
def lock(node: pb.LockStmt) -> Reading:
    mode = _LOCK_MODES[node.mode]
    tables = (relation(item.range_var) for item in node.relations)
    return "LOCK TABLE", tuple(LockTable(table, mode) for table in tables)


@reads("vacuum_stmt")
def vacuum(node: pb.VacuumStmt) -> Reading:
    """VACUUM or ANALYZE; ``VACUUM FULL``, which rewrites the table, keeps that name."""
    tag = what = "VACUUM" if node.is_vacuumcmd else "ANALYZE"
    if switched_on(node.options, "full"):
        what = "VACUUM FULL"
    tables = [relation(item.vacuum_relation.relation) for item in node.rels]
    return tag, tuple(Maintain(what, table) for table in tables) or (Maintain(what),)


@reads("cluster_stmt")
def cluster(node: pb.ClusterStmt) -> Reading:
    table = relation(node.relation) if node.HasField("relation") else None
    return "CLUSTER", (Maintain("CLUSTER", table),)


@reads("reindex_stmt")
def reindex(node: pb.ReindexStmt) -> Reading:
    """REINDEX, with the kind of object: ``REINDEX INDEX``, ``REINDEX TABLE`` …"""
    kind = pb.ReindexObjectType.Name(node.kind).removeprefix("REINDEX_OBJECT_")
    name = Name(node.name) if node.name else None
    if node.HasField("relation"):
        name = relation(node.relation)
    concurrently = switched_on(node.params, "concurrently")
    return "REINDEX", (Maintain(f"REINDEX {kind}", name, concurrently),)


@reads("refresh_mat_view_stmt")
def refresh(node: pb.RefreshMatViewStmt) -> Reading:
    tag = "REFRESH MATERIALIZED VIEW"
    return tag, (Maintain(tag, relation(node.relation), node.concurrent),)


@reads("check_point_stmt")
def checkpoint(_: pb.CheckPointStmt) -> Reading:
    return "CHECKPOINT", (Maintain("CHECKPOINT"),)


@reads("load_stmt")
def load(node: pb.LoadStmt) -> Reading:
    return "LOAD", (RunCode("LOAD", Name(node.filename)),)


@reads("call_stmt")
def call(node: pb.CallStmt) -> Reading:
    return "CALL", (RunCode("CALL", named(node.funccall.funcname)),)


@reads("execute_stmt")
def execute(node: pb.ExecuteStmt) -> Reading:
    return "EXECUTE", (RunCode("EXECUTE", Name(node.name)),)


@reads("deallocate_stmt")
def deallocate(node: pb.DeallocateStmt) -> Reading:
    return ("DEALLOCATE ALL" if node.isall else "DEALLOCATE"), (ReadRows(),)


@reads("variable_show_stmt")
def show(_: pb.VariableShowStmt) -> Reading:
    return "SHOW", (ReadRows(),)


@reads("fetch_stmt")
def fetch(node: pb.FetchStmt) -> Reading:
    return ("MOVE" if node.ismove else "FETCH"), (ReadRows(),)


@reads("close_portal_stmt")
def close(node: pb.ClosePortalStmt) -> Reading:
    return ("CLOSE CURSOR" if node.portalname else "CLOSE CURSOR ALL"), (ReadRows(),)


@reads("notify_stmt")
def notify(_: pb.NotifyStmt) -> Reading:
    return "NOTIFY", (ReadRows(),)


@reads("listen_stmt")
def listen(_: pb.ListenStmt) -> Reading:
    return "LISTEN", (ReadRows(),)


@reads("unlisten_stmt")
def unlisten(_: pb.UnlistenStmt) -> Reading:
    return "UNLISTEN", (ReadRows(),)
