"""Ways in which a database comes to be, each run on an empty one, and what they end in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import Struct

from checker.engines.engine import Engine, ReplayOptions, Server
from checker.engines.outline import Outline
from checker.model import Failure, Gap, History, Migration, Project, Replay
from checker.trials.databases import Databases, Run, key_of

Stage = tuple[Migration, ...]


class Way(Struct, frozen=True):
    """How a database came to be: what happened, and what it holds where all of it ran."""

    replay: Replay
    outline: Outline | None = None

    @property
    def passed(self) -> bool:
        return self.outline is not None

    @property
    def failure(self) -> Failure | None:
        return self.replay.failure


class Ways:
    """Runs histories, each on a database of its own, and remembers what came of them.

    ``server`` is asked for one when the first has to be run; ``known`` are histories that were run
    elsewhere, whose databases still stand.
    """

    def __init__(
        self,
        engine: Engine[Any],
        server: Callable[[], Server[Any]],
        project: Project,
        options: ReplayOptions,
        known: Iterable[Run] = (),
    ) -> None:
        self._engine = engine
        self._server = server
        self._project = project
        self._options = options
        self._elsewhere = {_key((run.migrations,)): run for run in known}
        self._known: dict[object, Way] = {}

    @classmethod
    def of(cls, databases: Databases, project: Project) -> Ways:
        """The ways of a project's databases, which know what these have run."""
        return cls(
            databases.engine,
            lambda: databases.elsewhere,
            project,
            databases.options,
            databases.known(),
        )

    def run(self, *stages: Stage, again: bool = False) -> Way:
        """What comes of running one stage after the other, as separate deployments.

        What was run before is not run again, unless asked for.
        """
        stages = tuple(stage for i, stage in enumerate(stages) if stage or not i)
        key = _key(stages)
        if again:
            return self._run(stages)
        if key not in self._known:
            run = self._elsewhere.get(key)
            self._known[key] = (
                self._run(stages)
                if run is None
                else Way(run.replay, self._engine.outline(run.database))
            )
        return self._known[key]

    def _run(self, stages: Sequence[Stage]) -> Way:
        with self._server().database(self._options.setup) as database:
            replayed = Replay("skipped")
            for stage in stages:
                history = History(stage)
                replayed = self._engine.replay(database, history, self._project, self._options)
                if replayed.status != "passed":
                    return Way(replayed)
            return Way(replayed, self._engine.outline(database))

    def differences(self, here: Sequence[Stage], there: Sequence[Stage]) -> tuple[Gap, ...]:
        """In what two ways end differently. Values that differ from run to run do not count."""
        one, other = self.run(*here), self.run(*there)
        if one.outline is None or other.outline is None:
            return ()
        differing = self._engine.gaps(one.outline, other.outline)
        if not any(gap.of_rows for gap in differing):
            return differing
        outline = self.run(*here, again=True).outline or one.outline
        unstable = {(g.part, g.aspect) for g in self._engine.gaps(one.outline, outline)}
        return tuple(gap for gap in differing if (gap.part, gap.aspect) not in unstable)


def _key(stages: Sequence[Stage]) -> object:
    """What tells one way from another."""
    return tuple(key_of(stage) for stage in stages)
