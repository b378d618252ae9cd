"""Histories and projects as the tests of the replay need them."""

from __future__ import annotations

from pathlib import Path

from checker.engines.engine import ReplayOptions
from checker.engines.postgresql.replay import replay
from checker.model import History, Migration, PrismaVersion, Project, Replay
from checker.pg.database import Server
from checker.sql import read

SHARED = Path(__file__).parents[4] / "shared"
WHOLE = PrismaVersion(6, 19, 3)
SPLIT = PrismaVersion(7, 4)


def project(prisma: PrismaVersion = WHOLE) -> Project:
    return Project("prisma/schema.prisma", "prisma/migrations", "postgresql", prisma)


def history(*scripts: str) -> History:
    """Migrations named 1, 2, 3 …"""
    return History(
        tuple(
            Migration(str(number), f"prisma/migrations/{number}/migration.sql", script)
            for number, script in enumerate(scripts, 1)
        )
    )


def load(directory: Path) -> History:
    """The migrations of a directory in the order of their bytes."""
    found = []
    for path in sorted(p for p in directory.iterdir() if p.is_dir()):
        file = path / "migration.sql"
        text = file.read_bytes().decode() if file.exists() else None
        problem = None if file.exists() else "missing"
        found.append(Migration(path.name, str(file), text, problem=problem))  # type: ignore[arg-type]
    return History(tuple(found))


def parses(text: str) -> bool:
    return read(text, "postgresql").problem is None


def run(server: Server, *scripts: str, prisma: PrismaVersion = WHOLE) -> Replay:
    """Replays a history of these scripts."""
    return replay(server, history(*scripts), project(prisma), ReplayOptions(parses=parses))
