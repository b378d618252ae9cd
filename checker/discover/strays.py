"""New scripts that look like migrations of a project and lie where Prisma does not look."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from checker.discover.base import BaseTree
from checker.discover.layouts.directories import SCRIPT
from checker.discover.lock import LOCK_FILE
from checker.model import Project

_NAME = re.compile(r"\d{14}_.")
_DEEPEST = 2
_SKIPPED = ("node_modules", ".git")


def find_strays(
    root: Path, project: Project, base: BaseTree, merged: Collection[str]
) -> tuple[str, ...]:
    """The paths of such scripts, from the root: in a directory near the schema that is no history
    of another, or right in the migrations directory, without a directory of their own.

    What the base has is no stray, nor is a merged migration that was moved away (``merged`` are
    their names): it is removed.
    """
    found = list(_loose(root, project, base))
    known = base.migration_directories()
    for directory in _near(root, project):
        place = directory.relative_to(root).as_posix()
        own = place == project.migrations or place in known
        if own or _is_of_another(directory, root, project):
            continue
        found += [
            posixpath.normpath(f"{place}/{name}/{SCRIPT}")
            for name in sorted(_folders(directory))
            if _NAME.match(name) and name not in merged and (directory / name / SCRIPT).is_file()
        ]
    return tuple(found)


def _loose(root: Path, project: Project, base: BaseTree) -> Iterator[str]:
    directory = root / project.migrations
    if directory.is_dir():
        for file in sorted(directory.glob("*.sql")):
            path = posixpath.normpath(f"{project.migrations}/{file.name}")
            if file.is_file() and base.read(path) is None:
                yield path


def _near(root: Path, project: Project) -> Iterator[Path]:
    """Directories beside the schema's and below it, but not below the migrations directory."""
    home = (root / project.schema).parent
    pending = [(home.parent if home != root else home, 0)]
    for directory, depth in pending:
        yield directory
        if depth < _DEEPEST and directory != root / project.migrations:
            pending += [(directory / name, depth + 1) for name in sorted(_folders(directory))]


def _folders(directory: Path) -> list[str]:
    try:
        with os.scandir(directory) as entries:
            return [
                entry.name
                for entry in entries
                if entry.is_dir(follow_symlinks=False) and entry.name not in _SKIPPED
            ]
    except OSError:
        return []


def _is_of_another(directory: Path, root: Path, project: Project) -> bool:
    """Whether a directory has a lock file of its own, or another schema beside it."""
    if (directory / LOCK_FILE).is_file():
        return True
    own = root / project.schema
    return any(
        file != own and own not in file.parents
        for place in (directory, directory.parent)
        for file in place.glob("*.prisma")
    )
