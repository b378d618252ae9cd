"""The skeleton of a rule is a rule whose cases hold."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The code and the tests of the rules, away from this tree."""
    for name in ("checker", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/new-rule", tmp_path / "scripts")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(copy: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *command],
        cwd=copy,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )


def test_a_new_rule_takes_two_files(copy: Path) -> None:
    made = run(copy, "scripts/new-rule", "ban-drop-rule")
    files = ["checker/rules/ban_drop_rule.py", "tests/cases/ban-drop-rule.yml"]
    assert made.returncode == 0
    assert [line.strip() for line in made.stdout.splitlines()[1:3]] == files
    cases = ("-m", "pytest", "-q", "-p", "no:randomly", "tests/rules/test_cases.py")
    tested = run(copy, *cases, "-k", "ban-drop-rule or ban_drop_rule")
    assert tested.returncode == 0, tested.stdout
    module = copy / files[0]
    module.write_text(module.read_text().replace('!= "RULE"', '!= "VIEW"'))
    assert run(copy, *cases, "-k", "ban-drop-rule or ban_drop_rule").returncode == 1


@pytest.mark.parametrize(
    ("name", "why"),
    [("ban-drop-table", "already exists"), ("Ban_It", "not a rule name"), ("x", "not a rule name")],
)
def test_what_cannot_be_made_is_refused(copy: Path, name: str, why: str) -> None:
    refused = run(copy, "scripts/new-rule", name)
    assert refused.returncode == 1
    assert why in refused.stderr
