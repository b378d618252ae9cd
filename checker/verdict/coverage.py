"""Which statements of the new migrations were watched on rows: the one place that decides it.

A statement counts as watched if it ran where every table that it works on had rows, and needs no
watching if it works on no table that was there before. Every other one is named with what was in
the way, and no verdict is ``pass`` with it.
"""

from __future__ import annotations

from msgspec.structs import replace

from checker.model import (
    Coverage,
    Migration,
    Observation,
    Prevention,
    Script,
    Statement,
    Unwatched,
    Witness,
)
from checker.model.changes import ControlTransaction, SetParameter
from checker.verdict.settings import Judged

_SLOW = "the {:g} seconds for watching were over"
_STEERING = (ControlTransaction, SetParameter)


def cover(judged: Judged, witness: Witness) -> Coverage:
    """What was watched of a project's new migrations, and what was not."""
    return _Cover(judged, witness).coverage()


class _Cover:
    def __init__(self, judged: Judged, witness: Witness) -> None:
        self._judged = judged
        self._witness = witness
        self._order = {m.name: i for i, m in enumerate(judged.history.new)}
        self._observed = {(o.migration, o.start): o for o in witness.observations}
        self._aside = {each.table: each for each in witness.set_aside}
        self._problems = {fill.table: fill.problem for fill in witness.fills if fill.problem}

    def coverage(self) -> Coverage:
        watched = needless = 0
        unwatched: list[Unwatched] = []
        for migration in self._judged.history.new:
            for statement in self._judged.scripts.get(migration.name, Script()).statements:
                if statement.changes and all(isinstance(c, _STEERING) for c in statement.changes):
                    needless += 1
                    continue
                seen = self._observed.get((migration.name, statement.start))
                missed = self._missed(migration, statement, seen)
                if missed is not None:
                    unwatched.append(missed)
                elif seen is not None and seen.touched:
                    watched += 1
                else:
                    needless += 1
        return Coverage(watched, needless, tuple(unwatched))

    def _missed(
        self, migration: Migration, statement: Statement, seen: Observation | None
    ) -> Unwatched | None:
        """What was in the way of watching a statement; None where nothing was."""
        place = Unwatched(migration.name, statement.start, statement.line, "not_reached")
        prevention = self._witness.prevention
        if prevention is not None and self._is_from(prevention, migration, statement):
            if prevention.cause == "slow":
                return replace(place, detail=_SLOW.format(prevention.seconds or 0))
            return replace(
                place,
                cause="prevented",
                by_migration=prevention.migration,
                by_line=prevention.line,
            )
        if seen is None:
            return replace(place, detail=self._witness.reason)
        if not seen.ran:
            return replace(place, cause="failed", detail=seen.error)
        by = next((self._aside[table] for table in seen.bare if table in self._aside), None)
        if by is not None:
            tables = tuple(table for table in seen.bare if table in self._aside)
            return replace(
                place,
                cause="set_aside",
                tables=tables,
                by_migration=by.migration,
                by_line=by.line,
            )
        if seen.bare:
            problems = [self._problems[table] for table in seen.bare if table in self._problems]
            return replace(
                place, cause="not_filled", tables=seen.bare, detail=next(iter(problems), None)
            )
        return None

    def _is_from(self, prevention: Prevention, migration: Migration, statement: Statement) -> bool:
        """Whether a statement is the one that prevents the watching, or one that comes after it
        where that ended.
        """
        here = (self._order[migration.name], statement.start)
        there = (self._order.get(prevention.migration, 0), prevention.start)
        return here == there or (here > there and prevention.cause != "failed")
