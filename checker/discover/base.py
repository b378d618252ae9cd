"""What a history is compared with, wherever it comes from: git, or an interface like GitHub's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from checker.model import Base


class BaseTree(Protocol):
    """The files of the base. All paths are relative to the root of the check, with ``/``."""

    @property
    def base(self) -> Base: ...

    def now(self) -> BaseTree | None:
        """The base as it is now, after the work left it; None if it has not changed."""
        ...

    def list(self, directory: str) -> Mapping[str, bytes | None]:
        """The subdirectories of a directory, each with its ``migration.sql`` (None without one).

        Empty where the base has no such directory.
        """
        ...

    def migration_directories(self) -> Mapping[str, frozenset[str]]:
        """Every directory that holds migrations, with their names."""
        ...

    def read(self, path: str) -> bytes | None:
        """The content of a file; None where the base has no such file."""
        ...

    def files(self, directory: str, suffix: str) -> Mapping[str, bytes]:
        """The files below a directory whose names end with ``suffix``, by their paths."""
        ...
