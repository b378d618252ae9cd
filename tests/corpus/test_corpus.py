"""The whole job on real histories and real pull requests."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from checker.model import ProjectReport, Report
from checker.workspace import Request
from tests.projects import SHARED, run_check

CORPUS = SHARED / "corpus"
SCENARIOS = SHARED / "scenarios"

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(
        not CORPUS.is_dir(), reason="the real histories are not on this machine (../shared)"
    ),
]


def histories() -> list[str]:
    return sorted(p.name for p in CORPUS.iterdir() if p.is_dir()) if CORPUS.is_dir() else []


@cache
def facts() -> dict[str, dict[str, str]]:
    """The table of the corpus by history: its columns by their heading."""
    lines = [line for line in (CORPUS / "README.md").read_text().splitlines() if line[:1] == "|"]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: dict(zip(rows[0], row, strict=False)) for row in rows[2:]}


def only(report: Report) -> ProjectReport:
    (project,) = report.projects
    return project


@pytest.mark.parametrize("name", histories())
def test_history(name: str) -> None:
    known = facts()[name]
    versions = re.findall(r"\d[\d.]*", known["Prisma"])
    project = only(run_check(Request(path=CORPUS / name, prisma_version=versions[-1])))
    assert project.provider == known["provider"]
    assert len(project.migrations) == int(known["migrations"])
    says = known.get("Prisma says", "")
    if known["provider"] != "postgresql":
        assert project.replay.status == "skipped"
        assert known["provider"] in (project.replay.reason or "")
    elif "does not replay" in says:
        assert project.replay.status == "failed"
        assert project.replay.failure is not None
        assert project.replay.failure.sqlstate == "42601"
    elif "needs pgvector" in says and project.replay.status != "passed":
        assert project.replay.status == "not_verified"
        assert project.replay.missing == ("extension vector",)
    else:
        assert project.replay.status == "passed"
        assert {f.rule for f in project.findings} <= {"schema-drift"}
        assert bool(project.findings) == drifts(name, versions[-1])


def drifts(name: str, version: str) -> bool:
    """Whether Prisma's engine found drift. It judged as 6 or 7, and before 6.0 the tables between
    two models had no primary key: what it found of those alone is none for an older project.
    """
    rows = json.loads((SHARED / "prisma/cases/corpus_drift.json").read_text())
    (row,) = [row for row in rows if row["history"] == name]
    statements = [line for line in row["script"].splitlines() if line and line[:2] != "--"]
    of_tables_between = all(
        "_AB_" in line or line.startswith('ALTER TABLE "_') for line in statements
    )
    return row["exitCode"] == 2 and not (int(version.partition(".")[0]) < 6 and of_tables_between)


def scenarios() -> list[Any]:
    file = SCENARIOS / "scenarios.json"
    rows = json.loads(file.read_text()) if file.is_file() else []
    return [pytest.param(row, id=row["id"]) for row in rows]


@pytest.mark.parametrize("row", scenarios())
def test_pull_request(row: dict[str, Any], tmp_path: Path) -> None:
    root = tmp_path / row["id"]
    subprocess.run(["bash", SCENARIOS / "unpack.sh", row["id"], root], check=True, env={
        "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1",
    })  # fmt: skip
    project = only(run_check(Request(path=root, base="main")))
    names: dict[str, set[str]] = {}
    for migration in project.migrations:
        names.setdefault(migration.state, set()).add(migration.name)
    was_renamed = {m.previous for m in project.migrations if m.previous is not None}
    oracle = (row.get("prisma_drift_head") or {}).get("exitCode")
    if oracle is not None:
        assert project.drift is not None
        assert project.drift.status == {0: "in_sync", 2: "drift"}[oracle]
    new, renamed = names.get("new", set()), names.get("renamed", set())
    assert new | renamed == set(row["new"])
    assert names.get("removed", set()) | was_renamed == set(row["gone"])
    assert names.get("edited", set()) == set(row["edited"])
    assert len(renamed) == sum(
        c["status"].startswith("R") and c["path"].endswith("/migration.sql") for c in row["changes"]
    )
    assert project.lineage is not None
    late = {name for each in project.lineage.of("out_of_order") for name in each.migrations}
    assert late == set(row["out_of_order"]) & new
    replayed = row.get("replay_head")
    if replayed is None:
        assert project.replay.status == "skipped"
    elif replayed["ok"]:
        assert project.replay.status == "passed" or project.replay.missing
    else:
        failure = project.replay.failure
        assert failure is not None
        assert (failure.migration, failure.sqlstate) == (
            replayed["migration"],
            replayed["sqlstate"],
        )
        assert project.replay.applied == replayed["index"]
