"""ALTER of objects that share no grammar with ALTER TABLE."""

from __future__ import annotations

from msgspec.structs import replace
from postgast import pg_query_pb2 as pb

from checker.model.changes import AlterObject, Name
from checker.sql.postgres.cluster import altered
from checker.sql.postgres.registry import Reading, reads
from checker.sql.postgres.tables import owned_by
from checker.sql.postgres.terms import named, object_kind, object_name, options, relation

_EVENT_TRIGGER_STATES = {
    "O": "ENABLE",
    "D": "DISABLE",
    "R": "ENABLE REPLICA",
    "A": "ENABLE ALWAYS",
}


@reads("alter_seq_stmt")
def alter_sequence(node: pb.AlterSeqStmt) -> Reading:
    """ALTER SEQUENCE, with its options: ``RESTART``, ``OWNED BY`` …"""
    what = ", ".join(options(node.options)).replace("_", " ").upper()
    sequence = relation(node.sequence)
    owner = owned_by(sequence, node.options)
    if owner is not None:
        return "ALTER SEQUENCE", (replace(owner, what=what),)
    return altered("SEQUENCE", sequence, what)


@reads("alter_function_stmt")
def alter_function(node: pb.AlterFunctionStmt) -> Reading:
    what = ", ".join(options(node.actions)).replace("_", " ").upper()
    return altered(object_kind(node.objtype), named(node.func.objname), what)


@reads("alter_object_depends_stmt")
def alter_dependency(node: pb.AlterObjectDependsStmt) -> Reading:
    what = "NO DEPENDS ON EXTENSION" if node.remove else "DEPENDS ON EXTENSION"
    kind = object_kind(node.object_type)
    on = relation(node.relation) if node.HasField("relation") else None
    if not node.HasField("object"):
        return altered(kind, on or Name(""), what)
    items = node.object.list.items
    name = named(items) if items else object_name(node.object_type, node.object)[0]
    return altered(kind, name, what, on)


@reads("alter_policy_stmt")
def alter_policy(node: pb.AlterPolicyStmt) -> Reading:
    parts = {"TO": node.roles, "USING": node.HasField("qual")}
    parts["WITH CHECK"] = node.HasField("with_check")
    what = ", ".join(word for word, given in parts.items() if given)
    return altered("POLICY", Name(node.policy_name), what, relation(node.table))


@reads("alter_event_trig_stmt")
def alter_event_trigger(node: pb.AlterEventTrigStmt) -> Reading:
    return altered("EVENT TRIGGER", Name(node.trigname), _EVENT_TRIGGER_STATES[node.tgenabled])


@reads("alter_extension_stmt")
def alter_extension(node: pb.AlterExtensionStmt) -> Reading:
    return altered("EXTENSION", Name(node.extname), "UPDATE")


@reads("alter_extension_contents_stmt")
def alter_extension_contents(node: pb.AlterExtensionContentsStmt) -> Reading:
    what = "ADD" if node.action > 0 else "DROP"
    return altered("EXTENSION", Name(node.extname), f"{what} {object_kind(node.objtype)}")


@reads("alter_type_stmt")
def alter_type(node: pb.AlterTypeStmt) -> Reading:
    return altered("TYPE", named(node.type_name), "SET OPTIONS")


@reads("alter_collation_stmt")
def alter_collation(node: pb.AlterCollationStmt) -> Reading:
    return altered("COLLATION", named(node.collname), "REFRESH VERSION")


@reads("alter_stats_stmt")
def alter_statistics(node: pb.AlterStatsStmt) -> Reading:
    return altered("STATISTICS", named(node.defnames), "SET STATISTICS")


@reads("alter_operator_stmt")
def alter_operator(node: pb.AlterOperatorStmt) -> Reading:
    return altered("OPERATOR", named(node.opername.objname), "SET OPTIONS")


@reads("alter_op_family_stmt")
def alter_operator_family(node: pb.AlterOpFamilyStmt) -> Reading:
    what = "DROP" if node.is_drop else "ADD"
    return altered("OPERATOR FAMILY", named(node.opfamilyname), what)


@reads("alter_tsdictionary_stmt")
def alter_dictionary(node: pb.AlterTSDictionaryStmt) -> Reading:
    return altered("TEXT SEARCH DICTIONARY", named(node.dictname), "OPTIONS")


@reads("alter_tsconfiguration_stmt")
def alter_configuration(node: pb.AlterTSConfigurationStmt) -> Reading:
    kind = "TEXT SEARCH CONFIGURATION"
    return f"ALTER {kind}", (AlterObject(kind, named(node.cfgname), "MAPPING"),)
