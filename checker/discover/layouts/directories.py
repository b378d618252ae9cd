"""A directory for each migration, with its script in SQL: Prisma up to 7."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from checker.discover.base import BaseTree
from checker.discover.files import read_bytes
from checker.discover.listing import order
from checker.discover.lock import LOCK_FILE, parse_lock_provider, read_lock_provider
from checker.errors import InputError
from checker.model import Migration, PrismaVersion, State

SCRIPT = "migration.sql"
Scripts = Mapping[str, bytes | None]
"""The scripts of a directory in the order in which they are applied; None without one."""


class Directories(Struct, frozen=True):
    """See Layout. ``needs_script``: a directory without one is an incomplete migration."""

    file: str = SCRIPT
    distinct: bool = False
    needs_datasource: bool = True
    needs_script: bool = True
    unreadable: str | None = None

    def names(self, directory: Path, prisma: PrismaVersion) -> list[str]:
        """Every direct subdirectory, also a hidden one, but not a link to a directory.

        Raises InputError if the directory cannot be listed or a name is not UTF-8.
        """
        try:
            with os.scandir(directory) as entries:
                names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise InputError(f"{directory} cannot be listed: {error.strerror}.") from error
        if any("\udc80" <= character <= "\udcff" for name in names for character in name):
            raise InputError(f"{directory} holds a directory whose name is not UTF-8: rename it.")
        return order(names, prisma)

    def scripts(self, directory: Path, prisma: PrismaVersion, boundary: Path) -> Scripts:
        """See Layout."""
        return {
            name: read_bytes(directory / name / SCRIPT, boundary)
            for name in self.names(directory, prisma)
        }

    def base_scripts(self, base: BaseTree, directory: str, prisma: PrismaVersion) -> Scripts:
        """See Layout."""
        scripts = base.list(directory)
        return {name: scripts[name] for name in order(scripts, prisma)}

    def migration(
        self, directory: str, name: str, script: bytes | None, state: State = "unchanged"
    ) -> Migration:
        """See Layout."""
        path = os.path.normpath(f"{directory}/{name}/{SCRIPT}")
        if script is None and not self.needs_script:
            return Migration(name, path, None, state)
        return make_migration(name, path, script, state)

    def lock_provider(self, directory: Path, boundary: Path) -> str | None:
        """See Layout."""
        return read_lock_provider(directory, boundary)

    def base_lock_provider(self, base: BaseTree, directory: str) -> str | None:
        """See Layout."""
        lock = base.read(os.path.normpath(f"{directory}/{LOCK_FILE}"))
        return None if lock is None else parse_lock_provider(lock.decode("utf-8", "replace"))


def make_migration(name: str, path: str, script: bytes | None, state: State) -> Migration:
    """A migration from the bytes of its file; None is a missing file."""
    if script is None:
        return Migration(name, path, None, state, problem="missing")
    try:
        return Migration(name, path, script.decode(), state)
    except UnicodeDecodeError:
        return Migration(name, path, None, state, problem="not_utf8")


DIRECTORIES = Directories()
