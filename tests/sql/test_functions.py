"""What is said of PostgreSQL's own functions, beside what the server's catalog says."""

from __future__ import annotations

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model.changes import Name
from checker.pg.connection import connect
from checker.sql.functions import is_steady
from checker.sql.rewriting import is_surely_volatile

VOLATILE = (
    "SELECT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace"
    " AND prokind = 'f' AND proname NOT LIKE 'pg\\_%'"
    " GROUP BY proname HAVING bool_or(provolatile = 'v')"
)


def test_no_volatile_function_is_called_steady(server: EphemeralServer) -> None:
    with server.database() as database, connect(database.owner) as connection:
        volatile = {name for (name,) in connection.execute(VOLATILE).fetchall()}
    assert {"random", "clock_timestamp", "nextval"} <= volatile
    assert {name for name in volatile if is_steady(Name(name))} == set()


def test_functions_of_another_schema_are_others() -> None:
    assert is_steady(Name("now"))
    assert is_steady(Name("lower", "pg_catalog"))
    assert not is_steady(Name("now", "app"))
    assert is_steady(Name("uuid_nil", "extensions"))
    assert is_surely_volatile("uuid_generate_v4")
    assert not is_surely_volatile("make_id")
