"""Ways in which a database comes to be, each run on an empty one, and what they end in."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from checker.engines.postgresql.outline import Gap, Outline, gaps, read_outline
from checker.engines.postgresql.replay import ReplayOptions, replay_into
from checker.model import Failure, History, Migration, Project, Replay
from checker.pg.database import Database, Server

Stage = tuple[Migration, ...]


class Path(Struct, frozen=True):
    """How a database came to be: what happened, and what it holds where all of it ran."""

    replay: Replay
    outline: Outline | None = None

    @property
    def passed(self) -> bool:
        return self.outline is not None

    @property
    def failure(self) -> Failure | None:
        return self.replay.failure


class Paths:
    """Runs histories, each on a database of its own, and remembers what came of them."""

    def __init__(self, server: Server, project: Project, options: ReplayOptions) -> None:
        self._server = server
        self._project = project
        self._options = options
        self._known: dict[object, Path] = {}

    def remember(self, migrations: Stage, replay: Replay, database: Database) -> None:
        """Take a history that was run elsewhere, and the database that it made, for known."""
        self._known[_key((migrations,))] = Path(replay, read_outline(database))

    def run(self, *stages: Stage, again: bool = False) -> Path:
        """What comes of running one stage after the other, as separate deployments.

        What was run before is not run again, unless asked for.
        """
        stages = tuple(stage for i, stage in enumerate(stages) if stage or not i)
        key = _key(stages)
        if again:
            return self._run(stages)
        if key not in self._known:
            self._known[key] = self._run(stages)
        return self._known[key]

    def _run(self, stages: Sequence[Stage]) -> Path:
        with self._server.database(self._options.setup) as database:
            replayed = Replay("skipped")
            for stage in stages:
                history = History(stage)
                replayed = replay_into(database, history, self._project, self._options)
                if replayed.status != "passed":
                    return Path(replayed)
            return Path(replayed, read_outline(database))

    def differences(self, here: Sequence[Stage], there: Sequence[Stage]) -> tuple[Gap, ...]:
        """In what two ways end differently. Values that differ from run to run do not count."""
        one, other = self.run(*here), self.run(*there)
        if one.outline is None or other.outline is None:
            return ()
        found = gaps(one.outline, other.outline)
        if not any(gap.of_rows for gap in found):
            return found
        outline = self.run(*here, again=True).outline
        unstable = {(g.part, g.aspect) for g in gaps(one.outline, outline or one.outline)}
        return tuple(gap for gap in found if (gap.part, gap.aspect) not in unstable)


def _key(stages: Sequence[Stage]) -> object:
    """What tells one way from another: the names and texts, in their order."""
    return tuple(tuple((m.name, m.sql) for m in stage) for stage in stages)
