"""Which functions a SELECT calls for their effect.

A SELECT that is a statement of a script serves only to call functions, since nobody sees its rows.
Each function that it calls, anywhere in the query, is code whose effect only a replay shows. Two
kinds are left out: those behind SQL's own syntax (``EXTRACT``, ``OVERLAPS``), and the functions of
PostgreSQL listed below, which count, look something up or compute, and which people write around
the call that matters. In another schema than ``pg_catalog`` no name is left out.
"""

from __future__ import annotations

from postgast import pg_query_pb2 as pb

from checker.model.changes import Change, RunCode, SetParameter
from checker.sql.postgres.terms import named, nodes_of

# PostgreSQL documentation, chapter 9 (Functions and Operators).
_HARMLESS = {
    "abs", "age", "array_agg", "array_length", "array_to_string", "avg", "bool_and", "bool_or",
    "cardinality", "ceil", "clock_timestamp", "concat", "concat_ws", "count", "current_database",
    "current_schema", "current_schemas", "current_setting", "date_part", "date_trunc", "floor",
    "format", "format_type", "gen_random_uuid", "generate_series", "has_schema_privilege",
    "has_table_privilege", "json_agg", "json_build_object", "jsonb_agg", "jsonb_array_elements",
    "jsonb_array_elements_text", "jsonb_build_object", "jsonb_object_agg", "jsonb_object_keys",
    "jsonb_typeof", "left", "length", "like_escape", "lower", "max", "md5", "min", "now",
    "obj_description", "pg_get_constraintdef", "pg_get_expr", "pg_get_functiondef",
    "pg_get_indexdef", "pg_get_serial_sequence", "pg_get_viewdef", "pg_relation_size",
    "pg_size_pretty", "pg_table_is_visible", "pg_total_relation_size", "pg_typeof", "quote_ident",
    "quote_literal", "random", "rank", "regexp_matches", "regexp_replace",
    "regexp_split_to_table", "replace", "right", "round", "row_number", "row_to_json",
    "similar_to_escape", "split_part", "string_agg", "string_to_array", "substr", "sum",
    "to_char", "to_date", "to_json", "to_jsonb", "to_regclass", "to_regtype", "to_timestamp",
    "unnest", "upper", "version",
}  # fmt: skip


def calls(node: pb.SelectStmt) -> list[Change]:
    """A change for every function that a query calls for its effect, each once."""
    changes: dict[Change, None] = {}
    for call in nodes_of(node, pb.FuncCall):
        name = named(call.funcname)
        builtin = name.schema in (None, "pg_catalog")
        if call.funcformat == pb.COERCE_SQL_SYNTAX or (builtin and name.name in _HARMLESS):
            continue
        parameter = _parameter(call) if builtin and name.name == "set_config" else None
        changes[parameter or RunCode("SELECT", name)] = None
    return list(changes)


def _parameter(call: pb.FuncCall) -> SetParameter | None:
    """``set_config('name', 'value', is_local)``, which does what SET does."""
    if len(call.args) != 3:
        return None
    name, value, local = (argument.a_const for argument in call.args)
    if not (name.HasField("sval") and value.HasField("sval")):
        return None
    return SetParameter(name.sval.sval, value.sval.sval, local.boolval.boolval)
