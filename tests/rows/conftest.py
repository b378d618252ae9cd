"""Schemas that are filled on the spot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.rows import Style
from tests.rows.helpers import Filled, connect, fill_all, verify

Fills = Callable[..., Filled]


@pytest.fixture
def filled(server: EphemeralServer) -> Iterator[Fills]:
    """Makes a schema as the migrations' role, fills all of its tables and has them checked."""
    with ExitStack() as stack:

        def make(schema: str, style: Style = "awkward", rows: int = 60, setup: str = "") -> Filled:
            database = stack.enter_context(server.database())
            connection = stack.enter_context(connect(database.superuser or {}))
            connection.execute(setup.encode())
            with connect(database.owner) as owner:
                owner.execute(schema.encode())
            fills = fill_all(connection, style=style, rows=rows)
            verify(connection)
            return Filled(database, fills, connection)

        yield make


@pytest.fixture(params=["awkward", "tame"])
def style(request: pytest.FixtureRequest) -> Style:
    chosen: Style = request.param
    return chosen
