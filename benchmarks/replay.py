"""Wall times of `check` on a history, beside a bare loop that sends the same files.

    python benchmarks/replay.py PROJECT [--runs N] [--server-bin DIR]

The bare loop uses psycopg on a server with the settings that the checker gives its own, which is
running already, and sends each migration.sql as one simple query in a fresh database. The ratio
compares it with the checker's replay, which also keeps Prisma's ledger. Each run of one is
followed by a run of the other, so that a drifting machine does not favour either.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from checker.discover.history import read_history
from checker.discover.projects import find_projects
from checker.engines.postgresql.replay import replay_into
from checker.engines.postgresql.server.binaries import find_binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import History, Project
from checker.pg.connection import connect
from checker.pg.database import Server


def bare_loop(server: Server, history: History) -> float:
    """Seconds for sending every script, and nothing else, on one connection of its own."""
    scripts = [m.sql.encode() for m in history.migrations if m.sql is not None]
    with server.database() as database:
        began = time.perf_counter()
        with connect(database.owner) as connection:
            for script in scripts:
                connection.execute(script)
        return time.perf_counter() - began


def full_replay(server: Server, history: History, project: Project) -> float:
    """Seconds for the same as the checker does it: connection, ledger, scripts and their lines."""
    with server.database() as database:
        return timed(lambda: replay_into(database, history, project))


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def whole_process(path: Path, server_bin: Path | None) -> tuple[float, float]:
    """Seconds of one `migration-checker check`, and the peak memory of the checker in MB."""
    command = [sys.executable, "-I", "-m", "checker.cli", "check", str(path), "--format", "json"]
    if server_bin is not None:
        command += ["--server-bin", str(server_bin)]
    seconds = timed(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=False))
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def row(name: str, seconds: Sequence[float]) -> None:
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    print(f"{name:<44}{low:>8.2f}{middle:>8.2f}{high:>8.2f}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    arguments.add_argument("project", type=Path)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--server-bin", type=Path)
    options = arguments.parse_args()

    root: Path = options.project.resolve()
    project: Project = find_projects(root)[0]
    history = read_history(root, project, None)
    binaries = find_binaries(options.server_bin)
    size = f"{len(history.migrations)} migrations"
    print(f"{root.name}: {size}, PostgreSQL {binaries.version} ({binaries.label})")
    print(f"{'seconds':<44}{'min':>8}{'median':>8}{'max':>8}")

    bare: list[float] = []
    ours: list[float] = []
    with EphemeralServer.start(binaries) as server:
        for _ in range(options.runs + 1):  # the first warms up and is left out
            bare.append(bare_loop(server, history))
            ours.append(full_replay(server, history, project))
    starts = []
    for _ in range(options.runs):
        began = time.perf_counter()
        with EphemeralServer.start(binaries):
            starts.append(time.perf_counter() - began)
    imports = [sys.executable, "-I", "-c", "import checker.commands.check"]
    python = [timed(lambda: subprocess.run(imports, check=True)) for _ in range(options.runs)]
    wholes = [whole_process(root, options.server_bin) for _ in range(options.runs)]

    row("bare psycopg loop", bare[1:])
    row("replay", ours[1:])
    row("  replay / bare loop", [a / b for a, b in zip(ours[1:], bare[1:], strict=True)])
    row("start of the server", starts)
    row("start of Python with its imports", python)
    row("check, everything", [seconds for seconds, _ in wholes])
    print(f"peak memory of the largest process: {wholes[-1][1]:.0f} MB")


if __name__ == "__main__":
    main()
