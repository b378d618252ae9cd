"""Replaying a pull request runs its code: what that code cannot do, tried on the real server."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.pg.connection import connect, names
from tests.engines.postgresql.helpers import run

DENIED = "42501"


@pytest.mark.parametrize(
    "attempt",
    [
        "COPY (SELECT 1) TO PROGRAM 'id'",
        "CREATE TABLE x (t text); COPY x FROM PROGRAM 'id'",
        "CREATE TABLE x (t text); COPY x FROM '/etc/passwd'",
        "COPY (SELECT 1) TO '/tmp/x'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_read_binary_file('PG_VERSION')",
        "SELECT pg_ls_dir('/')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_export(lo_create(0), '/tmp/x')",
        "ALTER SYSTEM SET work_mem = '1MB'",
        "SET SESSION AUTHORIZATION migration_checker",
        "SET ROLE migration_checker",
        "GRANT migration_checker TO postgres",
        "ALTER ROLE postgres SUPERUSER",
        "ALTER ROLE migration_checker PASSWORD 'x'",
        "CREATE ROLE evil SUPERUSER",
        "GRANT pg_execute_server_program TO postgres",
        "GRANT pg_read_server_files TO postgres",
        "GRANT pg_write_server_files TO postgres",
        "CREATE ROLE evil; GRANT pg_execute_server_program TO evil",
        "CREATE ROLE evil ROLE postgres IN ROLE pg_execute_server_program",
        "CREATE EXTENSION dblink",
        "CREATE EXTENSION postgres_fdw",
        "CREATE EXTENSION file_fdw",
        "CREATE EXTENSION pageinspect",
        "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'x', 'y'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE internal AS 'int4in'",
        "LOAD '/tmp/x.so'",
        "CREATE SUBSCRIPTION s CONNECTION 'host=localhost' PUBLICATION p",
        "CREATE TABLESPACE t LOCATION '/tmp'",
        "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
        "SET session_replication_role = replica",
        "SET temp_file_limit = -1",
        "SELECT pg_reload_conf()",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()",
        "UPDATE pg_authid SET rolsuper = true",
        "SELECT rolpassword FROM pg_authid",
    ],
)
def test_denied(server: EphemeralServer, attempt: str) -> None:
    with server.database() as database:
        assert database.superuser
        with connect(database.superuser), connect(database.owner) as connection:
            with pytest.raises(psycopg.Error) as caught:
                connection.execute(attempt.encode())
            assert caught.value.sqlstate in (DENIED, "0LP01"), caught.value


def test_a_superuser_needs_the_password(server: EphemeralServer) -> None:
    with server.database() as database:
        assert database.superuser
        for guess in ("", "postgres"):
            with pytest.raises(psycopg.OperationalError):
                connect({**database.superuser, "password": guess})


@pytest.mark.parametrize(
    "extension",
    ["pgcrypto", "citext", "uuid-ossp", "pg_trgm", "hstore", "btree_gin", "btree_gist", "unaccent",
     "ltree", "fuzzystrmatch", "tablefunc", "intarray", "pg_stat_statements", "moddatetime",
     "earthdistance", "pg_cron"],
)  # fmt: skip
def test_the_owner_may_create_what_does_no_harm(server: EphemeralServer, extension: str) -> None:
    with server.database() as database, connect(database.owner) as connection:
        connection.execute(f'CREATE EXTENSION "{extension}" CASCADE'.encode())
        assert extension in names(connection, "SELECT extname FROM pg_extension")


@pytest.mark.parametrize(
    "ordinary",
    [
        "CREATE SCHEMA s; CREATE TABLE s.t (); DROP SCHEMA s CASCADE",
        "CREATE ROLE app LOGIN PASSWORD 'x'; CREATE TABLE t (); GRANT ALL ON t TO app",
        "CREATE ROLE app; GRANT app TO postgres; SET ROLE app",
        "CREATE TABLE t (); ALTER TABLE t OWNER TO postgres; REVOKE ALL ON t FROM PUBLIC",
        "ALTER SCHEMA public OWNER TO postgres; DROP SCHEMA public CASCADE; CREATE SCHEMA public",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
        "CREATE TABLE t (); CREATE PUBLICATION p FOR TABLE t",
        "CREATE TABLE t (a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY; "
        "CREATE POLICY p ON t USING (a = 1)",
        "COMMENT ON SCHEMA public IS 'x'",
    ],
)
def test_what_an_owner_may_do(server: EphemeralServer, ordinary: str) -> None:
    with server.database() as database, connect(database.owner) as connection:
        connection.execute(ordinary.encode())


@pytest.mark.parametrize(
    "script",
    [
        "CREATE ROLE app; GRANT CREATE ON SCHEMA public TO app; "
        "CREATE TABLE t (); ALTER TABLE t OWNER TO app",
        "CREATE ROLE app; CREATE SCHEMA s AUTHORIZATION app",
    ],
)
def test_what_an_owner_may_do_from_16_on(server: EphemeralServer, script: str) -> None:
    found = run(server, script)
    assert found.status == ("passed" if server.major >= 16 else "not_verified")


def test_nothing_outlives_its_database(server: EphemeralServer) -> None:
    with server.database() as first:
        with connect(first.owner) as connection:
            connection.execute("CREATE ROLE app LOGIN; CREATE TABLE t (); GRANT ALL ON t TO app")
            connection.execute("CREATE DATABASE other")
            connection.execute("ALTER ROLE postgres SET search_path = nowhere")
        still_open = connect(first.owner)
    with server.database() as second, connect(second.owner) as connection:
        assert names(connection, "SELECT datname FROM pg_database") == {
            "postgres", "template0", "template1", second.name,
        }  # fmt: skip
        assert "app" not in names(connection, "SELECT rolname FROM pg_roles")
        assert names(connection, "SHOW search_path") != {"nowhere"}
    still_open.close()


def test_the_server_knows_and_offers_nothing(server: EphemeralServer) -> None:
    with server.database() as database:
        assert database.superuser
        with connect(database.superuser) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
            assert row
            data = Path(row[0])
            assert names(connection, "SHOW listen_addresses") == {""}
    process = Path("/proc") / (data / "postmaster.pid").read_text().split()[0]
    if not process.exists():
        pytest.skip("this system has no /proc")
    assert (process / "environ").read_bytes().strip(b"\0") == b""
    assert process.stat().st_uid != 0
    assert data.stat().st_mode & 0o077 == 0
    assert data.parent.stat().st_mode & 0o007 == 0
    sockets = {(p.resolve(), p.lstat().st_mode & 0o077) for p in data.parent.glob("s/.s.*")}
    assert all(mode == 0 for path, mode in sockets if path.is_socket())
    opened = {link.readlink().name for link in (process / "fd").iterdir()}
    listening = {line.split()[9] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]}
    assert not opened & {f"socket:[{inode}]" for inode in listening}
