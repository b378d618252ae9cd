"""Temporary roles of the checker: nothing that touches a schema may run as superuser.

Reading one row is enough to run code of the schema: the planner computes what is constant in the
expressions of indexes and partition keys, with the rights of whoever asks (PostgreSQL source,
``RelationGetIndexExpressions``). These roles have rights on the schemas' objects alone, and are
members of no other role: as one they could give a function to that role and call it, and among the
owners of tables there are superusers.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import psycopg

from checker.errors import CannotWorkError
from checker.model.changes import quote
from checker.pg.connection import Connection, names, run
from checker.pg.names import OWN_SCHEMA

PASSING_ROLE = "migration_checker_role_"
"""The prefix of these roles' names."""
_SCHEMAS = f"SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE {OWN_SCHEMA}"  # noqa: S608
_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"


@contextmanager
def plain(superuser: Connection) -> Iterator[None]:
    """A transaction of a superuser's in which names mean PostgreSQL's own objects."""
    with superuser.transaction():
        run(superuser, "SET LOCAL search_path = pg_catalog, pg_temp")
        yield


@contextmanager
def passing_role(superuser: Connection, options: str, rights: Mapping[str, str]) -> Iterator[str]:
    """A role with ``rights`` (by kind, as GRANT says it: TABLES, SEQUENCES, ROUTINES) on all that
    the schemas hold.

    It is gone at the end, with all that code of the schemas has made as it. The connection is
    without a transaction. Raises CannotWorkError where it is no superuser's.
    """
    role = f"{PASSING_ROLE}{secrets.token_hex(6)}"
    database = quote(superuser.info.dbname)
    try:
        with plain(superuser):
            run(superuser, f"CREATE ROLE {role} {options} BYPASSRLS")
            run(superuser, f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}")
            for schema in map(quote, sorted(names(superuser, _SCHEMAS))):
                grants = [f"GRANT USAGE ON SCHEMA {schema} TO {role}"]
                for kind, right in rights.items():
                    grants.append(f"GRANT {right} ON ALL {kind} IN SCHEMA {schema} TO {role}")
                run(superuser, "; ".join(grants))
    except psycopg.errors.InsufficientPrivilege:
        raise CannotWorkError("Only a superuser can fill tables and read their rows") from None
    try:
        yield role
    finally:
        with suppress(psycopg.Error), plain(superuser):
            superuser.execute(_END, (role,))  # what it has left running would hold locks
            run(superuser, "SET LOCAL lock_timeout = '20s'")
            run(superuser, f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")
