"""CREATE and DROP of everything that is not a table, and privileges and comments."""

from __future__ import annotations

from postgast import pg_query_pb2 as pb

from checker.model.changes import (
    AddEnumValue,
    AlterObject,
    Change,
    ChangePrivileges,
    Comment,
    CreateEnum,
    CreateObject,
    DropIndex,
    DropObject,
    DropTable,
    DropType,
    Name,
    RenameEnumValue,
)
from checker.sql.postgres.registry import Reading, read_node, reads
from checker.sql.postgres.terms import (
    TABLES,
    cascades,
    named,
    object_kind,
    object_name,
    relation,
    role,
    roles,
)

_TYPES = (pb.OBJECT_TYPE, pb.OBJECT_DOMAIN)


@reads("drop_stmt")
def drop(node: pb.DropStmt) -> Reading:
    changes = tuple(_drop_of(node, item) for item in node.objects)
    return f"DROP {object_kind(node.remove_type)}", changes


def _drop_of(node: pb.DropStmt, item: pb.Node) -> Change:
    kind = node.remove_type
    name, on = object_name(kind, item)
    cascade, if_exists = cascades(node.behavior), node.missing_ok
    if kind in TABLES:
        return DropTable(name, cascade, if_exists)
    if kind in _TYPES:
        return DropType(name, cascade, if_exists)
    if kind == pb.OBJECT_INDEX:
        return DropIndex(name, None, node.concurrent, cascade, if_exists)
    return DropObject(object_kind(kind), name, on, cascade, if_exists)


def created(kind: str, name: Name, **details: object) -> Reading:
    return f"CREATE {kind}", (CreateObject(kind, name, **details),)  # type: ignore[arg-type]


def dropped(kind: str, name: str, missing_ok: bool, on: Name | None = None) -> Reading:
    return f"DROP {kind}", (DropObject(kind, Name(name), on, if_exists=missing_ok),)


# -- types ----------------------------------------------------------------------------------


@reads("create_enum_stmt")
def create_enum(node: pb.CreateEnumStmt) -> Reading:
    values = tuple(value.string.sval for value in node.vals)
    return "CREATE TYPE", (CreateEnum(named(node.type_name), values),)


@reads("alter_enum_stmt")
def alter_enum(node: pb.AlterEnumStmt) -> Reading:
    enum = named(node.type_name)
    if node.old_val:
        return "ALTER TYPE", (RenameEnumValue(enum, node.old_val, node.new_val),)
    neighbour = node.new_val_neighbor or None
    after = node.new_val_is_after
    change = AddEnumValue(
        enum,
        node.new_val,
        before=None if after else neighbour,
        after=neighbour if after else None,
        if_not_exists=node.skip_if_new_val_exists,
    )
    return "ALTER TYPE", (change,)


@reads("composite_type_stmt")
def create_composite(node: pb.CompositeTypeStmt) -> Reading:
    return created("TYPE", relation(node.typevar))


@reads("create_range_stmt")
def create_range(node: pb.CreateRangeStmt) -> Reading:
    return created("TYPE", named(node.type_name))


@reads("define_stmt")
def define(node: pb.DefineStmt) -> Reading:
    """CREATE AGGREGATE, OPERATOR, base TYPE, COLLATION and TEXT SEARCH objects."""
    name = named(node.defnames)
    kind = object_kind(node.kind)
    return created(kind, name, replace=node.replace, if_not_exists=node.if_not_exists)


# -- schemas, extensions, code --------------------------------------------------------------


@reads("create_schema_stmt")
def create_schema(node: pb.CreateSchemaStmt) -> Reading:
    """CREATE SCHEMA, and the objects that it makes inside the schema."""
    schema = node.schemaname or role(node.authrole)
    changes: list[Change] = [CreateObject("SCHEMA", Name(schema), if_not_exists=node.if_not_exists)]
    for element in node.schema_elts:
        _put_into(schema, element)
        changes += read_node(element)[1]
    return "CREATE SCHEMA", tuple(changes)


def _put_into(schema: str, element: pb.Node) -> None:
    """Add the schema to an element that is written without it."""
    statement = getattr(element, element.WhichOneof("node") or "")
    for field in ("relation", "view", "sequence"):
        if field in statement.DESCRIPTOR.fields_by_name:
            target = getattr(statement, field)
            target.schemaname = target.schemaname or schema


@reads("create_extension_stmt")
def create_extension(node: pb.CreateExtensionStmt) -> Reading:
    return created("EXTENSION", Name(node.extname), if_not_exists=node.if_not_exists)


@reads("create_function_stmt")
def create_function(node: pb.CreateFunctionStmt) -> Reading:
    kind = "PROCEDURE" if node.is_procedure else "FUNCTION"
    return created(kind, named(node.funcname), replace=node.replace)


