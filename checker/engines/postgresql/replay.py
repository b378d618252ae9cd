"""Runs a history as Prisma Migrate would deploy it, and says how far it came.

The scripts and Prisma's bookkeeping share one connection, since some migrations break only there:
a ``search_path`` that a script leaves behind hides the ledger from the next statement, and a
transaction that it leaves open is lost with the connection, although every statement succeeded.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg
from msgspec import Struct
from msgspec.structs import replace

from checker.engines.postgresql.apply import Applier, Lack
from checker.engines.postgresql.ledger import open_as_prisma
from checker.engines.postgresql.server.extensions import created_beforehand
from checker.engines.postgresql.server.setup import reopen
from checker.errors import CannotWorkError
from checker.model import Failure, History, Project, Replay
from checker.pg.connection import connect, names, run
from checker.pg.database import Database, Server, SetupOptions
from checker.pg.hanging import hang_up_after
from checker.prisma.sending.splitting import cut_all

Progress = Callable[[int, int], None]


class ReplayOptions(Struct, frozen=True):
    """``setup`` is what the database holds before the history, and ``shadow`` the script that runs
    before it with the rights of the migrations. ``timeout`` is in seconds for each text that Prisma
    sends, a script or a statement. ``parses`` says whether the newest PostgreSQL can read a text;
    without it newer syntax counts as a failure.
    """

    setup: SetupOptions = SetupOptions()
    shadow: str = ""
    timeout: float = 120.0
    parses: Callable[[str], bool] | None = None

    def for_history(self, history: History) -> ReplayOptions:
        """With the extensions that this history needs to find in its database."""
        extensions = created_beforehand(history)
        return replace(self, setup=replace(self.setup, extensions=extensions))


def replay(
    server: Server,
    history: History,
    project: Project,
    options: ReplayOptions | None = None,
    progress: Progress | None = None,
) -> Replay:
    """Runs a history in a fresh database of its own, which is dropped afterwards.

    ``progress`` is told how many of how many migrations are done. Raises InputError where the
    setup fails and CannotWorkError where the server does.
    """
    options = (options or ReplayOptions()).for_history(history)
    if refused := refuse(history, project):
        return refused
    with server.database(options.setup) as database:
        return replay_into(database, history, project, options, progress)


def refuse(history: History, project: Project) -> Replay | None:
    """The result of a history that no server need see: another provider's, another layout's, or
    one that Prisma refuses before its first migration.
    """
    total = len(history.migrations)
    if project.provider != "postgresql":
        reason = f"only PostgreSQL is replayed, not {project.provider}"
        return Replay("skipped", total=total, reason=reason)
    if project.layout != "sql":
        return Replay(
            "not_verified",
            total=total,
            reason="the migrations are Prisma 8's operations (migration.json with ops.json), which "
            "this version cannot read yet",
        )
    lock = history.lock_provider
    if lock is None or lock == project.provider or not history.migrations:
        return None
    said = f"the provider {lock}" if lock else "no provider"
    message = (
        f"migration_lock.toml names {said}, the schema {project.provider}: "
        "Prisma refuses to run any migration"
    )
    failure = Failure(history.migrations[0].name, None, None, message, prisma_code="P3019")
    return Replay("failed", total=total, failure=failure)


def replay_into(
    database: Database,
    history: History,
    project: Project,
    options: ReplayOptions | None = None,
    progress: Progress | None = None,
) -> Replay:
    """Runs a history in a database, which afterwards holds what it made: for a caller that wants
    to look at that. Ask ``refuse`` first. Raises CannotWorkError where the server does.
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
