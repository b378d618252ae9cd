"""Real changes and real histories, unpacked from the reference data beside the repository."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from checker.discover.git import Repository
from checker.discover.gitbase import choose_base
from checker.discover.history import read_history
from checker.discover.projects import find_projects

SHARED = Path(__file__).parents[3] / "shared"
SCENARIOS: list[dict[str, Any]] = []
CORPUS: list[tuple[str, str, int]] = []
if SHARED.is_dir():
    SCENARIOS = json.loads((SHARED / "scenarios/scenarios.json").read_text())
    CORPUS = [
        (name, provider, int(count))
        for name, provider, count in re.findall(
            r"^\| (\S+__\S+) \| \w+ \| (\w+) \| (\d+) \|",
            (SHARED / "corpus/README.md").read_text(),
            re.MULTILINE,
        )
    ]
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} (reference data) is absent")


def unpack(name: str, path: Path) -> Path:
    script = SHARED / "scenarios/unpack.sh"
    subprocess.run(["bash", script, name, path], check=True, capture_output=True)
    return path


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s["id"])
def test_what_changed_is_found_without_configuration(
    scenario: dict[str, Any], tmp_path: Path
) -> None:
    root = unpack(scenario["id"], tmp_path / "repository")
    (project,) = find_projects(root)
    assert project.schema == scenario["schema"]
    assert project.migrations == scenario["migrations_dir"]
    assert project.provider == scenario["provider"]

    repository = Repository.open(root)
    assert repository is not None
    choice = choose_base(repository)
    found = read_history(root, project, choice.base)
    renamed = [m for m in found.migrations if m.state == "renamed"]
    assert {m.name for m in found.migrations if m.state in ("new", "renamed")} == set(
        scenario["new"]
    )
    assert {m.name for m in found.migrations if m.state == "edited"} == set(scenario["edited"])
    gone = {m.name for m in found.removed} | {m.previous for m in renamed}
    assert gone == set(scenario["gone"])
    assert (len(found.base_names), len(found.migrations)) == (
        scenario["n_base"],
        scenario["n_head"],
    )
    renames_of_git = [c for c in scenario["changes"] if c["status"].startswith("R")]
    assert len(renamed) == len(renames_of_git)


@pytest.mark.parametrize(("name", "provider", "count"), CORPUS, ids=[name for name, *_ in CORPUS])
def test_real_histories_are_found(name: str, provider: str, count: int) -> None:
    root = SHARED / "corpus" / name
    (project,) = find_projects(root)
    assert project.provider == provider
    assert project.migrations == "prisma/migrations"
    found = read_history(root, project, None)
    assert len(found.migrations) == count
    assert not [m for m in found.migrations if m.problem]
    assert found.lock_provider == provider


def test_the_reference_data_is_complete() -> None:
    assert len(SCENARIOS) == 24
    assert len(CORPUS) == 23
