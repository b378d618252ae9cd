"""Functions that a default may call without being evaluated for each row.

A function is VOLATILE unless it is declared STABLE or IMMUTABLE (PostgreSQL docs, 36.7 Function
Volatility Categories), so this lists PostgreSQL's built-in functions of those two kinds (chapter 9,
Functions and Operators, and the conversions between types), and those of its contrib modules and
PostGIS that a default may call.
"""

import re

from checker.model.changes import Name

_BUILT_IN = frozenset({
    "abbrev", "abs", "acldefault", "acos", "acosd", "acosh", "age", "area", "array_dims",
    "array_fill", "array_length", "array_lower", "array_ndims", "array_position", "array_positions",
    "array_remove", "array_replace", "array_reverse", "array_sort", "array_to_json",
    "array_to_string", "array_to_tsvector", "array_upper", "ascii", "asin", "asind", "asinh",
    "atan", "atan2", "atan2d", "atand", "atanh", "bit", "bit_count", "bit_length", "bool",
    "bound_box", "box", "bpchar", "broadcast", "cardinality", "casefold", "cash_words", "cbrt",
    "ceil", "ceiling", "center", "char", "char_length", "character_length", "chr", "cidr", "circle",
    "col_description", "concat", "concat_ws", "convert", "convert_from", "convert_to", "cos",
    "cosd", "cosh", "cot", "cotd", "crc32", "crc32c", "current_catalog", "current_database",
    "current_role", "current_schema", "current_schemas", "current_setting", "current_user", "date",
    "date_add", "date_bin", "date_part", "date_subtract", "date_trunc", "datemultirange",
    "daterange", "decode", "degrees", "diagonal", "diameter", "div", "encode", "enum_first",
    "enum_last", "enum_range", "erf", "erfc", "exp", "extract", "factorial", "family", "float4",
    "float8", "floor", "format", "gamma", "gcd", "get_bit", "get_byte", "get_current_ts_config",
    "getdatabaseencoding", "getpgusername", "height", "host", "hostmask", "inet_client_addr",
    "inet_client_port", "inet_merge", "inet_same_family", "inet_server_addr", "inet_server_port",
    "initcap", "int2", "int4", "int4multirange", "int4range", "int8", "int8multirange", "int8range",
    "interval", "is_normalized", "isclosed", "isempty", "isfinite", "ishorizontal", "isopen",
    "isparallel", "isperp", "isvertical", "json_array_length", "json_build_array",
    "json_build_object", "json_object", "json_populate_record", "json_scalar", "json_serialize",
    "json_strip_nulls", "json_to_record", "json_to_tsvector", "json_typeof", "jsonb_array_length",
    "jsonb_build_array", "jsonb_build_object", "jsonb_insert", "jsonb_object", "jsonb_path_exists",
    "jsonb_path_exists_tz", "jsonb_path_match", "jsonb_path_match_tz", "jsonb_path_query_array",
    "jsonb_path_query_array_tz", "jsonb_path_query_first", "jsonb_path_query_first_tz",
    "jsonb_populate_record", "jsonb_pretty", "jsonb_set", "jsonb_set_lax", "jsonb_strip_nulls",
    "jsonb_to_record", "jsonb_to_tsvector", "jsonb_typeof", "justify_days", "justify_hours",
    "justify_interval", "lcm", "left", "length", "lgamma", "like", "line", "ln", "log", "log10",
    "lower", "lower_inc", "lower_inf", "lpad", "lseg", "ltrim", "macaddr", "macaddr8",
    "macaddr8_set7bit", "make_date", "make_interval", "make_time", "make_timestamp",
    "make_timestamptz", "makeaclitem", "masklen", "md5", "min_scale", "mod", "money", "multirange",
    "mxid_age", "name", "netmask", "network", "normalize", "now", "npoints", "num_nonnulls",
    "num_nulls", "numeric", "nummultirange", "numnode", "numrange", "obj_description",
    "octet_length", "oid", "overlaps", "overlay", "parse_ident", "path", "pclose",
    "phraseto_tsquery", "pi", "plainto_tsquery", "point", "polygon", "popen", "position", "pow",
    "power", "querytree", "quote_ident", "quote_literal", "quote_nullable", "radians", "radius",
    "range_merge", "regclass", "regexp_count", "regexp_instr", "regexp_like", "regexp_match",
    "regexp_replace", "regexp_split_to_array", "regexp_substr", "repeat", "replace", "reverse",
    "right", "round", "row_security_active", "row_to_json", "rpad", "rtrim", "scale",
    "session_user", "set_bit", "set_byte", "set_masklen", "setweight", "sha224", "sha256", "sha384",
    "sha512", "shobj_description", "sign", "sin", "sind", "sinh", "slope", "split_part", "sqrt",
    "statement_timestamp", "string_to_array", "strip", "strpos", "substr", "substring", "tan",
    "tand", "tanh", "text", "time", "timestamp", "timestamptz", "timetz", "to_ascii", "to_bin",
    "to_char", "to_date", "to_hex", "to_json", "to_jsonb", "to_number", "to_oct", "to_regclass",
    "to_regcollation", "to_regnamespace", "to_regoper", "to_regoperator", "to_regproc",
    "to_regprocedure", "to_regrole", "to_regtype", "to_timestamp", "to_tsquery", "to_tsvector",
    "transaction_timestamp", "translate", "trim_array", "trim_scale", "trunc", "ts_delete",
    "ts_filter", "ts_headline", "ts_rank", "ts_rank_cd", "tsmultirange", "tsquery_phrase",
    "tsrange", "tstzmultirange", "tstzrange", "tsvector_to_array", "txid_current",
    "txid_current_if_assigned", "txid_current_snapshot", "txid_snapshot_xmax", "txid_snapshot_xmin",
    "txid_visible_in_snapshot", "unistr", "upper", "upper_inc", "upper_inf", "user",
    "uuid_extract_timestamp", "uuid_extract_version", "varchar", "version", "websearch_to_tsquery",
    "width", "width_bucket", "xid", "xml", "xml_is_well_formed", "xml_is_well_formed_content",
    "xml_is_well_formed_document", "xmlcomment", "xmlexists", "xmltext", "xpath", "xpath_exists",
})  # fmt: skip
_OF_EXTENSIONS = re.compile(
    r"citext|crypt|digest|hmac|hstore|ltree\w*|text2ltree|nlevel|subpath|unaccent|cube\w*|earth|"
    r"ll_to_earth|similarity|st_\w+|uuid_(nil|ns_\w+|generate_v[35])"
)


def is_steady(function: Name) -> bool:
    """Whether this is a STABLE or IMMUTABLE function of PostgreSQL, or of a known extension."""
    name = function.name
    if function.schema in (None, "pg_catalog") and (name in _BUILT_IN or name.startswith("pg_")):
        return True
    return _OF_EXTENSIONS.fullmatch(name) is not None
