"""The schema language against Prisma's engines: their verdicts and lines, and real schemas."""

from __future__ import annotations

import json
import tarfile
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from checker.model import PrismaVersion
from checker.prisma.schema.reading import InvalidSchema, read_schema
from checker.prisma.schema.schema import Schema
from tests.projects import SHARED

CASES = SHARED / "prisma" / "cases"
CORPUS = SHARED / "corpus"
SCENARIOS = SHARED / "scenarios"

pytestmark = pytest.mark.skipif(
    not CASES.is_dir(), reason="the engines' answers are not on this machine (../shared)"
)


@cache
def rows(name: str) -> list[dict[str, Any]]:
    path = CASES / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def read(text: str, engine: int | None = None) -> tuple[Schema | None, set[int]]:
    """The schema, or the lines of what is wrong with it."""
    try:
        return read_schema({"schema.prisma": text}, engine), set()
    except InvalidSchema as error:
        return None, {p.position.line for p in error.problems}


@pytest.mark.parametrize("engine", [6, 7])
@pytest.mark.parametrize("row", rows("validation_with_oracle"), ids=lambda r: r["id"])
def test_verdict_and_lines(row: dict[str, Any], engine: int) -> None:
    answer = row["oracle"][str(engine)]
    source = row["schema"].encode()
    wanted = {
        source[: d["start"]].count(b"\n") + 1 for d in answer["diagnostics"] if not d["is_warning"]
    }
    schema, lines = read(row["schema"], engine)
    assert (schema is not None) == answer["valid"]
    assert lines == wanted


@pytest.mark.parametrize("row", rows("oracle_ddl"), ids=lambda r: r["id"])
def test_what_the_engine_renders_is_valid(row: dict[str, Any]) -> None:
    schema, _ = read(row["after"], 7)
    assert (schema is not None) == row["ok"]


def test_steps_begin_and_end_with_valid_schemas() -> None:
    steps = [row for row in rows("oracle_step") if row["ok"]]
    assert len(steps) > 200
    wrong = [r["id"] for r in steps if None in (read(r["before"], 7)[0], read(r["after"], 7)[0])]
    assert wrong == []


@cache
def scenario(name: str) -> dict[str, Any]:
    known = json.loads((SCENARIOS / "scenarios.json").read_text())
    return next(row for row in known if row["id"] == name)


def folders(root: Path) -> list[Path]:
    return sorted({p.parent for p in root.rglob("*.prisma")})


@pytest.mark.parametrize("folder", folders(CORPUS), ids=lambda p: str(p.relative_to(CORPUS)))
def test_real_schemas(folder: Path) -> None:
    schema = read_schema({p.name: p.read_text() for p in folder.glob("*.prisma")})
    assert schema.datasource is not None
    assert schema.models


@pytest.mark.parametrize("archive", sorted(SCENARIOS.glob("S*.tar.gz")), ids=lambda p: p.name)
def test_schemas_of_pull_requests(archive: Path) -> None:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    with tarfile.open(archive) as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.name.endswith(".prisma") else None
            if stream:
                folder, _, name = member.name.rpartition("/")
                found[folder][name] = stream.read().decode()
    answers = scenario(archive.name.split(".")[0])
    for folder, files in found.items():
        side = folder.split("/")[0]
        answer = answers.get(f"prisma_drift_{side}", {})
        refused = answer.get("error", {}).get("code") == "P1012"
        try:
            read_schema(files)
        except InvalidSchema:
            assert refused, folder
        else:
            assert not refused, folder
        # What the engine of the answers refuses was valid when it was written.
        own = PrismaVersion(5) if refused else None
        assert read_schema(files, own).models, folder
