"""What a run leaves on the cluster: nothing, and a copy of a database is one."""

from __future__ import annotations

import psycopg
import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.pg.connection import connect, names

ROLES = "SELECT rolname FROM pg_roles"


def test_a_copy_holds_what_the_original_holds(server: EphemeralServer) -> None:
    with server.database() as original:
        with connect(original.owner) as connection:
            connection.execute("CREATE TABLE t AS SELECT 7 AS n")
        with server.copy(original) as copied, connect(copied.owner) as connection:
            assert connection.execute("SELECT n FROM t").fetchone() == (7,)
            connection.execute("DROP TABLE t")
        with connect(original.owner) as connection:
            assert connection.execute("SELECT n FROM t").fetchone() == (7,)


@pytest.mark.parametrize(
    "script",
    [
        "CREATE ROLE app; GRANT app TO postgres",
        "DROP ROLE old",
        "ALTER ROLE old CREATEDB CONNECTION LIMIT 3 VALID UNTIL '2030-01-01'",
        "ALTER ROLE old RENAME TO other",
        "ALTER ROLE old SET statement_timeout = '1s'; ALTER ROLE postgres SET search_path = x",
        "CREATE ROLE app; GRANT app TO postgres; GRANT CREATE ON SCHEMA public TO app; "
        "CREATE TABLE t (); ALTER TABLE t OWNER TO app",
        "REVOKE old FROM friend",
        "COMMENT ON ROLE old IS 'x'",
    ],
)
def test_copies_meet_the_same_roles_one_after_the_other(
    server: EphemeralServer, script: str
) -> None:
    before = _roles(server)
    with server.database() as base:
        with connect(base.owner) as connection:
            connection.execute(
                "CREATE ROLE old; GRANT old TO postgres; CREATE ROLE friend IN ROLE old; "
                "GRANT friend TO postgres"
            )
        state = _roles(server)
        for _ in range(2):
            with server.copy(base) as copied, connect(copied.owner) as connection:
                connection.execute(script.encode())
            assert _roles(server) == state
    assert _roles(server) == before


def test_a_database_that_a_migration_makes_is_gone_afterwards(server: EphemeralServer) -> None:
    with server.database() as base:
        with connect(base.owner) as connection:
            connection.execute("CREATE DATABASE stray")
        with server.copy(base) as copied, connect(copied.owner) as connection:
            connection.execute("CREATE DATABASE another")
        with connect(base.owner) as connection:
            found = names(connection, "SELECT datname FROM pg_database")
            assert "stray" in found
            assert "another" not in found
    with server.database() as database, connect(database.owner) as connection:
        assert "stray" not in names(connection, "SELECT datname FROM pg_database")


def test_nothing_of_the_cluster_stays_where_the_run_fails(server: EphemeralServer) -> None:
    before = _roles(server)
    with (
        pytest.raises(psycopg.errors.DivisionByZero),
        server.database() as base,
        connect(base.owner) as connection,
    ):
        connection.execute("BEGIN; CREATE ROLE app; COMMIT; SELECT 1 / 0")
    assert _roles(server) == before


def _roles(server: EphemeralServer) -> list[object]:
    with server.database() as database, connect(database.superuser or {}) as connection:
        return [
            connection.execute(query.encode()).fetchall()
            for query in (
                "SELECT to_jsonb(t) FROM pg_authid t ORDER BY oid",
                "SELECT to_jsonb(t) FROM pg_auth_members t ORDER BY roleid, member, grantor",
                "SELECT to_jsonb(t) FROM pg_db_role_setting t ORDER BY setdatabase, setrole",
                "SELECT to_jsonb(t) FROM pg_shdescription t ORDER BY objoid, description",
            )
        ]
