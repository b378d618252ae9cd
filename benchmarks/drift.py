"""Wall times of `drift`, beside any other command that tells the same, such as Prisma's own.

    python benchmarks/drift.py PROJECT [--runs N] [--server-bin DIR] [--beside COMMAND]

COMMAND is a shell command in which {schema} and {migrations} stand for the project's paths. Each
run of one is followed by a run of the other. Printed are also the seconds in this process for the
parts of the verdict: reading the schema and rendering it as SQL, the replay, and what the verdict
takes beyond the replay.
"""

from __future__ import annotations

import argparse
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from checker.discover.history import read_history
from checker.discover.projects import find_projects
from checker.engines.postgresql.replay import replay_into
from checker.engines.postgresql.server.binaries import find_binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import PrismaVersion, Project
from checker.pg.database import Database
from checker.prisma.database.model import DatabaseSchema
from checker.prisma.database.of_schema import database_of
from checker.prisma.diff.drift import compare, judge_drift
from checker.prisma.diff.script import migration
from checker.prisma.schema.reading import read_schema
from checker.prisma.schema.schema import Schema


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def run(command: list[str]) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)


def texts(root: Path, project: Project) -> dict[str, str]:
    """The files of the schema."""
    place = root / project.schema
    files = sorted(place.rglob("*.prisma")) if place.is_dir() else [place]
    return {str(file): file.read_text("utf-8-sig") for file in files}


def verdict(database: Database, schema: Schema, version: PrismaVersion) -> None:
    judge_drift(compare(database, schema, version), None)


def parts(root: Path, project: Project, server_bin: Path | None, runs: int) -> None:
    """Times the parts in this process; the first reading also builds the tables of the grammar."""
    files = texts(root, project)
    version = project.prisma

    def render() -> None:
        migration(DatabaseSchema(), database_of(read_schema(files, version), version))

    first = timed(render)
    rendering = statistics.median(timed(render) for _ in range(runs))
    history = read_history(root, project, None)
    with EphemeralServer.start(find_binaries(server_bin)) as server:
        replays, verdicts = [], []
        for _ in range(runs):
            with server.database() as database:
                replays.append(timed(lambda: replay_into(database, history, project)))
                schema = read_schema(files, version)
                verdicts.append(timed(partial(verdict, database, schema, version)))
    print(f"  read and render    {first:.3f} s the first time, {rendering:.3f} s then")
    print(f"  replay             {statistics.median(replays):.3f} s")
    print(f"  verdict beyond it  {statistics.median(verdicts) + rendering:.3f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--server-bin", type=Path)
    parser.add_argument("--beside", metavar="COMMAND")
    options = parser.parse_args()
    for project in find_projects(options.project):
        print(project.schema)
        command = [sys.executable, "-I", "-m", "checker.cli", "drift", str(options.project)]
        if options.server_bin:
            command += ["--server-bin", str(options.server_bin)]
        other = (options.beside or "").format(
            schema=shlex.quote(str(options.project / project.schema)),
            migrations=shlex.quote(str(options.project / project.migrations)),
        )
        ours, theirs = [], []
        for _ in range(options.runs):
            ours.append(timed(partial(run, command)))
            if other:
                theirs.append(timed(partial(run, ["sh", "-c", other])))
        print(f"  whole process      {statistics.median(ours):.3f} s")
        if theirs:
            ratio = statistics.median(theirs) / statistics.median(ours)
            print(f"  the other          {statistics.median(theirs):.3f} s, ratio {ratio:.2f}")
        parts(options.project, project, options.server_bin, options.runs)


if __name__ == "__main__":
    main()
