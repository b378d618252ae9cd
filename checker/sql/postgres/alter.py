"""ALTER of tables and their parts: one change for every command."""

from __future__ import annotations

from collections.abc import Callable

from postgast import pg_query_pb2 as pb

from checker.model.changes import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    AlterColumnType,
    AlterObject,
    AlterTable,
    Change,
    ChangePrivileges,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropNotNull,
    Name,
    SetDefault,
    SetNotNull,
    ValidateConstraint,
)
from checker.sql.postgres.registry import Reading, reads
from checker.sql.postgres.tables import column_of, constraint_of
from checker.sql.postgres.terms import TABLES, cascades, named, object_kind, relation, role, sql_of
from checker.sql.postgres.types import type_of

_OF_A_TABLE = (pb.OBJECT_COLUMN, pb.OBJECT_TABCONSTRAINT)

# Commands of ALTER TABLE that have no change of their own, in the words of SQL.
_COLUMN_COMMANDS = {
    pb.AT_SetExpression: "SET EXPRESSION",
    pb.AT_DropExpression: "DROP EXPRESSION",
    pb.AT_SetStatistics: "SET STATISTICS",
    pb.AT_SetOptions: "SET OPTIONS",
    pb.AT_ResetOptions: "RESET OPTIONS",
    pb.AT_SetStorage: "SET STORAGE",
    pb.AT_SetCompression: "SET COMPRESSION",
    pb.AT_AlterColumnGenericOptions: "OPTIONS",
    pb.AT_AddIdentity: "ADD IDENTITY",
    pb.AT_SetIdentity: "SET IDENTITY",
    pb.AT_DropIdentity: "DROP IDENTITY",
}
_TABLE_COMMANDS = {
    pb.AT_AlterConstraint: "ALTER CONSTRAINT",
    pb.AT_ClusterOn: "CLUSTER ON",
    pb.AT_DropCluster: "SET WITHOUT CLUSTER",
    pb.AT_SetLogged: "SET LOGGED",
    pb.AT_SetUnLogged: "SET UNLOGGED",
    pb.AT_DropOids: "SET WITHOUT OIDS",
    pb.AT_SetAccessMethod: "SET ACCESS METHOD",
    pb.AT_SetTableSpace: "SET TABLESPACE",
    pb.AT_SetRelOptions: "SET",
    pb.AT_ResetRelOptions: "RESET",
    pb.AT_EnableTrig: "ENABLE TRIGGER",
    pb.AT_EnableAlwaysTrig: "ENABLE ALWAYS TRIGGER",
    pb.AT_EnableReplicaTrig: "ENABLE REPLICA TRIGGER",
    pb.AT_DisableTrig: "DISABLE TRIGGER",
    pb.AT_EnableTrigAll: "ENABLE TRIGGER ALL",
    pb.AT_DisableTrigAll: "DISABLE TRIGGER ALL",
    pb.AT_EnableTrigUser: "ENABLE TRIGGER USER",
    pb.AT_DisableTrigUser: "DISABLE TRIGGER USER",
    pb.AT_EnableRule: "ENABLE RULE",
    pb.AT_EnableAlwaysRule: "ENABLE ALWAYS RULE",
    pb.AT_EnableReplicaRule: "ENABLE REPLICA RULE",
    pb.AT_DisableRule: "DISABLE RULE",
    pb.AT_AddInherit: "INHERIT",
    pb.AT_DropInherit: "NO INHERIT",
    pb.AT_AddOf: "OF",
    pb.AT_DropOf: "NOT OF",
    pb.AT_ReplicaIdentity: "REPLICA IDENTITY",
    pb.AT_EnableRowSecurity: "ENABLE ROW LEVEL SECURITY",
    pb.AT_DisableRowSecurity: "DISABLE ROW LEVEL SECURITY",
    pb.AT_ForceRowSecurity: "FORCE ROW LEVEL SECURITY",
    pb.AT_NoForceRowSecurity: "NO FORCE ROW LEVEL SECURITY",
    pb.AT_GenericOptions: "OPTIONS",
    pb.AT_AttachPartition: "ATTACH PARTITION",
    pb.AT_DetachPartition: "DETACH PARTITION",
    pb.AT_DetachPartitionFinalize: "DETACH PARTITION FINALIZE",
}
# Commands that ALTER TYPE, ALTER VIEW and the like share, in their words.
_OTHER_COMMANDS = {
    pb.AT_AddColumn: "ADD ATTRIBUTE",
    pb.AT_DropColumn: "DROP ATTRIBUTE",
    pb.AT_AlterColumnType: "ALTER ATTRIBUTE",
    pb.AT_ColumnDefault: "ALTER COLUMN DEFAULT",
} | {kind: f"ALTER COLUMN {what}" for kind, what in _COLUMN_COMMANDS.items()}


def _add_column(table: Name, cmd: pb.AlterTableCmd) -> Change:
    column, constraints = column_of(table, getattr(cmd, "def").column_def)
    return AddColumn(table, column, tuple(constraints), if_not_exists=cmd.missing_ok)


def _drop_column(table: Name, cmd: pb.AlterTableCmd) -> Change:
    return DropColumn(table, cmd.name, cascade=cascades(cmd.behavior), if_exists=cmd.missing_ok)


