"""How a project keeps its migrations: one module per layout, chosen by what the files are."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from checker.discover.base import BaseTree
from checker.discover.layouts.directories import DIRECTORIES, Scripts
from checker.discover.layouts.graph import GRAPH
from checker.model import LayoutName, Migration, PrismaVersion, State

__all__ = ["DIRECTORIES", "LAYOUTS", "MIGRATION_FILES", "Layout", "Scripts", "recognise"]


class Layout(Protocol):
    """Where migrations are, their order, and what each of them holds.

    ``file`` is the file that makes a directory a migration. ``distinct`` says that no other tool
    has such files, and ``needs_datasource`` that the schema must name the database.
    ``unreadable`` is why the checker cannot read what the migrations do; None if it can.
    """

    @property
    def file(self) -> str: ...

    @property
    def distinct(self) -> bool: ...

    @property
    def needs_datasource(self) -> bool: ...

    @property
    def unreadable(self) -> str | None: ...

    def names(self, directory: Path, prisma: PrismaVersion) -> list[str]:
        """The migrations of a directory, in the order of this Prisma version.

        Raises InputError if the directory cannot be listed.
        """
        ...

    def scripts(self, directory: Path, prisma: PrismaVersion, boundary: Path) -> Scripts:
        """The script of each migration, in order; None if it has none.

        Raises InputError if a file cannot be read or lies outside ``boundary``.
        """
        ...

    def base_scripts(self, base: BaseTree, directory: str, prisma: PrismaVersion) -> Scripts:
        """The scripts that the base has in a directory, in the order of this Prisma version."""
        ...

    def migration(
        self, directory: str, name: str, script: bytes | None, state: State = "unchanged"
    ) -> Migration:
        """A migration of a directory, whose path is relative to the root."""
        ...

    def lock_provider(self, directory: Path, boundary: Path) -> str | None:
        """The provider of the lock file, as ``History.lock_provider`` has it."""
        ...

    def base_lock_provider(self, base: BaseTree, directory: str) -> str | None:
        """The provider of the base's lock file."""
        ...


LAYOUTS: Mapping[LayoutName, Layout] = {"sql": DIRECTORIES, "operations": GRAPH}
MIGRATION_FILES = frozenset(layout.file for layout in LAYOUTS.values())


def recognise(directory: Path, folders: Sequence[str]) -> LayoutName:
    """The layout of a directory that holds these folders, by the last few of them."""
    graph = any(os.path.isfile(directory / folder / GRAPH.file) for folder in folders[-3:])
    return "operations" if graph else "sql"
