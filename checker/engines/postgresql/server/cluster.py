"""What a server keeps outside of its databases, and putting it back as it was.

Roles, their memberships and their settings belong to the whole cluster (PostgreSQL docs 21.1,
Database Roles): the next run would meet what one run makes of them. They are put back row by row in
the shared catalogs, which a superuser may write: dropping new roles would not restore those that a
migration dropped or altered. Tablespaces and subscriptions need a superuser, and migrations run as
none.
"""

from __future__ import annotations

from contextlib import suppress

import psycopg
from msgspec import Struct
from psycopg import sql

from checker.model.changes import quote
from checker.pg.connection import Connection, names, run
from checker.pg.roles import PASSING_ROLE

"""The prefix of the temporary roles that the checker makes, in one of several databases."""
_DATABASES = "SELECT datname FROM pg_database"
_NO_TEMPLATE = (
    "UPDATE pg_database SET datistemplate = false WHERE datname = %s"  # cannot be dropped
)
_TABLES = ("pg_authid", "pg_auth_members", "pg_db_role_setting", "pg_shdescription")
_ROWS = sql.SQL("SELECT to_jsonb(t)::text FROM {} t WHERE {}")
_PASSING = sql.SQL("{} NOT IN (SELECT oid FROM pg_authid WHERE rolname LIKE {})")
_OURS = {"pg_authid": "t.oid", "pg_db_role_setting": "t.setrole"}
_DELETE = sql.SQL("DELETE FROM {} t WHERE to_jsonb(t)::text = ANY(%s)")
_INSERT = sql.SQL(
    "INSERT INTO {} SELECT (jsonb_populate_record(NULL::{}, r::jsonb)).* FROM unnest(%s::text[]) r"
)


class ClusterState(Struct, frozen=True):
    """The names of the databases, and the rows of the shared catalogs on roles, as JSON."""

    databases: frozenset[str]
    rows: dict[str, frozenset[str]]


def read_cluster(connection: Connection) -> ClusterState:
    """The cluster as it is; the connection is a superuser's."""
    return ClusterState(
        frozenset(names(connection, _DATABASES)),
        {name: _rows(connection, name) for name in _TABLES},
    )


def restore_cluster(connection: Connection, state: ClusterState, keep: frozenset[str]) -> None:
    """Drops the databases that are neither in the state nor to be kept, and puts back the roles."""
    force = " WITH (FORCE)" if connection.info.server_version >= 130000 else ""
    for name in names(connection, _DATABASES) - state.databases - keep:
        with suppress(psycopg.Error):
            connection.execute(_NO_TEMPLATE, (name,))
            run(connection, f"DROP DATABASE {quote(name)}{force}")
    changed = {
        name: (rows - state.rows[name], state.rows[name] - rows)
        for name in _TABLES
        if (rows := _rows(connection, name)) != state.rows[name]
    }
    with connection.transaction():
        for name, (extra, missing) in changed.items():
            table = sql.Identifier(name)
            connection.execute(_DELETE.format(table), [list(extra)])
            connection.execute(_INSERT.format(table, table), [list(missing)])


def _rows(connection: Connection, table: str) -> frozenset[str]:
    passing = _PASSING.format(sql.SQL(_OURS.get(table, "0")), sql.Literal(f"{PASSING_ROLE}%"))
    query = _ROWS.format(sql.Identifier(table), passing)
    return frozenset(row[0] for row in connection.execute(query))