def _default(table: Name, cmd: pb.AlterTableCmd) -> Change:
    if not cmd.HasField("def"):
        return DropDefault(table, cmd.name)
    return SetDefault(table, cmd.name, sql_of(getattr(cmd, "def")))


def _type(table: Name, cmd: pb.AlterTableCmd) -> Change:
    definition: pb.ColumnDef = getattr(cmd, "def").column_def
    using = sql_of(definition.raw_default) if definition.HasField("raw_default") else None
    collation = None
    if definition.HasField("coll_clause"):
        collation = str(named(definition.coll_clause.collname))
    return AlterColumnType(table, cmd.name, type_of(definition.type_name), using, collation)


def _add_constraint(table: Name, cmd: pb.AlterTableCmd) -> Change:
    return AddConstraint(table, constraint_of(getattr(cmd, "def").constraint))


def _drop_constraint(table: Name, cmd: pb.AlterTableCmd) -> Change:
    cascade = cascades(cmd.behavior)
    return DropConstraint(table, cmd.name, cascade=cascade, if_exists=cmd.missing_ok)


_COMMANDS: dict[int, Callable[[Name, pb.AlterTableCmd], Change]] = {
    pb.AT_AddColumn: _add_column,
    pb.AT_DropColumn: _drop_column,
    pb.AT_ColumnDefault: _default,
    pb.AT_AlterColumnType: _type,
    pb.AT_SetNotNull: lambda table, cmd: SetNotNull(table, cmd.name),
    pb.AT_DropNotNull: lambda table, cmd: DropNotNull(table, cmd.name),
    pb.AT_AddConstraint: _add_constraint,
    pb.AT_DropConstraint: _drop_constraint,
    pb.AT_ValidateConstraint: lambda table, cmd: ValidateConstraint(table, cmd.name),
}


def alter_tag(kind: int) -> str:
    """PostgreSQL's command tag for an ALTER of this kind of object."""
    if kind in _OF_A_TABLE:
        return "ALTER TABLE"
    if kind == pb.OBJECT_ATTRIBUTE:
        return "ALTER TYPE"
    if kind == pb.OBJECT_DOMCONSTRAINT:
        return "ALTER DOMAIN"
    return f"ALTER {object_kind(kind)}"


@reads("alter_table_stmt")
def alter_table(node: pb.AlterTableStmt) -> Reading:
    """ALTER TABLE, and also ALTER INDEX, SEQUENCE, VIEW and TYPE where they share its grammar.

    A foreign table is a table here. PostgreSQL takes ALTER TABLE for a view or a sequence too; the
    text does not say what the name stands for.
    """
    name = relation(node.relation)
    commands = (item.alter_table_cmd for item in node.cmds)
    if node.objtype in TABLES:
        changes = tuple(_command(name, cmd) for cmd in commands)
    else:
        kind = object_kind(node.objtype)
        changes = tuple(_object_command(kind, name, cmd) for cmd in commands)
    return alter_tag(node.objtype), changes


def _command(table: Name, cmd: pb.AlterTableCmd) -> Change:
    reader = _COMMANDS.get(cmd.subtype)
    if reader is not None:
        return reader(table, cmd)
    if cmd.subtype == pb.AT_ChangeOwner:
        return ChangePrivileges("OWNER TO", (table,), (role(cmd.newowner),))
    if cmd.subtype in _COLUMN_COMMANDS:
        return AlterColumn(table, cmd.name, _COLUMN_COMMANDS[cmd.subtype])
    what = _table_command(cmd)
    concurrently = (
        cmd.subtype == pb.AT_DetachPartition and getattr(cmd, "def").partition_cmd.concurrent
    )
    return AlterTable(table, what, _argument(cmd), concurrently)


def _object_command(kind: str, name: Name, cmd: pb.AlterTableCmd) -> Change:
    if cmd.subtype == pb.AT_ChangeOwner:
        return ChangePrivileges("OWNER TO", (name,), (role(cmd.newowner),))
    return AlterObject(kind, name, _OTHER_COMMANDS.get(cmd.subtype) or _table_command(cmd))


def _table_command(cmd: pb.AlterTableCmd) -> str:
    """The command in the words of SQL; with storage parameters, their names."""
    what = _TABLE_COMMANDS.get(cmd.subtype) or pb.AlterTableType.Name(cmd.subtype)
    if cmd.subtype in (pb.AT_SetRelOptions, pb.AT_ResetRelOptions):
        names = (item.def_elem.defname for item in getattr(cmd, "def").list.items)
        return f"{what} ({', '.join(names)})"
    return what


def _argument(cmd: pb.AlterTableCmd) -> Name | None:
    """The table, trigger, index or other object that a command names."""
    if cmd.name:
        return Name(cmd.name)
    definition: pb.Node = getattr(cmd, "def")
    which = definition.WhichOneof("node")
    if which == "partition_cmd":
        return relation(definition.partition_cmd.name)
    if which == "range_var":
        return relation(definition.range_var)
    if which == "type_name":
        return named(definition.type_name.names)
    if which == "constraint":
        return Name(definition.constraint.conname)
    if which == "atalter_constraint":
        return Name(definition.atalter_constraint.conname)
    return None
