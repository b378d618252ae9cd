"""What the departures of a history come to: both ways are run, and the databases compared.

A fresh database runs the directory by name. One that is deployed has run the base's texts under the
base's names; `migrate deploy` then runs there what has another name, and nothing else. Each way is
run on an empty database of a server of its own, one after the other, so that what belongs to the
whole server, such as roles, is new for every run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from checker.errors import CannotWorkError, InputError
from checker.model import (
    Departure,
    Deviation,
    Failure,
    Gap,
    History,
    Lineage,
    Migration,
    Project,
)
from checker.project import ProjectView
from checker.trials.databases import Databases
from checker.trials.departures import find_departures, in_order
from checker.trials.ways import Stage, Way, Ways

MOST_ALONE = 6
"""How many departures of a kind are told apart by running each alone."""
MOST_GAPS = 40
"""How many gaps between a fresh database and a deployed one are kept of a departure."""


def find_lineage(databases: Databases | None, view: ProjectView) -> Lineage:
    """How a history departs from its base's, and what that comes to where it can be replayed."""
    project, history = view.project, view.history
    departures = find_departures(history, project)
    if not departures:
        return Lineage()
    reason = _unreplayed(databases)
    if databases is not None and not reason:
        try:
            failed = databases.head.replay.failure
            ways = Ways.of(databases, project)
            weighed = weigh_departures(departures, ways, project, history)
            return Lineage(tuple(_with_failure(each, failed) for each in weighed))
        except (CannotWorkError, InputError) as error:
            reason = str(error)
    return Lineage(tuple(replace(each, reason=reason) for each in departures))


def weigh_departures(
    departures: Sequence[Deviation], ways: Ways, project: Project, history: History
) -> list[Deviation]:
    """What each departure comes to. Raises CannotWorkError where the server cannot go on."""
    return _Weighing(ways, project, history).weighed(departures)


def _with_failure(said: Deviation, failed: Failure | None) -> Deviation:
    """An edited migration that fails is broken, whatever else is not known."""
    if failed is None or said.kind != "edited" or failed.migration not in said.migrations:
        return said
    return replace(said, outcome="broken", failure=failed, reason="")


def _unreplayed(databases: Databases | None) -> str:
    """Why no way is run, if so."""
    if databases is None:
        return "the replay was skipped"
    replayed = databases.head.replay
    if replayed.status == "failed" and replayed.server is None:  # Prisma refuses all of it
        return replayed.failure.message if replayed.failure else "Prisma refuses the history"
    return "" if replayed.status in ("passed", "failed") else replayed.reason or "not verified"


