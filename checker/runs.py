"""The databases that one project's check looks at: the history's outcome, and the deployed one.

``head`` is made by the whole history on an empty database, as a new environment makes it; ``base``
by what is merged, as the database that is deployed. Both live until the stack is closed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from checker.model import History, PrismaVersion, Project, Replay
from checker.replay.database import Database, Server
from checker.replay.runner import ReplayOptions, refuse, replay_into

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
        server: Callable[[], Server],
        project: Project,
        history: History,
        options: ReplayOptions,
        progress: Progress | None = None,
    ) -> None:
        self._stack = stack
        self._server = server
        self._project = project
        self._history = history
        self._options = options
        self._progress = progress

    @property
    def server(self) -> Server:
        """The running server. Raises CannotWorkError where there is none."""
        return self._server()

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
        run = self._run(self._history, self._project, self._progress)
        failure = run.replay.failure
        if failure is None or not self._project.prisma.assumed:
            return run
        separately = self._project.prisma.splits_scripts
        other = replace(self._project, prisma=WHOLE if separately else SPLITTING)
        again = self._run(self._history, other, self._progress)
        if again.replay.status != "passed":
            return run
        reason = (
            f"nothing names the Prisma version, and {failure.migration} runs on {other.prisma} "
            f"but fails on {self._project.prisma}: {failure.message}; set prisma_version"
        )
        return Run(replace(again.replay, status="not_verified", reason=reason), again.database)

    @cached_property
    def base(self) -> Run:
        """What is merged, with the texts of the base; if these fail, with those of the head."""
        merged = self._history.merged
        run = self._run(merged, self._project)
        if run.database is not None:
            return run
        here = tuple(m for m in self._history.migrations if m.state != "new")
        if here == merged.migrations:
            return run
        return self._run(replace(merged, migrations=here), self._project)

    def _run(self, history: History, project: Project, progress: Progress | None = None) -> Run:
        own = self._stack.enter_context(ExitStack())
        database = own.enter_context(self.server.database(self._options.setup))
        replayed = replay_into(database, history, project, self._options, progress)
        if replayed.status == "passed":
            return Run(replayed, database)
        own.close()
        return Run(replayed)
