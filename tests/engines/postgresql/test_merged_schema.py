"""The catalog that is read off a server is the server's, by an account that knows nothing of it."""

from __future__ import annotations

import pytest

from checker.engines.engine import ReplayOptions
from checker.engines.postgresql.merged_schema import deployed_catalog
from checker.engines.postgresql.replay import replay_into
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import PrismaVersion
from checker.pg.connection import connect
from tests.engines.postgresql.helpers import SHARED, load, parses, project
from tests.engines.postgresql.test_real_histories import postgresql_histories
from tests.sql.catalog.observed import differences
from tests.sql.catalog.test_catalog_on_server import made_histories


@pytest.mark.parametrize(("name", "prisma"), list(postgresql_histories()))
def test_real_history(server: EphemeralServer, name: str, prisma: PrismaVersion) -> None:
    history = load(SHARED / "corpus" / name / "prisma" / "migrations")
    with server.database() as database:
        replay_into(database, history, project(prisma), ReplayOptions(parses=parses))
        with connect(database.owner) as connection:
            catalog = deployed_catalog(connection)
            assert differences(connection, catalog) == []


@pytest.mark.parametrize("sql", made_histories())
def test_made_history(server: EphemeralServer, sql: str) -> None:
    with server.database() as database, connect(database.owner) as connection:
        connection.execute(sql.encode())
        catalog = deployed_catalog(connection)
        assert differences(connection, catalog) == []