class _Weighing:
    """Runs the ways that the departures of one history ask for."""

    def __init__(self, ways: Ways, project: Project, history: History) -> None:
        self._ways = ways
        self._project = project
        self._history = history
        self._base = history.merged.migrations
        self._kept = tuple(m for m in history.migrations if m.state != "new")

    def weighed(self, departures: Sequence[Deviation]) -> list[Deviation]:
        squash, explained = self._squashed(departures)
        departures = [d for d in departures if not explained.intersection(d.migrations)]
        found = [squash] if squash else []
        weigh: dict[Departure, Callable[[list[Deviation]], list[Deviation]]] = {
            "edited": self._edited,
            "renamed": self._renamed,
            "removed": self._removed,
            "out_of_order": self._out_of_order,
            "behind": self._behind,
        }
        for kind, each in weigh.items():
            if of_kind := [d for d in departures if d.kind == kind]:
                found += each(of_kind)
        return found

    def _variant(
        self, edited: Sequence[Deviation] = (), removed: Sequence[Deviation] = ()
    ) -> Stage:
        """The base's history with some of its migrations edited as the head has them, or gone."""
        names = {name for d in edited for name in d.migrations}
        gone = {name for d in removed for name in d.migrations}
        here = {m.name: m for m in self._history.migrations}
        kept = [m for m in self._base if m.name not in gone]
        return tuple(here.get(m.name, m) if m.name in names else m for m in kept)

    def _edited(self, found: list[Deviation]) -> list[Deviation]:
        def weigh(some: list[Deviation]) -> Deviation:
            return self._against(some, [self._base], [self._variant(edited=some)])

        return self._each(found, weigh)

    def _each(
        self, found: list[Deviation], weigh: Callable[[list[Deviation]], Deviation]
    ) -> list[Deviation]:
        """What each of several comes to; alone only where all of them together are not harmless."""
        together = weigh(found)
        if together.outcome not in ("different", "broken", "repaired"):
            return [_like(each, together) for each in found]
        if not 1 < len(found) <= MOST_ALONE:
            return [_like(each, together) for each in found]
        alone = [weigh([each]) for each in found]
        if all(each.outcome == "equal" for each in alone):  # they only differ together
            return [_like(each, together) for each in found]
        return [
            _like(each, together if own.outcome == "broken" != together.outcome else own)
            for each, own in zip(found, alone, strict=True)
        ]

    def _against(
        self, some: Sequence[Deviation], before: Sequence[Stage], after: Sequence[Stage]
    ) -> Deviation:
        """What it comes to where one way of making a database takes the place of another."""
        said = some[0]
        one, other = self._ways.run(*before), self._ways.run(*after)
        names = {name for each in some for name in (*each.migrations, *each.others)}
        if unknown := _unverified(one, other):
            return replace(said, outcome="unknown", reason=unknown)
        if one.failure is not None:
            return self._after_failure(said, one.failure, other, names)
        if other.failure is not None:
            return replace(said, outcome="broken", failure=other.failure)
        gaps = self._ways.differences(after, before)[:MOST_GAPS]
        return replace(said, outcome="different" if gaps else "equal", gaps=gaps)

    def _after_failure(
        self, said: Deviation, failed: Failure, other: Way, names: set[str]
    ) -> Deviation:
        """What a departure comes to where the merged history does not run."""
        if other.failure is None:
            return replace(said, outcome="repaired", failure=failed)
        if failed.migration not in names:
            reason = f"the merged history does not run: {_where(failed)}"
            return replace(said, outcome="unknown", reason=reason)
        if other.failure.migration in names:
            return replace(said, outcome="broken", failure=other.failure)
        return replace(said, outcome="repaired", failure=failed)

    def _renamed(self, found: list[Deviation]) -> list[Deviation]:
        """What becomes of a database that has a migration by its old name, and gets the new one."""
        here = {m.name: m for m in self._history.migrations}
        base = self._ways.run(self._base)
        weighed = []
        for each in found[:MOST_ALONE]:
            names = {*each.migrations, *each.others}
            if base.failure is not None:
                after = self._ways.run(self._kept)
                weighed.append(self._after_failure(each, base.failure, after, names))
                continue
            stages = [self._base, (here[each.migrations[0]],)]
            again = self._ways.run(*stages)
            if unknown := _unverified(base, again):
                weighed.append(replace(each, reason=unknown))
            else:
                gaps = self._ways.differences([self._base], stages)[:MOST_GAPS]
                outcome = "broken" if again.failure else "different" if gaps else "equal"
                weighed.append(
                    replace(
                        each,
                        outcome=outcome,
                        gaps=gaps,
                        failure=again.failure,
                        where="deployed",
                    )
                )
        return weighed + [_like(each, weighed[-1]) for each in found[MOST_ALONE:]]

    def _squashed(self, departures: Sequence[Deviation]) -> tuple[Deviation | None, set[str]]:
        """The squash that takes the place of what is removed, and the names that it explains.

        A file that is much like one of those that it replaces was taken for that one, renamed.
        """
        here = {m.name: m for m in self._history.migrations}
        gone = tuple(n for d in departures if d.kind == "removed" for n in d.migrations)
        alike = [
            (name, d.others[0])
            for d in departures
            if d.kind == "renamed"
            for name in d.migrations
            if here[name].sql != here[name].base_sql
        ]
        if not gone:
            return None, set()
        kept = tuple(m for m in self._kept if m.name not in dict(alike))
        again = in_order([*self._history.new, *(here[n] for n, _ in alike)], self._project)
        tried = [((*gone, *(old for _, old in alike)), again, kept)] if alike else []
        for names, new, rest in (*tried, (gone, self._history.new, self._kept)):
            if (found := self._replaced(names, new, rest)) is not None:
                return found, {*names, *(n for n, old in alike if old in names)}
        return None, set()

    def _removed(self, found: list[Deviation]) -> list[Deviation]:
        instead = [m for m in self._history.new if self._is_among(m)]
        many = len(found) > MOST_ALONE

        def weigh(some: list[Deviation]) -> Deviation:
            rest = [*self._variant(removed=some), *(instead if many else ())]
            return self._against(some, [self._base], [in_order(rest, self._project)])

        return self._each(found, weigh)

    def _is_among(self, migration: Migration) -> bool:
        """Whether a new migration stands where merged ones were."""
        last = self._base[-1]
        return not self._kept or in_order([migration, last], self._project)[-1] is last

    def _replaced(self, gone: tuple[str, ...], new: Stage, kept: Stage) -> Deviation | None:
        """Where new migrations make just what those of these names made: a squash."""
        if not new or not self._ways.run(self._base).passed:
            return None
        without = self._ways.run(kept)
        if without.passed and not self._ways.differences([kept], [self._base]):
            return None
        lengths = range(1, len(new) + 1) if len(new) <= MOST_ALONE else (1, len(new))
        same: list[tuple[Stage, Stage, tuple[Gap, ...]]] = []
        for instead in (new[:length] for length in lengths):
            made = in_order([*kept, *instead], self._project)
            if not self._ways.run(made).passed:
                continue
            differing = self._ways.differences([made], [self._base])
            if all(gap.of_rows for gap in differing):
                same.append((instead, made, differing))
            if not differing:
                break  # what comes after them is new
        if not same:
            return None
        instead, made, differing = min(same, key=lambda each: bool(each[2]))
        again = self._ways.differences([made], [self._base, instead])
        return Deviation(
            "replaced",
            gone,
            "different" if differing else "equal",
            gaps=(differing or again)[:MOST_GAPS],
            failure=self._ways.run(self._base, instead).failure,
            where="deployed",
            others=tuple(m.name for m in instead),
        )

    def _out_of_order(self, found: list[Deviation]) -> list[Deviation]:
        def weigh(some: list[Deviation]) -> Deviation:
            names = {name for each in some for name in each.migrations}
            alone = tuple(m for m in self._history.new if m.name in names)
            return self._both_orders(some[0], self._history.new if some is found else alone)

        return self._each(found, weigh)

    def _both_orders(self, said: Deviation, new: Stage) -> Deviation:
        """What comes of a deployed database running them last, and a fresh one by name."""
        merged = in_order([*self._kept, *self._history.meanwhile], self._project)
        fresh, deployed = [in_order([*merged, *new], self._project)], [merged, new]
        one, other = self._ways.run(*fresh), self._ways.run(*deployed)
        if unknown := _unverified(one, other):
            return replace(said, outcome="unknown", reason=unknown)
        if one.failure is not None and other.failure is not None:
            reason = f"in either order {_where(other.failure)}"
            return replace(said, outcome="unknown", reason=reason)
        if one.failure is not None:
            return replace(said, outcome="broken", failure=one.failure, where="fresh")
        if other.failure is not None and other.failure.migration in {m.name for m in merged}:
            return replace(said, outcome="repaired", failure=other.failure)
        if other.failure is not None:
            return replace(said, outcome="broken", failure=other.failure, where="deployed")
        gaps = self._ways.differences(fresh, deployed)[:MOST_GAPS]
        return replace(said, outcome="different" if gaps else "equal", gaps=gaps)

    def _behind(self, found: list[Deviation]) -> list[Deviation]:
        """Whether the history still runs with what the base has got in the meantime."""
        (said,) = found
        tip = in_order([*self._kept, *self._history.meanwhile], self._project)
        before = [self._ways.run(self._history.migrations), self._ways.run(tip)]
        after = self._ways.run(in_order([*tip, *self._history.new], self._project))
        if all(path.passed for path in before) and after.failure is not None:
            return [replace(said, outcome="broken", failure=after.failure)]
        return [replace(said, outcome="equal")] if after.passed else [said]


def _like(one: Deviation, other: Deviation) -> Deviation:
    """A departure with the outcome of another; the same statements are said to be so."""
    outcome = other.outcome
    if one.outcome == "same_statements" and outcome in ("equal", "unknown"):
        outcome = one.outcome
    return replace(
        other, kind=one.kind, migrations=one.migrations, others=one.others, outcome=outcome
    )


def _unverified(*ways: Way) -> str:
    """Why one of several ways could not be run at all, if so."""
    for way in ways:
        if not way.passed and way.failure is None:
            return way.replay.reason or "it could not be replayed"
    return ""


def _where(failure: Failure) -> str:
    return f"`{failure.migration}` fails: {failure.message}"