@reads("create_plang_stmt")
def create_language(node: pb.CreatePLangStmt) -> Reading:
    return created("LANGUAGE", Name(node.plname), replace=node.replace)


@reads("create_trig_stmt")
def create_trigger(node: pb.CreateTrigStmt) -> Reading:
    table = relation(node.relation)
    return created("TRIGGER", Name(node.trigname), on=table, replace=node.replace)


@reads("create_event_trig_stmt")
def create_event_trigger(node: pb.CreateEventTrigStmt) -> Reading:
    return created("EVENT TRIGGER", Name(node.trigname))


@reads("rule_stmt")
def create_rule(node: pb.RuleStmt) -> Reading:
    table = relation(node.relation)
    return created("RULE", Name(node.rulename), on=table, replace=node.replace)


@reads("create_policy_stmt")
def create_policy(node: pb.CreatePolicyStmt) -> Reading:
    return created("POLICY", Name(node.policy_name), on=relation(node.table))


@reads("create_stats_stmt")
def create_statistics(node: pb.CreateStatsStmt) -> Reading:
    """Extended statistics; a name may be left out since PostgreSQL 16."""
    name = named(node.defnames) if node.defnames else Name("")
    tables = [item.range_var for item in node.relations if item.HasField("range_var")]
    on = relation(tables[0]) if tables else None
    return created("STATISTICS", name, on=on, if_not_exists=node.if_not_exists)


# -- operators, casts, access methods -------------------------------------------------------


@reads("create_op_class_stmt")
def create_operator_class(node: pb.CreateOpClassStmt) -> Reading:
    return created("OPERATOR CLASS", named(node.opclassname))


@reads("create_op_family_stmt")
def create_operator_family(node: pb.CreateOpFamilyStmt) -> Reading:
    return created("OPERATOR FAMILY", named(node.opfamilyname))


@reads("create_cast_stmt")
def create_cast(node: pb.CreateCastStmt) -> Reading:
    source, target = named(node.sourcetype.names), named(node.targettype.names)
    return created("CAST", Name(f"{source} AS {target}"))


@reads("create_transform_stmt")
def create_transform(node: pb.CreateTransformStmt) -> Reading:
    name = Name(f"{named(node.type_name.names)} LANGUAGE {node.lang}")
    return created("TRANSFORM", name, replace=node.replace)


@reads("create_conversion_stmt")
def create_conversion(node: pb.CreateConversionStmt) -> Reading:
    return created("CONVERSION", named(node.conversion_name))


@reads("create_am_stmt")
def create_access_method(node: pb.CreateAmStmt) -> Reading:
    return created("ACCESS METHOD", Name(node.amname))


# -- privileges and comments ----------------------------------------------------------------


@reads("grant_stmt")
def grant(node: pb.GrantStmt) -> Reading:
    what = "GRANT" if node.is_grant else "REVOKE"
    names = tuple(_granted(node.objtype, item) for item in node.objects)
    return what, (ChangePrivileges(what, names, roles(node.grantees)),)


def _granted(kind: int, item: pb.Node) -> Name:
    if item.WhichOneof("node") == "range_var":
        return relation(item.range_var)
    return object_name(kind, item)[0]


@reads("grant_role_stmt")
def grant_role(node: pb.GrantRoleStmt) -> Reading:
    what = "GRANT" if node.is_grant else "REVOKE"
    names = tuple(Name(item.access_priv.priv_name) for item in node.granted_roles)
    return f"{what} ROLE", (ChangePrivileges(what, names, roles(node.grantee_roles)),)


@reads("alter_default_privileges_stmt")
def alter_default_privileges(node: pb.AlterDefaultPrivilegesStmt) -> Reading:
    what = "ALTER DEFAULT PRIVILEGES"
    return what, (ChangePrivileges(what, (), roles(node.action.grantees)),)


@reads("reassign_owned_stmt")
def reassign_owned(node: pb.ReassignOwnedStmt) -> Reading:
    affected = (*roles(node.roles), role(node.newrole))
    return "REASSIGN OWNED", (ChangePrivileges("REASSIGN OWNED", (), affected),)


@reads("comment_stmt")
def comment(node: pb.CommentStmt) -> Reading:
    name, on = object_name(node.objtype, node.object)
    if on is not None:
        name = Name(f"{on.name}.{name.name}", on.schema)
    return "COMMENT", (Comment(object_kind(node.objtype), name),)


@reads("sec_label_stmt")
def label(node: pb.SecLabelStmt) -> Reading:
    name, on = object_name(node.objtype, node.object)
    kind = object_kind(node.objtype)
    return "SECURITY LABEL", (AlterObject(kind, name, "SECURITY LABEL", on),)
