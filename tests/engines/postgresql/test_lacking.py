from __future__ import annotations

import pytest

from checker.engines.engine import ReplayOptions
from checker.engines.postgresql.lacking import defines, find_lacking, hint_for
from checker.engines.postgresql.replay import replay
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.pg.session import ServerError
from tests.engines.postgresql.helpers import history, parses, project, run


def lacking(
    sqlstate: str,
    message: str,
    *,
    major: int = 15,
    raised_by: str = "",
    sent: str = "",
    available: tuple[str, ...] = ("pg_trgm",),
    defined: bool = False,
    detail: str | None = None,
) -> str | None:
    return find_lacking(
        ServerError(sqlstate, message, raised_by=raised_by, detail=detail),
        sent,
        major=major,
        available=lambda: available,
        parses=parses,
        defined=lambda name: defined,
    )


@pytest.mark.parametrize(
    ("sqlstate", "message", "expected"),
    [
        ("58P01", 'could not open extension control file "/usr/share/extension/postgis.control": x',
         "extension postgis"),
        ("42501", 'permission denied to create extension "dblink"', "extension dblink"),
        ("42501", "must be superuser to create FOR ALL TABLES publication", "superuser"),
        ("22023", 'extension "citext" has no installation script nor update path for version "9"',
         "extension citext in version 9"),
        ("42883", "function uuidv7() does not exist", "uuidv7 of PostgreSQL 18"),
        ("42883", "function pg_catalog.any_value(integer) does not exist", "any_value of Postgr"),
        ("42883", "function st_makepoint(integer, integer) does not exist", "extension postgis"),
        ("42704", 'type "vector" does not exist', "extension vector"),
        ("42704", 'access method "hnsw" does not exist', "extension vector"),
        ("42704", 'unrecognized configuration parameter "transaction_timeout"', "PostgreSQL 17"),
        ("22023", 'unrecognized parameter "security_invoker"', None),
        ("42601", 'unrecognized privilege type "maintain"', "PostgreSQL 17"),
        ("42704", 'role "pg_maintain" does not exist', "PostgreSQL 17"),
        ("42704", 'role "rds_superuser" does not exist', "role rds_superuser"),
        ("42704", 'collation "de-x-icu" for encoding "UTF8" does not exist', "collation de-x-icu"),
        ("42704", 'language "plv8" does not exist', "language plv8"),
        ("3F000", 'schema "vault" does not exist', "extension supabase_vault"),
        ("42P01", 'relation "net.http_request_queue" does not exist', "extension pg_net"),
        ("3D000", 'database "shop" does not exist', "database shop"),
        ("55000", 'pg_stat_statements must be loaded via "shared_preload_libraries"', "feature"),
        # ... and what is the migration's own failure
        ("42883", "function my_own(integer) does not exist", None),
        ("42883", "operator does not exist: text = integer", None),
        ("42704", 'type "mood" does not exist', None),
        ("42704", 'role "anon" does not exist', None),
        ("42704", 'constraint "net.x" of relation "t" does not exist', None),
        ("3F000", 'schema "auth" does not exist', None),
        ("3F000", 'schema "billing" does not exist', None),
        ("42P01", 'relation "users" does not exist', None),
        ("0A000", "cannot alter type of a column used by a view or rule", None),
        ("0A000", 'feature "x" is not supported', None),
        ("22023", "invalid value for parameter", None),
        ("42601", "INSERT has more expressions than target columns", None),
        ("23505", "duplicate key", None),
        ("", "", None),
    ],
)  # fmt: skip
def test_what_counts_as_missing(sqlstate: str, message: str, expected: str | None) -> None:
    found = lacking(sqlstate, message)
    assert (found is None) == (expected is None)
    assert expected is None or expected in (found or "")


def test_an_extension_that_is_not_installed() -> None:
    message, function = 'extension "vector" is not available', "parse_extension_control_file"
    assert lacking("0A000", message, raised_by=function) == "extension vector"


def test_a_newer_server_has_it() -> None:
    assert lacking("42883", "function uuidv7() does not exist", major=18) is None
    assert lacking("42704", 'role "pg_maintain" does not exist', major=17) is None
    assert lacking("22023", 'unrecognized parameter "security_invoker"', major=14)


def test_a_function_that_the_history_defines_is_its_own() -> None:
    assert lacking("42883", "function uuidv7() does not exist", defined=True) is None
    assert defines(['create or replace function "public"."uuidv7" ()'], "uuidv7")
    assert not defines(["CREATE FUNCTION uuidv7_of() RETURNS", "SELECT uuidv7()"], "uuidv7")


