"""What watching the new migrations adds to a check: seconds for each part, newest migrations first.

    python benchmarks/witness.py PROJECT [--last N …] [--runs N] [--server-bin DIR]

Both servers are started before. ``replay`` is the whole history; all others come on top of it:
``base`` is what is still waited for of the merged one, which is replayed at the same time,
``schema`` the reading of its catalog, and ``watch`` the rows and the traces.
"""

from __future__ import annotations

import argparse
import statistics
import time
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

from checker.config import Config
from checker.discover.projects import find_projects
from checker.engines.postgresql.server.servers import Servers
from checker.model import Project
from checker.project import Checkout, ProjectView
from checker.trials.databases import Databases
from checker.trials.witness import find_merged, find_witness

PARTS = ("replay", "base", "schema", "watch")


def once(servers: Servers, root: Path, project: Project, last: int) -> tuple[list[float], str]:
    """Seconds for each part, and what was watched."""
    view = ProjectView(project, Checkout(root, None, None, Config(), last=last))
    _ = view.scripts
    with ExitStack() as stack:
        databases = Databases(stack, view, lambda _: servers)
        marks = [time.perf_counter()]
        _ = databases.head
        marks.append(time.perf_counter())
        _ = databases.base
        marks.append(time.perf_counter())
        merged = find_merged(databases, view)
        marks.append(time.perf_counter())
        witness = find_witness(databases, view, merged)
        marks.append(time.perf_counter())
    watched = "nothing was watched"
    if witness is not None and witness.status == "observed":
        watched = f"{len(witness.observations)} statements, {len(witness.fills)} tables with rows"
    return [end - begin for begin, end in pairwise(marks)], watched


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("--last", type=int, nargs="+", default=[1, 5])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--server-bin", type=Path)
    given = parser.parse_args()
    (project,) = find_projects(given.project, within=given.project)
    with ExitStack() as stack:
        servers = Servers(stack, bin_dir=given.server_bin, url=None)
        servers.first()
        servers.second()
        for last in given.last:
            found = [once(servers, given.project, project, last) for _ in range(given.runs)]
            print(f"newest {last}: {found[0][1]}")
            for name, seconds in zip(PARTS, zip(*(f for f, _ in found), strict=True), strict=True):
                middle, least, most = statistics.median(seconds), min(seconds), max(seconds)
                print(f"  {name:7} {middle:6.2f} s  ({least:.2f} to {most:.2f})")
            added = [sum(parts[1:]) for parts, _ in found]
            print(f"  added   {statistics.median(added):6.2f} s")


if __name__ == "__main__":
    main()
