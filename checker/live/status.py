"""Reads a deployed database and collects its facts.

The live side is read first, from one snapshot, and the connection is closed before any migration is
replayed: no production server waits for us.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager

from msgspec import Struct
from msgspec.structs import replace

from checker.discover.layouts import Scripts
from checker.engines.postgresql.server.binaries import OLDEST
from checker.errors import CannotWorkError
from checker.live.connection import look_into
from checker.live.deploy import deploy_steps
from checker.live.drift import Catalogs, as_default, judge_live
from checker.live.facts import LOCK_KEY, Facts, Ledger, LiveDatabase, LiveDrift, LockHolder
from checker.live.ledger import read_database, read_ledger, read_lock, read_tables
from checker.live.standing import diagnose_history, standings
from checker.model import Failure, History, Migration, Project, Replay
from checker.pg.connection import connect
from checker.pg.database import Database
from checker.pg.trouble import UnreachableError, trouble
from checker.pg.url import Target
from checker.prisma.database.model import DatabaseSchema
from checker.prisma.database.of_schema import database_of
from checker.prisma.database.read import is_ignored, read_catalog
from checker.prisma.schema.schema import Schema

_BY_HAND = "what was changed by hand"

Replaying = Callable[[History], AbstractContextManager[tuple[Replay, Database | None]]]
"""Runs a history in a fresh database; None in its place if the history failed."""


class Given(Struct, frozen=True):
    """The project's side of the comparison. ``schema`` is None if schema.prisma cannot be read,
    ``no_schema`` then says why; ``replaying`` is None if nothing is replayed; ``external`` are
    tables and enums that are not compared.
    """

    project: Project
    history: History
    scripts: Scripts
    schema: Schema | None = None
    no_schema: str | None = None
    replaying: Replaying | None = None
    external: Collection[str] = ()


class LiveSnapshot(Struct, frozen=True):
    """The result of one look into the database."""

    database: LiveDatabase
    ledger: Ledger
    tables: tuple[str, ...]
    lock: LockHolder | None
    catalog: DatabaseSchema


def look(target: Target, given: Given) -> Facts:
    """All facts. Raises UnreachableError if the database cannot be read, and CannotWorkError if the
    server of the replay does not work.
    """
    wanted = None
    if given.schema is not None:
        wanted = database_of(given.schema, given.project.prisma).without(given.external)
    view = _see(target, given, wanted)
    states = standings(view.ledger, given.scripts)
    drift, failure = _drift(view, given, wanted)
    return Facts(
        given.project.schema,
        given.project.migrations,
        given.project.prisma,
        view.database,
        view.ledger,
        diagnose_history(
            view.ledger, given.scripts, given.project.prisma, given.history.lock_provider
        ),
        states,
        tables=view.tables,
        lock_provider=given.history.lock_provider,
        lock=view.lock,
        drift=drift,
        deploy=deploy_steps(
            view.database,
            view.ledger,
            states,
            tables=view.tables,
            lock_provider=given.history.lock_provider,
            lock=view.lock,
            failure=failure,
        ),
    )


def _see(target: Target, given: Given, wanted: DatabaseSchema | None) -> LiveSnapshot:
    multi = wanted is not None and wanted.multi
    schemas = wanted.schemas if wanted and multi else (target.schema,)
    features = given.schema.preview_features if given.schema else ()
    with look_into(target) as connection:
        database = read_database(connection, target.schema, pooled=target.pooled)
        if database.server == "CockroachDB":
            raise UnreachableError(trouble("not_postgresql", target.source))
        if connection.info.server_version // 10000 < OLDEST:
            raise CannotWorkError(
                f"The database of {target.source} is {database.server}; {OLDEST} is the oldest "
                "that can be looked into"
            )
        return LiveSnapshot(
            database,
            read_ledger(connection, target.schema),
            tuple(
                name
                for name in read_tables(connection, tuple({target.schema, *schemas}))
                if not is_ignored(name)
            ),
            read_lock(connection, LOCK_KEY),
            read_catalog(
                connection,
                schemas=schemas,
                multi=multi,
                partial_indexes="partialIndexes" in features,
            ).without(given.external),
        )


def _drift(
    seen: LiveSnapshot, given: Given, wanted: DatabaseSchema | None
) -> tuple[LiveDrift, Failure | None]:
    """The drift, and where the pending migrations would fail on the live tables."""
    catalogs = Catalogs(as_default(seen.catalog, seen.database.schema), wanted=wanted)
    applied, pending = _divided(seen.ledger, given)
    reasons = [given.no_schema] if given.no_schema else []
    readable = seen.ledger.state not in ("forbidden", "damaged")
    trial = None
    if given.replaying is None or not readable:
        reasons.append("the ledger cannot be read" if not readable else "nothing was replayed")
    else:
        like = wanted or DatabaseSchema()
        made, trial = _outcome(given.replaying, given, applied, like)
        whole, runs = made, [trial]
        if pending:
            whole, trial = _outcome(given.replaying, given, (*applied, *pending), like)
            runs.append(trial)
        reasons += [_why(run) for run in runs if run.status != "passed"]
        if not seen.ledger.exists and seen.tables:
            made = None  # nothing came from migrations, which P3005 reports
        catalogs = replace(catalogs, applied=made, whole=whole)
    reason = "; ".join(dict.fromkeys(reasons)) or None
    drift = judge_live(catalogs, pending=bool(pending), reason=reason)
    if given.replaying and pending and drift.by_hand and drift.by_hand.forth:
        hand = Migration(_BY_HAND, _BY_HAND, drift.by_hand.forth)
        _, trial = _outcome(given.replaying, given, (*applied, hand, *pending), DatabaseSchema())
    return drift, trial.failure if trial else None


def _divided(ledger: Ledger, given: Given) -> tuple[tuple[Migration, ...], tuple[Migration, ...]]:
    """The applied migrations in the order of application, and the others."""
    migrations = {m.name: m for m in given.history.migrations}
    ran = dict.fromkeys(row.name for row in ledger.rows if row.state == "applied")
    applied = tuple(migrations[name] for name in ran if name in migrations)
    return applied, tuple(m for m in migrations.values() if m.name not in ran)


def _outcome(
    replaying: Replaying, given: Given, migrations: Iterable[Migration], like: DatabaseSchema
) -> tuple[DatabaseSchema | None, Replay]:
    history = replace(given.history, migrations=tuple(migrations))
    features = given.schema.preview_features if given.schema else ()
    with replaying(history) as (replayed, database):
        if database is None:
            return None, replayed
        with connect(database.owner) as connection:
            outcome = read_catalog(
                connection,
                schemas=like.schemas,
                multi=like.multi,
                partial_indexes="partialIndexes" in features,
            )
        return outcome.without(given.external), replayed


def _why(replayed: Replay) -> str:
    if replayed.failure is not None:
        failed = replayed.failure
        return f"the migrations do not run on an empty database: `{failed.migration}` fails"
    return replayed.reason or "the migrations were not replayed"
