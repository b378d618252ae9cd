"""What goes wrong before the server runs, with programs that only pretend."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from checker.engines.postgresql.server import launch
from checker.engines.postgresql.server.binaries import Binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.errors import CannotWorkError


def pretend(directory: Path, initdb: str, postgres: str = "exit 1") -> Binaries:
    directory.mkdir(mode=0o755)
    for name, script in (("initdb", initdb), ("postgres", postgres)):
        (directory / name).write_text(f"#!/bin/sh\n{script}\n")
        (directory / name).chmod(0o755)
    return Binaries(directory, "17.0", "given")


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that every user can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def programs(place: Path) -> Path:
    return place / "bin"


def failure(binaries: Binaries) -> str:
    with pytest.raises(CannotWorkError) as caught, EphemeralServer.start(binaries):
        pass
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_initdb_fails(programs: Path) -> None:
    script = "echo first; echo 'initdb: error: the locale is strange' >&2; echo more; exit 1"
    assert failure(pretend(programs, script)).endswith("initdb: error: the locale is strange")


def test_the_disk_is_full(programs: Path) -> None:
    script = "echo 'FATAL:  could not write: No space left on device' >&2; exit 1"
    assert "no space is left" in failure(pretend(programs, script))


def test_postgres_ends_at_once(programs: Path) -> None:
    script = "echo '2026-01-01 UTC [1] FATAL:  lock file is strange' >&2; exit 1"
    assert failure(pretend(programs, "exit 0", script)).endswith(
        "did not start: lock file is strange"
    )


def test_postgres_never_answers(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "START_SECONDS", 0.2)
    assert "did not start: " in failure(pretend(programs, "exit 0", 'exec sleep 60 -D "$2"'))


def test_no_directory_for_temporary_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(launch, "_reachable", lambda path, user: False)
    with pytest.raises(CannotWorkError, match="TMPDIR"):
        launch.make_directory()


def test_who_may_pass_through(place: Path) -> None:
    inner = place / "inner"
    inner.mkdir(mode=0o755)
    stranger, group = launch.User(60001, 60001), launch.User(60001, os.getgid())
    assert launch._reachable(inner, stranger)
    place.chmod(0o710)
    assert not launch._reachable(inner, stranger)
    assert launch._reachable(inner, group)
    assert launch._reachable(inner, None)
    assert not launch._reachable(place / "absent", None)
