"""An installation that offers more extensions than the one it is made from.

PostgreSQL finds its files relative to its own program (``make_relative_path`` in src/port/path.c).
A copy of the program among links to everything else is therefore a whole installation, in which
the directory of extensions can hold what we like:

* stand-ins, written by us, for extensions that many histories need and this server lacks;
* ``trusted = true`` for extensions that need a superuser but do no harm, so that the owner of a
  database may create them (PostgreSQL docs 38.17.1). The principle: no access to files, programs,
  the network or other databases, and no raw memory or pages given to code. Never dblink,
  postgres_fdw, file_fdw, adminpack, pageinspect, pg_surgery, or a language without a sandbox.

The script of a trusted extension runs as the superuser in a schema that belongs to somebody else.
It must therefore call nothing by a name that this owner can define better (docs 38.17.6.2): one
that does is in ``INSTALLED_BEFOREHAND``, and the superuser creates it in the empty database.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from checker.engines.postgresql.server.binaries import PROGRAMS, Binaries
from checker.model import History
from checker.pg.database import Extension

STAND_INS = ("uuid-ossp", "pg_cron")
HARMLESS = (
    "amcheck",
    "autoinc",
    "bloom",
    "earthdistance",
    "insert_username",
    "intagg",
    "moddatetime",
    "pg_buffercache",
    "pg_freespacemap",
    "pg_prewarm",
    "pg_stat_statements",
    "pg_visibility",
    "pgrowlocks",
    "pgstattuple",
    "vector",
)
# Each after those that it needs.
INSTALLED_BEFOREHAND = ("postgis", "postgis_topology")
_CREATED = re.compile(
    r"\bCREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?\"?("
    + "|".join(INSTALLED_BEFOREHAND)
    + r")\b\"?\s*(?:WITH\s+)?(?:SCHEMA\s+\"?(\w+))?",
    re.IGNORECASE,
)
_SOURCES = Path(__file__).parent / "stand_ins"


def created_beforehand(history: History) -> tuple[Extension, ...]:
    """The extensions that a history creates and only the superuser may create.

    It is created before the history runs, so that ``IF NOT EXISTS`` finds it there.
    """
    created: dict[str, Extension] = {}
    for migration in history.migrations:
        for match in _CREATED.finditer(migration.sql or ""):
            name = match[1].lower()
            created.setdefault(name, Extension(name, match[2]))
    return tuple(created[name] for name in INSTALLED_BEFOREHAND if name in created)


def build_installation(
    binaries: Binaries, target: Path, *, trusted: Iterable[str] = (), copy: bool = False
) -> tuple[Path, frozenset[str]] | None:
    """An installation in ``target`` with our extensions, made from ``binaries``.

    Gives its directory of programs and the names of the stand-ins that it holds; None where the
    original does not tell its layout, or where no program may run in ``target``. ``trusted`` are
    names of further extensions that the database's owner may create. With ``copy`` it needs
    nothing of the original, which the server's user may be unable to reach.
    """
    layout = _layout(binaries)
    # Before PostgreSQL 13 an extension could not be trusted.
    if layout is None or binaries.major < 13 or os.statvfs(target).f_flag & os.ST_NOEXEC:
        return None
    programs, shared, libraries = layout
    common = Path(os.path.commonpath([programs, shared, libraries]))
    directory = target / programs.relative_to(common)
    directory.mkdir(parents=True)
    for name in PROGRAMS:
        shutil.copy(programs / name, directory / name)
    for source in (libraries, programs.parent / "lib"):
        _bring(source, target / source.relative_to(common), copy=copy)
    overlay = target / shared.relative_to(common)
    overlay.mkdir(parents=True, exist_ok=True)
    for entry in shared.iterdir():
        if entry.name != "extension":
            _bring(entry, overlay / entry.name, copy=copy)
    (overlay / "extension").mkdir()
    for entry in (shared / "extension").iterdir():
        _bring(entry, overlay / "extension" / entry.name, copy=copy)
    return directory, _add_extensions(overlay / "extension", trusted)


def _layout(binaries: Binaries) -> tuple[Path, Path, Path] | None:
    """The directories of programs, shared files and libraries, as pg_config knows them."""
    command: list[str | Path] = [
        binaries.directory / "pg_config",
        "--bindir",
        "--sharedir",
        "--pkglibdir",
    ]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=30, check=True, env={}
        ).stdout.splitlines()
        programs, shared, libraries = (Path(line).resolve(strict=True) for line in answer)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return (programs, shared, libraries) if programs == binaries.directory else None


def _bring(source: Path, target: Path, *, copy: bool) -> None:
    """Links ``target`` to ``source``, unless it exists already."""
    if target.exists() or not source.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if not copy:
        target.symlink_to(source)
    elif source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)


def _add_extensions(directory: Path, trusted: Iterable[str]) -> frozenset[str]:
    """Puts stand-ins for what is missing, and makes the harmless ones trusted."""
    used = set()
    for name in STAND_INS:
        if not (directory / f"{name}.control").exists():
            for source in _SOURCES.glob(f"{name}*"):
                shutil.copyfile(source, directory / source.name)
            used.add(name)
    for name in (*HARMLESS, *trusted):
        control = directory / f"{name}.control"
        if control.exists():
            text = control.read_text()
            control.unlink()
            control.write_text(f"{text}\ntrusted = true\n")  # the last one wins
    return frozenset(used)
