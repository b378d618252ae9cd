"""Repositories and project trees made on the spot."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

SCHEMA = 'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n'
LOCK = 'provider = "postgresql"\n'
_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_NAME": "someone" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "someone@example.invalid" for who in ("AUTHOR", "COMMITTER")},
}


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Writes files below a directory, with the directories they need."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def git(directory: Path, *arguments: str) -> str:
    """Runs git as a developer would, without the configuration of whoever runs the tests."""
    done = subprocess.run(
        ["git", "-C", str(directory), *arguments],
        env=_ENVIRONMENT,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def commit(directory: Path, files: Mapping[str, str | bytes], message: str = "work") -> str:
    """Writes files, commits everything and returns the commit."""
    write(directory, files)
    git(directory, "add", "-A")
    git(directory, "commit", "-q", "--allow-empty", "-m", message)
    return git(directory, "rev-parse", "HEAD")


def history(*names: str, at: str = "prisma") -> dict[str, str]:
    """The files of a project with these migrations."""
    scripts = {
        f"{at}/migrations/{n}/migration.sql": f"SELECT '{n}', '{n}', '{n}';\n" for n in names
    }
    return {f"{at}/schema.prisma": SCHEMA, f"{at}/migrations/migration_lock.toml": LOCK, **scripts}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty repository on the branch ``main``."""
    path = tmp_path / "repository"
    path.mkdir()
    git(path, "init", "-q", "-b", "main")
    return path
