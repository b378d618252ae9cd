"""Tells what a server lacks from what a migration does wrong.

An error that another server would not raise says nothing about the migration: an extension that
is not installed, syntax or functions of a newer PostgreSQL, the roles of a hosted platform, the
rights of a superuser. It is recognised by its SQLSTATE, the function that raised it, the grammar
of PostgreSQL 18 and the tables below; anything else counts as the migration's own failure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

from checker.engines.postgresql.server.extensions import INSTALLED_BEFOREHAND
from checker.engines.postgresql.server.presets import PRESETS
from checker.pg.session import ServerError

# Functions by the major version that first has them (release notes, "Functions"). An older name is
# listed where a newer version added arguments: a call with the old arguments would not be reported
# as missing.
NEWER_FUNCTIONS = {
    13: "gcd gen_random_uuid is_normalized jsonb_path_exists_tz jsonb_path_match_tz "
    "jsonb_path_query_array_tz jsonb_path_query_first_tz jsonb_path_query_tz jsonb_set_lax lcm "
    "min_scale normalize trim_scale",
    14: "bit_count date_bin range_agg string_to_table trim_array unistr",
    15: "regexp_count regexp_instr regexp_like regexp_substr",
    16: "any_value array_sample array_shuffle date_add date_subtract erf erfc json_array "
    "json_arrayagg json_object json_objectagg pg_input_error_info pg_input_is_valid "
    "random_normal",
    17: "json json_exists json_query json_scalar json_serialize json_table json_value random "
    "to_bin to_oct to_regtypemod unicode_assigned uuid_extract_timestamp uuid_extract_version "
    "xmltext",
    18: "array_reverse array_sort casefold crc32 crc32c gamma json_strip_nulls jsonb_strip_nulls "
    "lgamma pg_get_acl reverse uuidv4 uuidv7",
}
NEWER_TYPES = {
    14: "datemultirange int4multirange int8multirange nummultirange tsmultirange tstzmultirange",
}
NEWER_ROLES = {
    14: "pg_database_owner pg_read_all_data pg_write_all_data",
    15: "pg_checkpoint",
    16: "pg_create_subscription pg_use_reserved_connections",
    17: "pg_maintain",
    18: "pg_signal_autovacuum_worker",
}
# Also parameters of relations and kinds of privilege.
NEWER_PARAMETERS = {
    14: "client_connection_check_interval default_toast_compression idle_session_timeout",
    15: "security_invoker",
    16: "createrole_self_grant vacuum_buffer_usage_limit",
    17: "allow_alter_system maintain transaction_timeout",
    18: "file_copy_method track_cost_delay_timing",
}
# Names by which third-party extensions are recognised.
EXTENSION_OBJECTS = {
    "vector": "vector halfvec sparsevec hnsw ivfflat",
    "postgis": "geometry geography",
    "timescaledb": "create_hypertable",
    "pg_uuidv7": "uuid_generate_v7",
}
EXTENSION_SCHEMAS = {
    "cron": "pg_cron",
    "graphql": "pg_graphql",
    "net": "pg_net",
    "partman": "pg_partman",
    "pgmq": "pgmq",
    "pgsodium": "pgsodium",
    "tiger": "postgis_tiger_geocoder",
    "topology": "postgis_topology",
    "vault": "supabase_vault",
}
# Roles whose names only a hosted platform gives.
_PLATFORM_ROLE = re.compile(
    r"rds_|rdsadmin$|azure_|azuresu$|cloudsql|alloydb|neon_|neondb_owner$|supabase_|heroku_"
    r"|doadmin$|avnadmin$|tsdbadmin$|crunchy_"
)
_NEWEST_GRAMMAR = 18
_QUOTED = re.compile(r'"([^"]+)"')


def find_lacking(
    error: ServerError,
    sent: str,
    *,
    major: int,
    available: Callable[[], Collection[str]],
    parses: Callable[[str], bool] | None,
    defined: Callable[[str], bool],
) -> str | None:
    """What the server lacks, in words; None if that is not why it failed.

    ``sent`` is the text that was sent, ``available`` gives the server's extensions, ``parses``
    says whether PostgreSQL 18 can read a text, and ``defined`` whether the history itself defines
    a function of that name.
    """
    state, text = error.sqlstate or "", error.message
    name = _quoted(text)
    if state == "42501":
        return _denied(text, name)
    if state == "42710" and name in INSTALLED_BEFOREHAND and text.startswith("extension "):
        return f"extension {name} without IF NOT EXISTS (only a superuser may create it)"
    if state == "42601" and error.raised_by == "scanner_yyerror":
        newer = major < _NEWEST_GRAMMAR and parses and parses(error.internal_query or sent)
        return f"syntax that is newer than PostgreSQL {major}" if newer else None
    if state == "42883":
        return _function(text, major, available, defined)
    if state in ("0A000", "58P01", "22023", "F0000", "55000"):
        return _not_installed(error, name, major)
    if state == "3D000":
        return f"database {name}"
    if state in ("42704", "42601", "3F000", "42P01"):
        return _object(error, name, major, available)
    return None


def hint_for(error: ServerError) -> str | None:
    """What to do about a role or a schema that something other than the history provides."""
    if error.sqlstate not in ("42704", "3F000", "42P01"):
        return None
    name = _quoted(error.message)
    for platform, preset in PRESETS.items():
        if name in preset.roles or name.split(".")[0] in preset.schemas:
            return f"{name} is what {platform} provides: choose the preset {platform}"
    if error.sqlstate == "42704" and error.message.startswith("role "):
        return f"no migration creates the role {name}: create it there, or in the SQL of setup"
    return None


def _quoted(text: str) -> str:
    match = _QUOTED.search(text)
    return match[1] if match else ""


def _denied(text: str, name: str) -> str:
    """Permission was denied to a role that lacks only a superuser's rights."""
    if "create extension" in text:
        return f"extension {name} (only a superuser may create it: do so in setup)"
    return f"rights of a superuser ({text})"


