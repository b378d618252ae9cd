"""Reads the migrations of a project and says what each of them is against the base."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from checker.discover.base import BaseTree
from checker.discover.files import read_bytes
from checker.discover.listing import order
from checker.discover.lock import parse_lock_provider, read_lock_provider
from checker.discover.projects import anchor
from checker.discover.similarity import find_renames
from checker.discover.strays import find_strays
from checker.discover.survey import LOCK_FILE, SCRIPT
from checker.errors import InputError
from checker.model import History, Migration, Project

Scripts = dict[str, bytes | None]


def read_history(
    root: Path,
    project: Project,
    base: BaseTree | None,
    *,
    all_new: bool = False,
    last: int | None = None,
) -> History:
    """The migrations of a project, each with its state against the base.

    Without a base nothing is new. With ``all_new`` everything is, and with ``last`` so many of the
    newest are; the base does not count then.
    Raises InputError where a file cannot be read, is too big or lies outside the repository.
    """
    root = root if root.is_dir() else root.parent
    boundary = anchor(root)
    scripts = read_scripts(root, project, boundary)
    head = tuple(_migration(project, name, script) for name, script in scripts.items())
    lock_provider = read_lock_provider(root / project.migrations, boundary)
    if all_new or last is not None or base is None:
        old = 0 if all_new else len(head) - (last or 0)
        head = tuple(m if i < old else replace(m, state="new") for i, m in enumerate(head))
        return History(head, lock_provider=lock_provider)
    before = _at_base(root, project, base, scripts)
    now = base.now()
    since = dict(now.list(project.migrations)) if now else {}
    both = {n: s for n, s in since.items() if n not in before and n in scripts}
    if both:  # merged there already
        before = {n: (before | both)[n] for n in order(before | both, project.prisma)}
    migrations, removed = _compare(project, head, scripts, before)
    lock = base.read(os.path.normpath(f"{project.migrations}/{LOCK_FILE}"))
    return History(
        migrations,
        removed=removed,
        base=base.base,
        base_names=tuple(before),
        lock_provider=lock_provider,
        base_lock_provider=None
        if lock is None
        else parse_lock_provider(lock.decode("utf-8", "replace")),
        meanwhile=tuple(
            _migration(project, name, since[name])
            for name in order(since.keys() - before.keys(), project.prisma)
        ),
        strays=find_strays(root, project, base, tuple(before)),
    )


def read_scripts(root: Path, project: Project, boundary: Path) -> Scripts:
    """The script of every migration, in the order of this Prisma version; None without one.

    Every direct subdirectory is a migration, also a hidden one, but not a link to a directory.
    """
    directory = root / project.migrations
    try:
        with os.scandir(directory) as entries:
            names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InputError(f"{directory} cannot be listed: {error.strerror}.") from error
    if any("\udc80" <= character <= "\udcff" for name in names for character in name):
        raise InputError(f"{directory} holds a directory whose name is not UTF-8: rename it.")
    return {
        name: read_bytes(directory / name / SCRIPT, boundary)
        for name in order(names, project.prisma)
    }


def same_script(script: bytes, earlier: bytes) -> bool:
    """Whether Prisma takes a script for the one whose checksum it stored.

    It also tries the script with all its line ends as LF and with every LF as CRLF (its source:
    schema-engine, checksum.rs), so that a checkout on Windows is no edit.
    """
    return earlier in (
        script,
        script.replace(b"\r\n", b"\n"),
        script.replace(b"\n", b"\r\n"),
    )


def _migration(project: Project, name: str, script: bytes | None) -> Migration:
    path = _path(project, name)
    if script is None:
        missing = project.layout == "sql"
        return Migration(name, path, None, problem="missing" if missing else None)
    try:
        return Migration(name, path, script.decode())
    except UnicodeDecodeError:
        return Migration(name, path, None, problem="not_utf8")


def _path(project: Project, name: str) -> str:
    return os.path.normpath(f"{project.migrations}/{name}/{SCRIPT}")


def _at_base(root: Path, project: Project, base: BaseTree, head: Scripts) -> Scripts:
    """The scripts that the base has, in the order of this Prisma version."""
    found: Mapping[str, bytes | None] = base.list(project.migrations)
    if not found and head:
        found = _moved(root, base, head)
    return {name: found[name] for name in order(found, project.prisma)}


def _moved(root: Path, base: BaseTree, head: Scripts) -> Mapping[str, bytes | None]:
    """The scripts of the directory that was moved to where the head has it; that makes none new.

    A directory that still exists was not moved: this one then began as a copy of it.
    """
    places = [
        (-len(names & head.keys()), directory)
        for directory, names in base.migration_directories().items()
        if names & head.keys() and not (root / directory).is_dir()
    ]
    found = base.list(min(places)[1]) if places else {}
    same = any(
        head[name] is not None and script is not None and same_script(head[name] or b"", script)
        for name, script in found.items()
        if name in head
    )
    return found if same else {}


def _compare(
    project: Project, head: tuple[Migration, ...], scripts: Scripts, before: Scripts
) -> tuple[tuple[Migration, ...], tuple[Migration, ...]]:
    """The migrations of the head with their states, and the removed ones."""
    new = {n: s for n, s in scripts.items() if s is not None and before.get(n) is None}
    gone = {n: s for n, s in before.items() if n not in scripts}
    renames = find_renames({n: s for n, s in gone.items() if s is not None}, new)
    previous = {pair.new: pair.old for pair in renames}
    migrations = []
    for migration in head:
        name, script = migration.name, scripts[migration.name]
        earlier = before.get(name)
        if name in previous:
            text = _text(before[previous[name]])
            change = {"state": "renamed", "previous": previous[name], "base_sql": text}
        elif name not in before or (earlier is None and script is not None):
            change = {"state": "new"}
        elif earlier is None or (script is not None and same_script(script, earlier)):
            change = {}
        else:
            change = {"state": "edited", "previous": name, "base_sql": _text(earlier)}
        migrations.append(replace(migration, **change))
    renamed = set(previous.values())
    removed = tuple(
        Migration(n, _path(project, n), None, state="removed", previous=n, base_sql=_text(s))
        for n, s in gone.items()
        if n not in renamed
    )
    return tuple(migrations), removed


def _text(script: bytes | None) -> str | None:
    return None if script is None else script.decode("utf-8", "replace")
