"""The session that fills tables, whatever libpq's variables in the environment say."""

from __future__ import annotations

import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.pg.connection import connect_superuser, run
from checker.rows.session import FillSession

ELSEWHERE = {
    "PGHOST": "127.0.0.1",
    "PGPORT": "1",
    "PGUSER": "nobody",
    "PGDATABASE": "none",
    "PGOPTIONS": "-c statement_timeout=1",
    "PGSSLMODE": "verify-full",
}


@pytest.mark.parametrize("names", [("PGPORT",), tuple(ELSEWHERE)])
def test_the_environment_does_not_count(
    server: EphemeralServer, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    for name in names:
        monkeypatch.setenv(name, ELSEWHERE[name])
    with server.database() as database, connect_superuser(database.superuser) as superuser:
        run(superuser, "CREATE TABLE public.t (id int)")
        with FillSession.opened(superuser) as session:
            assert session.connection.info.port == superuser.info.port
            assert session.ask("SELECT to_json(1)") == 1
