"""The databases that one project's check looks at: the history's outcome, and the deployed one.

``head`` is made by the whole history on an empty database, as a new environment makes it; ``base``
by what is merged, as the database that is deployed. Both live until the stack is closed.

They are on servers of their own: roles belong to a whole cluster, so that what creates one runs
there only once. Where the history has changed both run at the same time. A history that was run is
known by its names and texts, and not run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cached_property
from threading import Event
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from checker.engines.engine import Engine, ReplayOptions, Server, Servers
from checker.engines.registry import find_engine, refuse
from checker.errors import CannotWorkError, InputError
from checker.model import History, Migration, PrismaVersion, Project, Replay
from checker.project import ProjectView
from checker.workspace import Request

# A version of each of the two ways in which Prisma sends a script.
WHOLE, SPLITTING = PrismaVersion(7, 3), PrismaVersion(7, 4)

ServersOf = Callable[[Engine[Any]], Servers[Any]]
"""Gives the servers of an engine."""
Database = Any
"""A database of the project's engine, which alone looks into it."""


class Run(Struct, frozen=True):
    """What happened when ``migrations`` ran, and their database where they ran to the end."""

    replay: Replay
    database: Database | None = None
    migrations: tuple[Migration, ...] = ()


class Databases:
    """Runs the histories of one project, each at most once."""

    def __init__(
        self,
        stack: ExitStack,
        view: ProjectView,
        servers: ServersOf,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """``servers`` gives the servers of an engine, ``stack`` ends what runs on them."""
        self._stack = stack
        self._view = view
        self._servers_of = servers
        self._progress = progress
        self._ended = Event()

    @property
    def replays(self) -> bool:
        """Whether histories of this provider are replayed at all."""
        return find_engine(self._project.provider) is not None

    @cached_property
    def engine(self) -> Engine[Any]:
        """The project's engine. Raises CannotWorkError for a provider that has none."""
        engine = find_engine(self._project.provider)
        if engine is None:
            raise CannotWorkError(f"Databases on {self._project.provider} are not run")
        return engine

    @property
    def base_server(self) -> Server[Any]:
        """The server that has the base's database. Raises CannotWorkError where there is none."""
        return self._servers.second()

    @property
    def elsewhere(self) -> Server[Any]:
        """Another server, on which other histories may run. Raises CannotWorkError without one."""
        return self._servers.third()

    @cached_property
    def options(self) -> ReplayOptions:
        """How histories are run."""
        return self.engine.options_for(self._history, self._view.replay_options)

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
        return replace(again, replay=replace(again.replay, status="not_verified", reason=reason))

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
        if key_of((*merged, *new)) == key_of(self._history.migrations):
            return self.head.database
        base = self.base.database
        if base is None or not new:
            return base
        database = self._stack.enter_context(self.base_server.copy(base))
        there = replace(self.options, shadow="")  # which has run
        replayed = self.engine.replay(database, History(new), self._project, there)
        return database if replayed.status == "passed" else None

    @contextmanager
    def replaying(self, history: History) -> Iterator[Run]:
        """Another history, in a database that is dropped afterwards unless it is known already."""
        if refused := refuse(history, self._project):
            yield Run(refused)
            return
        if known := self._known(history):
            yield known
            return
        own = self.engine.options_for(history, self.options)
        with self.elsewhere.database(own.setup) as database:
            replayed = self.engine.replay(database, history, self._project, own)
            passed = replayed.status == "passed"
            yield Run(replayed, database if passed else None, history.migrations)

    def known(self) -> Iterator[Run]:
        """The histories that were run to their end so far."""
        runs = [self.head] if "head" in self.__dict__ else []
        runs += [self.base] if "_base" in self.__dict__ else []
        yield from (run for run in runs if run.replay.status == "passed")

    def _known(self, history: History) -> Run | None:
        wanted = key_of(history.migrations)
        return next((run for run in self.known() if key_of(run.migrations) == wanted), None)

    @property
    def _project(self) -> Project:
        return self._view.project

    @property
    def _history(self) -> History:
        return self._view.history

    @cached_property
    def _servers(self) -> Servers[Any]:
        return self._servers_of(self.engine)

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
        server = self._servers.second()
        try:
            run = self._run(stack, server, merged, self._project)
            if run.database is None and here != merged.migrations:
                merged = replace(merged, migrations=here)
                run = self._run(stack, server, merged, self._project)
        except InputError as error:
            total = len(merged.migrations)
            return Run(Replay("not_verified", total=total, reason=str(error)))
        return run

    def _run_head(self, project: Project) -> Run:
        server = self._servers.first()
        return self._run(self._stack, server, self._history, project, self._progress)

    def _run(
        self,
        stack: ExitStack,
        server: Server[Any],
        history: History,
        project: Project,
        progress: Callable[[int, int], None] | None = None,
    ) -> Run:
        own = stack.enter_context(ExitStack())
        database = own.enter_context(server.database(self.options.setup))
        if self._ended.is_set():  # in time for nobody
            own.close()
            raise CannotWorkError("The run was given up")
        replayed = self.engine.replay(database, history, project, self.options, progress)
        if replayed.status == "passed":
            return Run(replayed, database, history.migrations)
        own.close()
        return Run(replayed)


def servers_for(stack: ExitStack, request: Request) -> ServersOf:
    """The servers of each engine, the same for all projects of a request; ``stack`` ends them."""

    started: dict[Engine[Any], Servers[Any]] = {}

    def servers(engine: Engine[Any]) -> Servers[Any]:
        if engine not in started:
            bin_dir, url = request.server_bin, request.server_url
            started[engine] = engine.servers(stack, bin_dir=bin_dir, url=url)
        return started[engine]

    return servers


def key_of(migrations: Sequence[Migration]) -> tuple[tuple[str, str | None], ...]:
    """What tells one history from another: the names and texts, in their order."""
    return tuple((m.name, m.sql) for m in migrations)
