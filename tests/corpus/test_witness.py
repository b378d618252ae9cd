"""Reading and observing agree on real migrations: the last thirty of each history as one change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from checker.discover.history import read_history
from checker.discover.projects import find_projects
from checker.engines.engine import ReplayOptions
from checker.engines.postgresql.merged_schema import deployed_catalog
from checker.engines.postgresql.replay import replay_into
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import Observation, Statement
from checker.model.changes import RenameConstraint, RenameIndex
from checker.pg.connection import connect
from checker.sql.catalog.catalog import Catalog
from checker.sql.catalog.schema import TEMPORARY
from checker.sql.scripts import read_scripts
from checker.verdict.evidence import weigh
from checker.verdict.judge import Judge
from checker.verdict.settings import Judged
from checker.witness.observe import observe
from checker.witness.trace.recording import qualified
from tests.engines.postgresql.helpers import parses
from tests.engines.postgresql.test_real_histories import postgresql_histories
from tests.projects import SHARED
from tests.sql.catalog.observed import differences

KINDS = {"table", "view", "materialized view", "table column", "table constraint", "index"}
# What reading does not tell of, and the replay saw. Each was looked at and is true.
TOLD_BY_THE_REPLAY = {
    "elie222__inbox-zero": {"observed-work": 2, "observed-loss": 1},
    "ghostfolio__ghostfolio": {"observed-work": 1},
    "linkwarden__linkwarden": {"observed-work": 1},
}


@pytest.mark.parametrize(("name", "prisma"), list(postgresql_histories()))
def test_a_pull_request_of_thirty(server: EphemeralServer, name: str, prisma: object) -> None:
    root = SHARED / "corpus" / name
    (project,) = find_projects(root, within=root, prisma_version=str(prisma))
    history = read_history(root, project, None, last=30)
    scripts = read_scripts(project, history)
    with server.database() as base:
        replayed = replay_into(base, history.merged, project, ReplayOptions(parses=parses))
        if replayed.status != "passed":
            pytest.skip(f"what is merged does not run here: {replayed.status}")
        with connect(base.owner) as connection:
            merged = deployed_catalog(connection)
        witness = observe(server, base, project, history.new, scripts, merged)
        judge = Judge(project, history, scripts, merged=merged)
        found = judge.findings(replayed)
        seen = {(o.migration, o.start): o for o in witness.observations}
        catalog = merged.copy()
        catalog.begin_pull_request()
        with connect(base.owner) as connection:
            for migration in history.new:
                statements = scripts[migration.name].statements
                catalog.begin_migration()
                for statement in statements:
                    observed = _seen(seen[migration.name, statement.start])
                    assert _dropped(catalog, statement) == observed, statement.text
                connection.execute("RESET ALL")
                connection.execute((migration.sql or "").encode())
                assert differences(connection, catalog) == [], migration.name
    assert [fill for fill in witness.fills if fill.problem is not None] == []
    weighed = weigh(
        Judged(
            project,
            history,
            scripts,
            found,
        ),
        witness,
    )
    told = Counter(f.rule for f in weighed.findings if f.rule.startswith("observed-"))
    assert dict(told) == TOLD_BY_THE_REPLAY.get(name, {})


def _seen(observation: Observation) -> Counter[tuple[str, str]]:
    """The objects that PostgreSQL reports as dropped; it says nothing of temporary tables."""
    return Counter((drop.kind, drop.name) for drop in observation.drops if drop.kind in KINDS)


def _dropped(catalog: Catalog, statement: Statement) -> Counter[tuple[str, str]]:
    """The objects that are gone after the statement, as reading tells it, which is applied."""
    before = dict(_objects(catalog))
    tables = {id(table) for table in (*catalog.tables(), *catalog.views())}
    kept = [  # so that no identity is used again
        *catalog.tables(), *catalog.views(),
        *(column for table in catalog.tables() for column in table.columns.values()),
        *(index for table in catalog.tables() for index in table.indexes.values()),
    ]  # fmt: skip
    for change in statement.changes:
        catalog.apply(change)
    after = dict(_objects(catalog))
    left = {id(table) for table in (*catalog.tables(), *catalog.views())}
    assert kept is not None
    renamed = any(isinstance(c, RenameConstraint | RenameIndex) for c in statement.changes)
    return Counter(
        (kind, name)
        for key, (kind, name, table) in before.items()
        if key not in after
        and not (kind == "table column" and table in tables - left)
        and not (kind == "table constraint" and renamed)
        and not name.startswith(f"{TEMPORARY}.")
    )


def _objects(catalog: Catalog) -> Iterator[tuple[tuple[object, ...], tuple[str, str, int]]]:
    """Each object by what stays the same when it is renamed: its kind, name and table."""
    for table in (*catalog.tables(), *catalog.views()):
        own = id(table)
        schema, _ = table.name.key
        yield (own,), (table.kind.removeprefix("partitioned "), qualified(*table.name.key), own)
        if table.kind == "view":
            continue
        for name, column in table.columns.items():
            yield (id(column),), ("table column", name, own)
        for name, constraint in table.constraints.items():
            if constraint.kind != "not_null":
                yield (own, name), ("table constraint", name, own)
        for name, index in table.indexes.items():
            yield (id(index),), ("index", qualified(schema, name), own)
