"""Runs a history as Prisma Migrate would deploy it, and says how far it came.

The scripts and Prisma's bookkeeping share one connection, since some migrations break only there:
a ``search_path`` that a script leaves behind hides the ledger from the next statement, and a
transaction that it leaves open is lost with the connection, although every statement succeeded.
"""

from __future__ import annotations

import time

import psycopg
from msgspec.structs import replace

from checker.engines.engine import Progress, ReplayOptions
from checker.engines.postgresql.apply import Applier, Lack
from checker.engines.postgresql.ledger import open_as_prisma
from checker.engines.postgresql.server.extensions import created_beforehand
from checker.engines.postgresql.server.setup import reopen
from checker.engines.registry import refuse
from checker.errors import CannotWorkError
from checker.model import Failure, History, Project, Replay
from checker.pg.connection import connect, names, run
from checker.pg.database import Database, Server
from checker.pg.hanging import hang_up_after
from checker.prisma.sending.splitting import cut_all


def replay(
    server: Server,
    history: History,
    project: Project,
    options: ReplayOptions | None = None,
    progress: Progress | None = None,
) -> Replay:
    """Runs a history in a fresh database of its own, which is dropped afterwards.

    ``progress`` is called with the number of migrations that have run, and the number of all.
    Raises InputError where the setup fails and CannotWorkError where the server does.
    """
    options = options or ReplayOptions()
    setup = replace(options.setup, extensions=created_beforehand(history))
    if refused := refuse(history, project):
        return refused
    with server.database(setup) as database:
        return replay_into(database, history, project, options, progress)


def replay_into(
    database: Database,
    history: History,
    project: Project,
    options: ReplayOptions | None = None,
    progress: Progress | None = None,
) -> Replay:
    """Runs a history in a database, which the caller can then inspect. Ask ``refuse`` first. Raises
    CannotWorkError where the server does.
    """
    options = options or ReplayOptions()
    total = len(history.migrations)
    applied, seconds = 0, 0.0
    problem: Failure | Lack | None = None
    cuts = cut_all([migration.sql or "" for migration in history.migrations], project.prisma)
    if failed := _run_shadow(database, options):
        return Replay("not_verified", server=database.server, total=total, reason=failed)
    try:
        connection = open_as_prisma(database.owner)
    except psycopg.Error as error:
        message = error.diag.message_primary or "the connection was refused"
        raise CannotWorkError(f"The replay could not begin: {message}") from None
    try:
        applier = Applier(
            database, connection, history, timeout=options.timeout, parses=options.parses
        )
        for migration, pieces in zip(history.migrations, cuts, strict=True):
            began = time.perf_counter()
            problem = applier.apply(migration, pieces)
            seconds += time.perf_counter() - began
            if problem:
                break
            applied += 1
            if progress:
                progress(applied, total)
        problem = problem or applier.finish() or applier.lost()
        if problem:  # which may be the fault of an earlier one
            applied = [m.name for m in history.migrations].index(problem.migration)
    finally:
        connection.close()
    try:
        reopen(database)
    except psycopg.Error as error:
        message = error.diag.message_primary or "the connection was refused"
        raise CannotWorkError(f"The replayed database cannot be looked at: {message}") from None
    return _result(database, problem, applied, total, seconds)


def _run_shadow(database: Database, options: ReplayOptions) -> str | None:
    """Runs the script of the shadow database; the reason where it fails."""
    if not options.shadow:
        return None
    try:
        with (
            connect(database.owner) as connection,
            hang_up_after(connection, options.timeout),
        ):
            run(connection, options.shadow)
    except psycopg.Error as error:
        message = error.diag.message_primary or "the connection was lost"
        return f"initShadowDb of prisma.config fails: {message}"
    return None


def _result(
    database: Database, problem: Failure | Lack | None, applied: int, total: int, seconds: float
) -> Replay:
    missing: tuple[str, ...] = ()
    reason = None
    if isinstance(problem, Lack):
        missing = (problem.what,)
        line = f" in line {problem.line}" if problem.line else ""
        reason = f"the server lacks what {problem.migration} needs{line}: {problem.what}"
    return Replay(
        status="not_verified" if missing else "failed" if problem else "passed",
        server=database.server,
        applied=applied,
        total=total,
        seconds=round(seconds, 3),
        failure=problem if isinstance(problem, Failure) else None,
        reason=reason,
        missing=missing,
        stand_ins=_stand_ins(database),
    )


def _stand_ins(database: Database) -> tuple[str, ...]:
    """The extensions in the database that are stand-ins of ours."""
    if not database.stand_ins:
        return ()
    with connect(database.owner) as connection:
        created = names(connection, "SELECT extname FROM pg_extension")
    return tuple(sorted(created & database.stand_ins))
