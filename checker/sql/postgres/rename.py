"""RENAME, SET SCHEMA and OWNER TO of any object, and ALTER DOMAIN."""

from __future__ import annotations

from postgast import pg_query_pb2 as pb

from checker.model.changes import (
    AlterDomain,
    AlterObject,
    Change,
    ChangePrivileges,
    MoveTable,
    Name,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameObject,
    RenameTable,
    RenameType,
)
from checker.sql.postgres.alter import alter_tag
from checker.sql.postgres.registry import Reading, reads
from checker.sql.postgres.tables import default_of, domain_constraint
from checker.sql.postgres.terms import TABLES, named, object_kind, object_name, relation, role


@reads("rename_stmt")
def rename(node: pb.RenameStmt) -> Reading:
    kind = node.rename_type
    tag = alter_tag(node.relation_type if kind == pb.OBJECT_COLUMN else kind)
    return tag, (_renaming(node, kind),)


def _renaming(node: pb.RenameStmt, kind: int) -> Change:
    to = node.newname
    if node.HasField("relation"):
        return _renaming_of_relation(node, kind)
    if kind in (pb.OBJECT_TYPE, pb.OBJECT_DOMAIN):
        return RenameType(object_name(kind, node.object)[0], to)
    if kind == pb.OBJECT_DOMCONSTRAINT:
        name, domain = object_name(kind, node.object)
        renamed = domain or name
        return AlterDomain(renamed, "RENAME CONSTRAINT", name=node.subname, to=to)
    if not node.HasField("object"):
        return RenameObject(object_kind(kind), Name(node.subname), to)
    return RenameObject(object_kind(kind), object_name(kind, node.object)[0], to)


def _renaming_of_relation(node: pb.RenameStmt, kind: int) -> Change:
    name, to = relation(node.relation), node.newname
    if kind in TABLES:
        return RenameTable(name, to)
    if kind == pb.OBJECT_INDEX:
        return RenameIndex(name, to)
    if kind == pb.OBJECT_TABCONSTRAINT:
        return RenameConstraint(name, node.subname, to)
    if kind == pb.OBJECT_COLUMN and node.relation_type in TABLES:
        return RenameColumn(name, node.subname, to)
    if kind in (pb.OBJECT_COLUMN, pb.OBJECT_ATTRIBUTE):
        return AlterObject(object_kind(node.relation_type), name, f"RENAME {object_kind(kind)}")
    if node.subname:
        return RenameObject(object_kind(kind), Name(node.subname), to, on=name)
    return RenameObject(object_kind(kind), name, to)


@reads("alter_object_schema_stmt")
def move(node: pb.AlterObjectSchemaStmt) -> Reading:
    kind = node.object_type
    if not node.HasField("relation"):
        name = object_name(kind, node.object)[0]
    else:
        name = relation(node.relation)
        if kind in TABLES:
            return alter_tag(kind), (MoveTable(name, node.newschema),)
    moved = AlterObject(object_kind(kind), name, "SET SCHEMA", argument=node.newschema)
    return alter_tag(kind), (moved,)


@reads("alter_owner_stmt")
def change_owner(node: pb.AlterOwnerStmt) -> Reading:
    kind = node.object_type
    name = object_name(kind, node.object)[0]
    return alter_tag(kind), (ChangePrivileges("OWNER TO", (name,), (role(node.newowner),)),)


_DOMAIN_COMMANDS = {
    "T": "SET DEFAULT",
    "N": "DROP NOT NULL",
    "O": "SET NOT NULL",
    "C": "ADD CONSTRAINT",
    "X": "DROP CONSTRAINT",
    "V": "VALIDATE CONSTRAINT",
}


@reads("alter_domain_stmt")
def alter_domain(node: pb.AlterDomainStmt) -> Reading:
    what = _DOMAIN_COMMANDS[node.subtype]
    definition: pb.Node = getattr(node, "def")
    constraint = default = None
    if what == "SET DEFAULT" and not node.HasField("def"):
        what = "DROP DEFAULT"
    elif what == "SET DEFAULT":
        default = default_of(definition)
    elif what == "ADD CONSTRAINT":
        constraint = domain_constraint(definition.constraint)
    change = AlterDomain(
        named(node.type_name), what, constraint, name=node.name or None, default=default
    )
    return "ALTER DOMAIN", (change,)