def test_an_installed_extension_is_the_historys_to_create() -> None:
    assert lacking("42704", 'type "vector" does not exist', available=("vector",)) is None
    assert lacking("3F000", 'schema "cron" does not exist', available=("pg_cron",)) is None


@pytest.mark.parametrize(
    ("sent", "raised_by", "major", "expected"),
    [
        ("CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a))", "scanner_yyerror", 17, True),
        ("CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a))", "scanner_yyerror", 18, False),
        ("CREATE TABEL t ()", "scanner_yyerror", 15, False),
        ("INSERT INTO t VALUES (1, 2)", "transformInsertStmt", 15, False),
        ("DO $$ begin nonsense end $$", "plpgsql_yyerror", 15, False),
    ],
)
def test_syntax_that_only_a_newer_server_knows(
    sent: str, raised_by: str, major: int, expected: bool
) -> None:
    found = lacking("42601", "syntax error", major=major, raised_by=raised_by, sent=sent)
    assert bool(found) is expected


@pytest.mark.parametrize(
    ("sqlstate", "message", "expected"),
    [
        ("42704", 'role "anon" does not exist', "preset supabase"),
        ("3F000", 'schema "auth" does not exist', "preset supabase"),
        ("42P01", 'relation "storage.buckets" does not exist', "preset supabase"),
        ("42704", 'role "neon_superuser" does not exist', "preset neon"),
        ("42704", 'role "app" does not exist', "setup"),
        ("42704", 'type "app" does not exist', None),
        ("42P01", 'relation "t" does not exist', None),
        ("23505", "duplicate", None),
    ],
)
def test_hints(sqlstate: str, message: str, expected: str | None) -> None:
    hint = hint_for(ServerError(sqlstate, message))
    assert (hint is None) == (expected is None)
    assert expected is None or expected in (hint or "")


# -- on the server --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "missing", "line"),
    [
        ("SELECT 1;\nCREATE EXTENSION no_such_extension", "extension no_such_extension", 2),
        ("DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS vector_x; END $$", "extension vector_x", 1),
        ('CREATE EXTENSION citext WITH VERSION "99"', "extension citext in version 99", 1),
        ("\nCREATE EXTENSION dblink", "extension dblink", 2),
        ("CREATE PUBLICATION p FOR ALL TABLES", "rights of a superuser", 1),
        ("GRANT CONNECT ON DATABASE shop TO postgres", "database shop", 1),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE plv8 AS 'x'", "language plv8", 1),
        ('CREATE TABLE t (a text COLLATE "xx_XX.nope")', "collation xx_XX.nope", 1),
        ("CREATE ROLE app; GRANT rds_superuser TO app", "role rds_superuser", 1),
        ("SELECT vault.create_secret('x')", "extension supabase_vault", 1),
        ("CREATE TABLE t (e vector(3))", "extension vector", 1),
    ],
)
def test_what_the_server_lacks_is_not_a_failure(
    server: EphemeralServer, script: str, missing: str, line: int
) -> None:
    found = run(server, "SELECT 1", script)
    assert (found.status, found.applied, found.failure) == ("not_verified", 1, None)
    assert [missing in name for name in found.missing] == [True]
    assert f"2 needs in line {line}" in (found.reason or "")


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE t (id uuid DEFAULT uuidv7())",
        "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a) VIRTUAL)",
        "CREATE TABLE t (a int, CONSTRAINT a NOT NULL a NOT VALID)",
        "DO $$ BEGIN EXECUTE 'CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a))'; END $$",
    ],
)
def test_what_is_new_in_18(server: EphemeralServer, script: str) -> None:
    if server.major >= 18:
        pytest.skip("this server knows it")
    found = run(server, script)
    assert found.status == "not_verified"
    without = replay(server, history(script), project(), ReplayOptions())
    assert without.status == ("not_verified" if "uuidv7" in script else "failed")


def test_a_function_that_comes_too_late_fails(server: EphemeralServer) -> None:
    found = run(
        server,
        "CREATE TABLE t (id uuid DEFAULT uuidv7_x())",
        "CREATE FUNCTION uuidv7_x() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()'",
    )
    assert found.status == "failed"


@pytest.mark.parametrize("script", ["GRANT ALL ON SCHEMA public TO anon", "SELECT auth.uid()"])
def test_a_hosted_platforms_names_fail_with_a_hint(server: EphemeralServer, script: str) -> None:
    found = run(server, script)
    assert found.failure
    assert "preset supabase" in (found.failure.hint or "")