def _newer(table: dict[int, str], name: str, major: int) -> int | None:
    """The version that first has the name, if it is newer than the server."""
    return next((v for v, known in table.items() if v > major and name in known.split()), None)


def _owner(name: str, available: Callable[[], Collection[str]]) -> str | None:
    """The extension that is known by the name, if the server does not have it."""
    known = (e for e, objects in EXTENSION_OBJECTS.items() if name in objects.split())
    extension = next(known, None) or ("postgis" if name.startswith("st_") else None)
    return extension if extension and extension not in available() else None


def _function(
    text: str,
    major: int,
    available: Callable[[], Collection[str]],
    defined: Callable[[str], bool],
) -> str | None:
    call = re.search(r"(?:\w+\.)?(\w+)\(", text)
    name = call[1] if call else ""
    if not name or defined(name):
        return None
    if version := _newer(NEWER_FUNCTIONS, name, major):
        return f"function {name} of PostgreSQL {version}"
    owner = _owner(name, available)
    return f"extension {owner}" if owner else None


def _not_installed(error: ServerError, name: str, major: int) -> str | None:
    """An extension, a library, a file or a build option."""
    text = f"{error.message} {error.detail or ''}"
    if error.raised_by == "parse_extension_control_file" or name.endswith(".control"):
        return f"extension {re.sub(r'^.*/|[.]control$', '', name)}"
    if "has no installation script" in text:
        return f"extension {name} in version {_QUOTED.findall(text)[-1]}"
    if error.sqlstate in ("58P01", "F0000"):
        return f"file ({error.message})"
    if re.search(r"built with|this build|shared_preload|preloaded|wal_level", text):
        return f"feature ({error.message})"
    version = _newer(NEWER_PARAMETERS, name, major)
    return f"{name} of PostgreSQL {version}" if version else None


def _object(
    error: ServerError, name: str, major: int, available: Callable[[], Collection[str]]
) -> str | None:
    """A type, role, parameter, collation, language or schema that does not exist."""
    text = error.message
    for table in (NEWER_TYPES, NEWER_ROLES, NEWER_PARAMETERS):
        if version := _newer(table, name, major):
            return f"{name} of PostgreSQL {version}"
    if text.startswith(("collation ", "language ")):
        return f"{text.split(' ', 1)[0]} {name}"
    if text.startswith("role ") and _PLATFORM_ROLE.match(name):
        return f"role {name} of a hosted platform"
    if error.sqlstate in ("3F000", "42P01"):
        schema = name.partition(".")[0] if text.startswith("schema ") or "." in name else ""
        extension = EXTENSION_SCHEMAS.get(schema)
        return f"extension {extension}" if extension and extension not in available() else None
    owner = _owner(name, available)
    return f"extension {owner}" if owner else None


def defines(scripts: Iterable[str], name: str) -> bool:
    """Whether any script creates a function of this name."""
    pattern = re.compile(
        rf'\bFUNCTION\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:"?\w+"?\s*\.\s*)?"?{re.escape(name)}"?\s*\(',
        re.IGNORECASE,
    )
    return any(pattern.search(script) for script in scripts)
