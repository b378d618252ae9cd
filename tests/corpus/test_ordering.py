"""Real histories as if their pull requests had been merged in another order.

Of two migrations that follow one another, the later is taken as merged and the earlier as new: it
is out of order. ``python -m tests.corpus.test_ordering`` prints what that comes to, history by
history.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest
from msgspec.structs import replace

from checker.discover.history import read_history
from checker.discover.projects import find_projects
from checker.engines.engine import ReplayOptions
from checker.engines.postgresql.engine import PostgreSQL
from checker.engines.postgresql.server.binaries import find_binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import Base, Deviation, History, Project
from checker.trials.departures import find_departures
from checker.trials.lineage import weigh_departures
from checker.trials.ways import Ways
from tests.projects import SHARED

CORPUS = SHARED / "corpus"
PAIRS = 6
"""Of each history, evenly spread."""
_SAID = {
    "equal": "harmless",
    "different": "different",
    "broken": "fails",
    "repaired": "cannot be (the later needs the earlier)",
    "unknown": "not verified",
}
_TOUCHED = re.compile(r'"([^"]+)"')

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the real histories are not on this machine (../shared)"
)


@cache
def histories() -> dict[str, tuple[Project, History]]:
    found = {}
    for place in sorted(CORPUS.iterdir()) if CORPUS.is_dir() else ():
        if place.is_dir():
            (project,) = find_projects(place)
            if project.provider == "postgresql":
                found[place.name] = (project, read_history(place, project, None))
    return found


def swapped(history: History, count: int) -> Iterator[History]:
    """Histories whose last but one migration is new, and the last merged."""
    last = len(history.migrations) - 1
    for i in sorted({round(1 + n * (last - 1) / count) for n in range(count)}):
        upto = history.migrations[: i + 2]
        if len(upto) == i + 2:
            late = replace(upto[i], state="new")
            names = tuple(m.name for m in (*upto[:i], upto[-1]))
            base = Base("main", "0" * 40)
            yield History((*upto[:i], late, upto[-1]), base=base, base_names=names)


def weighed(server: EphemeralServer, project: Project, history: History) -> tuple[Deviation, bool]:
    """What the swap comes to, and whether the two migrations name nothing in common."""
    ways = Ways(PostgreSQL(), lambda: server, project, ReplayOptions())
    departures = find_departures(history, project)
    (found,) = weigh_departures(departures, ways, project, history)
    one, other = ({*_TOUCHED.findall(m.sql or "")} for m in history.migrations[-2:])
    return found, bool(one and other) and not one & other


@pytest.mark.parametrize("name", histories())
def test_swapped(name: str, server: EphemeralServer) -> None:
    project, history = histories()[name]
    for swap in swapped(history, PAIRS):
        found, apart = weighed(server, project, swap)
        assert found.kind == "out_of_order"
        assert bool(found.differences) == (found.outcome == "different")
        assert (found.failure is not None) == (found.outcome in ("broken", "repaired"))
        assert bool(found.reason) == (found.outcome == "unknown")
        if apart:
            assert found.outcome in ("equal", "unknown"), (swap.migrations[-2:], found)


def main(count: int) -> None:
    totals: Counter[str] = Counter()
    with EphemeralServer.start(find_binaries(None)) as server:
        for name, (project, history) in histories().items():
            seen: Counter[str] = Counter()
            for swap in swapped(history, count):
                found, _ = weighed(server, project, swap)
                seen[_SAID[found.outcome]] += 1
                if found.outcome in ("different", "broken"):
                    said = found.failure.message if found.failure else found.differences[0]
                    print(f"  {swap.migrations[-2].name}: {found.outcome}: {said}")
            totals += seen
            print(name, dict(seen), flush=True)
    print("all", dict(totals))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS)
