"""The databases that one project's check looks at: the history's outcome, and the deployed one.

``head`` is made by the whole history on an empty database, as a new environment makes it; ``base``
by what is merged, as the database that is deployed. Both live until the stack is closed.

They are on servers of their own: roles belong to a whole cluster, so that what creates one runs
there only once. Where the history has changed both run at the same time.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from functools import cached_property
from threading import Event

from msgspec import Struct
from msgspec.structs import replace

from checker.engines.postgresql.replay import ReplayOptions, refuse, replay_into
from checker.engines.postgresql.server.servers import Servers
from checker.errors import CannotWorkError, InputError
from checker.model import History, PrismaVersion, Project, Replay
from checker.pg.database import Database, Server

# A version of each of the two ways in which Prisma sends a script.
WHOLE, SPLITTING = PrismaVersion(7, 3), PrismaVersion(7, 4)

Progress = Callable[[int, int], None]


class Run(Struct, frozen=True):
    """What happened when a history ran, and the database it made, where it ran to its end."""

    replay: Replay
    database: Database | None = None


class Runs:
    """Runs the histories of one project, each at most once."""

    def __init__(
        self,
        stack: ExitStack,
        servers: Servers,
        project: Project,
        history: History,
        options: ReplayOptions,
        progress: Progress | None = None,
    ) -> None:
        self._stack = stack
        self._servers = servers
        self._project = project
        self._history = history
        self._options = options.for_history(history)
        self._progress = progress
        self._ended = Event()

    @property
    def base_server(self) -> Server:
        """The server that has the base's database. Raises CannotWorkError where there is none."""
        return self._servers.second()

    def elsewhere(self) -> AbstractContextManager[Server]:
        """Another server, on which other histories may run. Raises CannotWorkError without one."""
        return self._servers.another()

    @property
    def options(self) -> ReplayOptions:
        """How histories are run."""
        return self._options

    @property
    def changes(self) -> bool:
        """Whether the history differs from the base's."""
        states = {m.state for m in (*self._history.migrations, *self._history.removed)}
        return bool(states - {"unchanged"})

    @cached_property
    def head(self) -> Run:
        """The whole history. Where nothing names the Prisma version, and it fails in the way that
        one sends scripts, the other is tried, and the result is not verified.
        """
        if refused := refuse(self._history, self._project):
            return Run(refused)
        if self.changes and self._servers.several:
            _ = self._base  # begins
        run = self._run_head(self._project)
        failure = run.replay.failure
        if failure is None or not self._project.prisma.assumed:
            return run
        separately = self._project.prisma.splits_scripts
        other = replace(self._project, prisma=WHOLE if separately else SPLITTING)
        again = self._run_head(other)
        if again.replay.status != "passed":
            return run
        reason = (
            f"nothing names the Prisma version, and {failure.migration} runs on {other.prisma} "
            f"but fails on {self._project.prisma}: {failure.message}; set prisma_version"
        )
        return Run(replace(again.replay, status="not_verified", reason=reason), again.database)

    @property
    def base(self) -> Run:
        """What is merged, with the texts of the base; if these fail, with those of the head.

        Not verified where no second database can be had: a setup may fail where it runs twice.
        """
        return self._base.result()

    @cached_property
    def deployed(self) -> Database | None:
        """The merged database after the new migrations; None where it is not known, or they do not
        run there. That is the head's, unless the history departs from what is merged.
        """
        merged, new = self._history.merged.migrations, self._history.new
        if [(m.name, m.sql) for m in (*merged, *new)] == [
            (m.name, m.sql) for m in self._history.migrations
        ]:
            return self.head.database
        base = self.base.database
        if base is None or not new:
            return base
        database = self._stack.enter_context(self.base_server.copy(base))
        there = replace(self._options, shadow="")  # which has run
        replayed = replay_into(database, History(new), self._project, there)
        return database if replayed.status == "passed" else None

    @cached_property
    def _base(self) -> Future[Run]:
        worker = ThreadPoolExecutor(1)
        opened = ExitStack()

        def end() -> None:
            self._ended.set()
            opened.close()  # the database goes, and so ends what runs in it
            worker.shutdown()

        self._stack.callback(end)
        return worker.submit(self._run_base, opened)

    def _run_base(self, stack: ExitStack) -> Run:
        merged = self._history.merged
        if refused := refuse(merged, self._project):
            return Run(refused)
        here = tuple(m for m in self._history.migrations if m.state != "new")
        try:
            run = self._run(stack, self._servers.second(), merged, self._project)
            if run.database is None and here != merged.migrations:
                merged = replace(merged, migrations=here)
                run = self._run(stack, self._servers.second(), merged, self._project)
        except (CannotWorkError, InputError) as error:
            total = len(merged.migrations)
            return Run(Replay("not_verified", total=total, reason=str(error)))
        return run

    def _run_head(self, project: Project) -> Run:
        server = self._servers.first()
        return self._run(self._stack, server, self._history, project, self._progress)

    def _run(
        self,
        stack: ExitStack,
        server: Server,
        history: History,
        project: Project,
        progress: Progress | None = None,
    ) -> Run:
        own = stack.enter_context(ExitStack())
        database = own.enter_context(server.database(self._options.setup))
        if self._ended.is_set():  # in time for nobody
            own.close()
            raise CannotWorkError("The run was given up")
        replayed = replay_into(database, history, project, self._options, progress)
        if replayed.status == "passed":
            return Run(replayed, database)
        own.close()
        return Run(replayed)
