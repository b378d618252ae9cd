"""A project and the database that it is deployed to, for tests that break the two and mend them.

The lines of a remedy are run by a shell as they stand, with a stand-in for ``npx``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from checker.discover.history import read_history, read_scripts
from checker.engines.postgresql.replay import replay_into
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.engines.registry import refuse
from checker.live.advice import Cause, Remedy
from checker.live.diagnose import diagnose
from checker.live.facts import Facts
from checker.live.status import Given, look
from checker.model import History, PrismaVersion, Project, Replay
from checker.pg.connection import connect
from checker.pg.database import Database
from checker.pg.url import parse_url
from checker.prisma.schema.reading import InvalidSchema
from checker.project import parse_schema
from tests.discover.conftest import commit, git, write
from tests.live.engine import Engine, Refused

REPOSITORY = Path(__file__).parents[2]
AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
INIT, POSTS = "20260101000000_init", "20260201000000_posts"
USER = (
    'CREATE TABLE "User" (\n    "id" SERIAL NOT NULL,\n    "email" TEXT NOT NULL,\n\n'
    '    CONSTRAINT "User_pkey" PRIMARY KEY ("id")\n);\n'
)
POST = (
    'CREATE TABLE "Post" (\n    "id" SERIAL NOT NULL,\n    "title" TEXT,\n\n'
    '    CONSTRAINT "Post_pkey" PRIMARY KEY ("id")\n);\n'
)
USER_MODEL = "model User {\n  id Int @id @default(autoincrement())\n  email String\n}\n"
POST_MODEL = "model Post {\n  id Int @id @default(autoincrement())\n  title String?\n}\n"
LOCK = 'provider = "postgresql"\n'


def datasource(version: PrismaVersion) -> str:
    url = "" if version.major >= 7 else '  url = env("DATABASE_URL")\n'
    return f'datasource db {{\n  provider = "postgresql"\n{url}}}\n'


class Deployment:
    """A project below ``root``, in git, and a database; ``schema`` is the URL's."""

    def __init__(
        self, root: Path, server: EphemeralServer, database: Database, version: PrismaVersion
    ) -> None:
        self.root = root
        self.version = version
        self.schema = "public"
        self._server = server
        self._database = database
        self._bin = root.parent / "bin"
        self._stand_in()
        root.mkdir()
        git(root, "init", "-q", "-b", "main")
        self.write_schema(USER_MODEL + POST_MODEL)
        self.write({"prisma/migrations/migration_lock.toml": LOCK})
        self.migration(INIT, USER)
        self.migration(POSTS, POST)
        self.commit()

    def _stand_in(self) -> None:
        program = f'#!/bin/sh\nexec "{sys.executable}" -m tests.live.npx "$@"\n'
        write(self._bin, {"npx": program})
        (self._bin / "npx").chmod(0o755)

    # The project

    def write(self, files: Mapping[str, str]) -> None:
        write(self.root, files)

    def write_schema(self, models: str, name: str = "prisma/schema.prisma") -> None:
        self.write({name: datasource(self.version) + models})

    def migration(self, name: str, sql: str) -> None:
        self.write({f"prisma/migrations/{name}/migration.sql": sql})

    def directory(self, name: str) -> Path:
        return self.root / "prisma/migrations" / name

    def commit(self) -> None:
        commit(self.root, {})

    # The database

    @property
    def url(self) -> str:
        found = self._database.owner
        host = quote(found["host"], safe="")
        return (
            f"postgresql://{found['user']}@localhost:{found['port']}/{found['dbname']}"
            f"?host={host}&schema={self.schema}"
        )

    @property
    def _superuser_url(self) -> str:
        found = self._database.superuser
        assert found is not None
        host = quote(found["host"], safe="")
        secret = f"{quote(found['user'])}:{quote(found['password'])}"
        return f"postgresql://{secret}@localhost:{found['port']}/{found['dbname']}?host={host}"

    def sql(self, text: str) -> list[tuple[object, ...]]:
        """As the owner of the database."""
        with connect(self._database.owner) as connection:
            cursor = connection.execute(text.encode())
            return cursor.fetchall() if cursor.description else []

    def as_superuser(self, text: str) -> None:
        assert self._database.superuser is not None
        with connect(self._database.superuser) as connection:
            connection.execute(text.encode())

    @contextmanager
    def session(self) -> Iterator[object]:
        with connect(self._database.owner) as connection:
            yield connection

    def prisma(self, command: Literal["deploy", "applied", "rolled_back"], name: str = "") -> None:
        """Runs Prisma as a developer would, also where it fails."""
        engine = Engine(self._database.owner, self.root / "prisma/migrations", self.version)
        with suppress(Refused):
            if command == "deploy":
                engine.deploy()
            elif command == "applied":
                engine.resolve_applied(name)
            else:
                engine.resolve_rolled_back(name)

    # What is wrong, and what is done about it

    def run(self, line: str, *, check: bool = True) -> None:
        environment = {
            "PATH": f"{self._bin}:{os.environ['PATH']}",
            "PYTHONPATH": str(REPOSITORY),
            "DATABASE_URL": self.url,
            "OWNER_DATABASE_URL": self._superuser_url,
            "STAND_IN_PRISMA": str(self.version),
            "PRISMA_ORACLE": os.environ.get("PRISMA_ORACLE", ""),
            "HOME": "/nonexistent",
        }
        done = subprocess.run(
            ["sh", "-ec", line],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"

    def cure(self, remedy: Remedy) -> None:
        """Carries out what a remedy says."""
        self.write({file.path: file.text for file in remedy.files})
        for line in remedy.commands:
            self.run(line)

    def look(self) -> tuple[Facts, History]:
        project = Project("prisma/schema.prisma", "prisma/migrations", "postgresql", self.version)
        history = read_history(self.root, project, None)
        schema = None
        try:
            data = (self.root / project.schema).read_bytes()
            schema = parse_schema(project.prisma, {project.schema: data})
        except InvalidSchema as error:
            raise AssertionError(str(error)) from error

        @contextmanager
        def replaying(history: History) -> Iterator[tuple[Replay, Database | None]]:
            if refused := refuse(history, project):
                yield refused, None
                return
            with self._server.database() as database:
                replayed = replay_into(database, history, project)
                yield replayed, database if replayed.status == "passed" else None

        scripts = read_scripts(self.root, project, self.root)
        given = Given(project, history, scripts, schema, None, replaying)
        return look(parse_url(self.url), given), history

    def diagnose(self) -> tuple[Cause, ...]:
        facts, history = self.look()
        causes = diagnose(facts, history, AT)
        # A difference is told by one cause at least.
        assert causes or facts.in_step, facts
        return causes

    def ask_engine(self) -> None:
        """Prisma's engine, where it is at hand, does not want a reset either."""
        place = os.environ.get("PRISMA_ORACLE")
        if not place or self.schema != "public":
            return
        major = "7" if self.version.major >= 7 else "6"
        driver = ["node", f"{place}/oracle.mjs", "--engine", major, "--url", self._superuser_url]
        done = subprocess.run(
            [*driver, "devdiag", str(self.root / "prisma/migrations")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert json.loads(done.stdout)["action"] == {"tag": "createMigration"}, done.stdout
