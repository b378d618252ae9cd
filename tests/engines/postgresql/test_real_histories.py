"""What Prisma's own engine and a plain replay said of real histories, measured beforehand."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checker.engines.engine import ReplayOptions
from checker.engines.postgresql.replay import replay
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import PrismaVersion
from tests.engines.postgresql.helpers import SHARED, WHOLE, history, load, parses, project

pytestmark = pytest.mark.skipif(
    not SHARED.exists(), reason="the collection of real histories is not here"
)


def postgresql_histories() -> Iterator[tuple[str, PrismaVersion]]:
    table = SHARED / "corpus" / "README.md"
    for line in table.read_text().splitlines() if table.exists() else ():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 5 and cells[3] == "postgresql":
            version = re.search(r"(\d+)\.(\d+)\.(\d+)", cells[5])
            assert version
            major, minor, patch = map(int, version.groups())
            yield cells[1], PrismaVersion(major, minor, patch)


@pytest.mark.parametrize(("name", "prisma"), list(postgresql_histories()))
def test_the_collected_histories(server: EphemeralServer, name: str, prisma: PrismaVersion) -> None:
    past = load(SHARED / "corpus" / name / "prisma" / "migrations")
    found = replay(server, past, project(prisma), ReplayOptions(parses=parses))
    if found.missing == ("extension vector",):
        pytest.skip("this server lacks pgvector, and says so")
    assert found.missing == ()
    if found.failure:  # a placeholder of the project's own runner, which is no SQL
        assert found.failure.sqlstate == "42601"
        assert name.startswith("stack-auth")
    else:
        assert (found.status, found.applied) == ("passed", found.total)


def scenarios() -> list[Any]:
    path = SHARED / "scenarios" / "scenarios.json"
    listed = json.loads(path.read_text()) if path.exists() else []
    return [row for row in listed if row["provider"] == "postgresql"]


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda row: row["id"])
def test_real_changes(server: EphemeralServer, scenario: Any, tmp_path: Path) -> None:
    archive = SHARED / "scenarios" / f"{scenario['id']}.tar.gz"
    subprocess.run(["tar", "-xzf", archive, "-C", tmp_path], check=True)
    for side in ("base", "head"):
        past = load(tmp_path / side / scenario["migrations_dir"])
        found = replay(server, past, project(WHOLE), ReplayOptions(parses=parses))
        expected = scenario[f"replay_{side}"]
        assert found.total == expected["of"]
        if found.missing == ("extension vector",):
            continue
        failure = found.failure
        assert (found.status == "passed") is expected["ok"]
        assert (failure.migration if failure else None) == expected.get("migration")
        assert (failure.sqlstate if failure else None) == expected.get("sqlstate")
        assert found.applied == expected.get("index", found.total)


A = 'CREATE TABLE "A" ("id" INTEGER NOT NULL, CONSTRAINT "A_pkey" PRIMARY KEY ("id"));\n'
E = "CREATE TYPE \"E\" AS ENUM ('a');"
# Scripts whose fate under Prisma 6 was measured with its engine, under these names.
MEASURED = {
    "concurrently_alone": (A, 'CREATE INDEX CONCURRENTLY "i" ON "A"("id");\n'),
    "concurrently_two": (
        A,
        'CREATE INDEX CONCURRENTLY "i" ON "A"("id");CREATE INDEX CONCURRENTLY "j" ON "A"("id");',
    ),
    "concurrently_last": (A, 'CREATE TABLE "Q"();CREATE INDEX CONCURRENTLY "i" ON "A"("id");'),
    "concurrently_after_commit": (
        A,
        'BEGIN; CREATE TABLE "Q"(); COMMIT; CREATE INDEX CONCURRENTLY "i" ON "A"("id");',
    ),
    "drop_concurrently_alone": (
        A + 'CREATE INDEX "i" ON "A"("id");',
        'DROP INDEX CONCURRENTLY "i";\n',
    ),
    "vacuum_alone": (A, 'VACUUM "A";'),
    "vacuum_multi": (A, 'SELECT 1; VACUUM "A";'),
    "create_database_alone": (A, "SELECT 1; CREATE DATABASE xx;"),
    "enum_create_and_add_same_txn": (
        A,
        E + 'ALTER TYPE "E" ADD VALUE \'b\';CREATE TABLE "T"(e "E" default \'b\');',
    ),
    "implicit_txn_rollback": (A, 'CREATE TABLE "Q"(); SELECT 1/0;\n'),
    "explicit_txn_partial": (A, 'BEGIN; CREATE TABLE "Q"(); COMMIT;\nSELECT 1/0;\n'),
    "begin_without_commit_then_error": (A, 'BEGIN;CREATE TABLE "Q"();SELECT 1/0;\n'),
    "set_search_path_leaks": (A, "CREATE SCHEMA s; SET search_path = s;"),
    "psql_meta_command": (A, "\\set x 1\nSELECT 1;"),
    "copy_stdin": (A, 'COPY "A" FROM stdin;\n1\n\\.\n'),
    "dup_content": (A, 'CREATE TABLE IF NOT EXISTS "A" ("id" int);'),
}


@pytest.mark.parametrize("name", list(MEASURED))
def test_prismas_engine_says_the_same(server: EphemeralServer, name: str) -> None:
    if name == "enum_create_and_add_same_txn" and server.major >= 17:
        pytest.skip("measured on PostgreSQL 15; from 17 on the value may be used at once")
    answers = json.loads((SHARED / "prisma/cases/history_behaviour_engine6.json").read_text())
    answer = next(step[1] for step in answers[name] if step[0] == "deploy")
    past = history(*MEASURED[name])
    found = replay(server, past, project())
    assert (found.status == "passed") is answer["ok"]
    if not answer["ok"]:
        assert found.failure
        assert found.failure.sqlstate == answer["error"]["driver"]["code"]
        code = answer["error"].get("code")
        assert code is None or code == found.failure.prisma_code
