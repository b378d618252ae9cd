"""74 histories against a database, each answered by Prisma's engine 6 and 7: we answer the same.

``python -m tests.corpus.test_history_behaviour`` prints the figures, and what we say where Prisma
says that all is up to date.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
import tempfile
import types
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from checker.discover.lock import read_lock_provider
from checker.engines.postgresql.replay import replay_into
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.engines.registry import refuse
from checker.live.facts import Facts
from checker.live.status import Given, look
from checker.model import History, Migration, PrismaVersion, Project, Replay
from checker.pg.connection import connect
from checker.pg.database import Database
from checker.pg.url import Target
from checker.report.status import headline
from tests.live.engine import Engine, Refused
from tests.projects import SHARED

PLACE = SHARED / "prisma"
ENGINES = {
    "history_behaviour": PrismaVersion(7, 10),
    "history_behaviour_engine6": PrismaVersion(6, 19, 3),
}
KINDS = {
    None: "same",
    "databaseIsBehind": "behind",
    "migrationsDirectoryIsBehind": "ahead",
    "historiesDiverge": "diverged",
}
# The engine reports success, and all is lost with the connection: what we foretell is the truth.
BETTER = "explicit_txn_unclosed"
pytestmark = pytest.mark.skipif(not PLACE.exists(), reason="no reference data beside the project")

Answer = dict[str, Any]


def scenarios() -> dict[str, Any]:
    """How each history was made: the files, the steps, and what the database held before."""
    script = PLACE / "oracle/facts_history.py"
    spec = importlib.util.spec_from_file_location("facts_history", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    empty = types.ModuleType("oraclelib")
    sys.modules["oraclelib"] = empty
    with suppress(KeyError):
        spec.loader.exec_module(module)
    del sys.modules["oraclelib"]
    found: dict[str, Any] = module.S
    return found


class Player:
    """Plays one history, and compares what we say at each step with what the engine said."""

    def __init__(
        self, database: Database, directory: Path, prisma: PrismaVersion, server: EphemeralServer
    ) -> None:
        self.database = database
        self.directory = directory
        self.prisma = prisma
        self.server = server
        self.engine = Engine(database.owner, directory, prisma)
        self.differences: list[str] = []
        self.kinds: Counter[str] = Counter()
        self.silent: list[str] = []
        self.unlike: list[str] = []

    def facts(self, *, replay: bool = False) -> Facts:
        scripts = self.engine.scripts()
        lock = read_lock_provider(self.directory, self.directory)
        project = Project("schema.prisma", "migrations", "postgresql", self.prisma)
        found = tuple(_migration(name, script) for name, script in scripts.items())
        given = Given(
            project,
            History(found, lock_provider=lock),
            scripts,
            replaying=self.replaying if replay else None,
        )
        return look(Target(self.database.owner), given)

    @contextmanager
    def replaying(self, history: History) -> Iterator[tuple[Replay, Database | None]]:
        """As the recorded engine sends scripts, which is as one query at any version."""
        project = Project("schema.prisma", "migrations", "postgresql", PrismaVersion(7, 3))
        with self.server.database() as database:
            replayed = refuse(history, project) or replay_into(database, history, project)
            yield replayed, database if replayed.status == "passed" else None

    def status(self, name: str, answer: Answer) -> None:
        facts = self.facts()
        said = facts.diagnosis
        self.kinds["status"] += 1
        if not answer["ok"]:
            wanted: object = answer["error"]["code"]
            got: object = said.error
        else:
            history = answer["history"] or {}
            wanted = (
                answer["hasMigrationsTable"],
                KINDS[history.get("diagnostic")],
                answer["failedMigrationNames"],
                answer["editedMigrationNames"],
                history.get("unappliedMigrationNames", []),
                history.get("unpersistedMigrationNames", []),
                history.get("lastCommonMigrationName"),
            )
            got = (
                said.has_ledger, said.history, [*said.failed], [*said.edited],
                [*said.unapplied], [*said.unpersisted], said.last_common,
            )  # fmt: skip
        if got != wanted:
            self.differences.append(f"{name}: status {got}, the engine {wanted}")
        elif said.error is None and said.up_to_date and not facts.in_step:
            self.silent.append(f"{name}: {headline(facts)}")

    def deploy(self, name: str, answer: Answer) -> None:
        """What we foretell is what the engine did; then the same is done here."""
        self.kinds["deploy"] += 1
        steps = self.facts(replay=True).deploy
        applied = [s.migration for s in steps if s.action == "apply" and s.code is None]
        codes = [s.code for s in steps if s.code]
        if answer["ok"]:
            wanted: object = (answer["appliedMigrationNames"], [])
            got: object = (applied, codes)
        else:
            error = answer["error"]
            code = error.get("code") or error.get("nativeCode") or "P3018"
            wanted, got = [code], codes
        if got != wanted:
            self.unlike.append(f"{name}: deploy {got}, the engine {wanted}")
        done: object
        try:
            done = self.engine.deploy()
        except Refused as refused:
            done = refused.code
        if answer["ok"]:
            told: object = answer["appliedMigrationNames"]
        else:
            told = answer["error"].get("code") or answer["error"]["driver"]["code"]
        if done != told:
            self.differences.append(f"{name}: this stand-in {done}, the engine {told}")

    def step(self, name: str, step: tuple[Any, ...], answer: Answer | None) -> None:
        command = step[0]
        if command == "files":
            _write(self.directory, step[1])
        elif command == "rm":
            gone = self.directory / step[1]
            shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
        elif command == "sql":
            with connect(self.database.owner) as connection:
                connection.execute(step[1].encode())
        elif command in ("status", "deploy") and answer is not None:
            getattr(self, command)(name, answer)
        elif command in ("applied", "rolledback") and answer is not None:
            self.resolve(name, command, step[1], answer)

    def resolve(self, name: str, command: str, migration: str, answer: Answer) -> None:
        act = (
            self.engine.resolve_applied if command == "applied" else self.engine.resolve_rolled_back
        )
        told = None if answer["ok"] else answer["error"]["code"]
        done = None
        try:
            act(migration)
        except Refused as refused:
            done = refused.code
        if done != told:
            self.differences.append(f"{name}: {command} {done}, the engine {told}")


def _migration(name: str, script: bytes | None) -> Migration:
    if script is None:
        return Migration(name, name, None, problem="missing")
    return Migration(name, name, script.decode("utf-8", "replace"))


def _write(directory: Path, files: dict[str, str | bytes | None]) -> None:
    for path, content in files.items():
        place = directory / path
        if content is None:
            place.mkdir(parents=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())


def play(server: EphemeralServer, name: str, recorded: str) -> Player:
    files, steps, *before = scenarios()[name]
    answers = json.loads((PLACE / f"cases/{recorded}.json").read_text())[name]
    answers = [answer for answer in answers if answer[0] != "pre"]
    with server.database() as database, tempfile.TemporaryDirectory() as home:
        directory = Path(home) / "migrations"
        directory.mkdir()
        _write(directory, files)
        player = Player(database, directory, ENGINES[recorded], server)
        if before:
            with connect(database.owner) as connection:
                connection.execute(before[0].encode())
        for step, answer in zip(steps, answers, strict=True):
            assert step[0] == answer[0]
            player.step(name, step, answer[-1] if isinstance(answer[-1], dict) else None)
        return player


def names() -> Iterator[tuple[str, str]]:
    if PLACE.exists():
        for recorded in ENGINES:
            yield from ((name, recorded) for name in scenarios())


@pytest.mark.parametrize(("name", "recorded"), list(names()))
def test_our_diagnosis_is_the_engines(server: EphemeralServer, name: str, recorded: str) -> None:
    player = play(server, name, recorded)
    assert player.differences == []
    assert bool(player.unlike) == (name == BETTER)


if __name__ == "__main__":
    from checker.engines.postgresql.server.binaries import find_binaries

    total: Counter[str] = Counter()
    with EphemeralServer.start(find_binaries()) as running:
        for each, file in names():
            try:
                played = play(running, each, file)
            except (AssertionError, psycopg.Error) as error:
                print(file, each, "EXC", repr(error)[:300])
                continue
            total += played.kinds
            total["differences"] += len(played.differences)
            total["unlike"] += len(played.unlike)
            total["histories"] += 1
            for line in played.differences + played.unlike:
                print(file, line)
            for line in played.silent:
                print(file, "Prisma says up to date, we say", line)
    print(dict(total))
