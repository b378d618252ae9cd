"""A migration's connection to tables with rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.pg.connection import connect
from checker.pg.database import Database
from checker.witness.losses.snapshot import RowReader
from tests.witness.people import PEOPLE, Watched


@pytest.fixture(scope="module")
def people(server: EphemeralServer) -> Iterator[Database]:
    with server.database() as made:
        assert made.superuser is not None
        with connect(made.owner) as owner:
            owner.execute(PEOPLE)
        yield made


@pytest.fixture
def watched(people: Database) -> Iterator[Watched]:
    assert people.superuser is not None
    with (
        connect(people.superuser) as superuser,
        RowReader.installed(superuser) as reader,
        connect(people.owner) as owner,
    ):
        owner.execute("BEGIN")
        yield Watched(owner, reader)
        owner.execute("ROLLBACK")
