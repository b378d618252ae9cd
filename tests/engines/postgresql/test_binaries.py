from __future__ import annotations

from pathlib import Path

import pytest

from checker.engines.postgresql.server import binaries
from checker.engines.postgresql.server.binaries import Binaries, find_binaries
from checker.errors import CannotWorkError, InputError


def installation(directory: Path, says: str = "postgres (PostgreSQL) 17.4 (Debian)") -> Path:
    directory.mkdir(parents=True)
    for name in ("initdb", "postgres"):
        program = directory / name
        program.write_text(f"#!/bin/sh\necho '{says}'\n")
        program.chmod(0o755)
    return directory


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any PostgreSQL."""
    monkeypatch.setattr(binaries, "_system_directories", lambda: iter(()))
    monkeypatch.setattr(binaries, "_embedded_directory", lambda: None)


@pytest.mark.parametrize(
    ("says", "version", "major"),
    [
        ("postgres (PostgreSQL) 17.4 (Debian 17.4-1)", "17.4", 17),
        ("postgres (PostgreSQL) 18beta2", "18", 18),
        ("postgres (PostgreSQL) 12.22", "12.22", 12),
    ],
)
def test_the_given_directory(tmp_path: Path, says: str, version: str, major: int) -> None:
    directory = installation(tmp_path / "bin", says)
    found = find_binaries(directory)
    assert found == Binaries(directory, version, "given")
    assert found.major == major


@pytest.mark.parametrize("says", ["postgres (PostgreSQL) 11.2", "postgres 17", ""])
def test_a_directory_that_will_not_do(tmp_path: Path, says: str) -> None:
    with pytest.raises(InputError, match="--server-bin"):
        find_binaries(installation(tmp_path / "bin", says))
    with pytest.raises(InputError, match="--server-bin"):
        find_binaries(tmp_path / "absent")


def test_links_are_followed_to_the_installation(tmp_path: Path) -> None:
    real = installation(tmp_path / "real")
    (tmp_path / "links").mkdir()
    for name in ("initdb", "postgres"):
        (tmp_path / "links" / name).symlink_to(real / name)
    assert find_binaries(tmp_path / "links").directory == real


def test_the_system_comes_before_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bare: None
) -> None:
    package = installation(tmp_path / "package")
    monkeypatch.setattr(binaries, "_embedded_directory", lambda: package)
    assert find_binaries() == Binaries(package, "17.4", "embedded")
    system = installation(tmp_path / "system")
    monkeypatch.setattr(binaries, "_system_directories", lambda: iter([tmp_path, system]))
    assert find_binaries() == Binaries(system, "17.4", "system")


@pytest.mark.usefixtures("bare")
def test_none_anywhere() -> None:
    with pytest.raises(CannotWorkError, match=r"prisma-migration-checker\[embedded\]"):
        find_binaries()
