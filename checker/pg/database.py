"""A database of its own for one replay: what it starts with, who reaches it, who gives it out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Literal, Protocol

from msgspec import Struct

Preset = Literal["supabase", "rds", "neon"]
"""The hosted platforms whose roles and schemas a database can start with."""


class Extension(Struct, frozen=True):
    """An extension that a history creates; ``schema`` is where, if the history says so."""

    name: str
    schema: str | None = None


class SetupOptions(Struct, frozen=True):
    """What a database holds before the first migration runs.

    ``preset`` names a hosted platform whose roles and schemas are put there; ``setup`` is SQL of
    the team's own, run as superuser: the caller takes it from the base, not from the change.
    ``extensions`` are those that the history needs and only a superuser may create.
    """

    preset: Preset | None = None
    setup: str = ""
    extensions: tuple[Extension, ...] = ()


class Database(Struct, frozen=True):
    """A database that exists for one replay.

    ``owner`` and ``superuser`` are libpq parameters: the role that migrations run as, and the
    one that sees everything (None where the given server grants us none). ``server`` is how a
    report names the server, ``major`` its major version. ``stand_ins`` are the extensions of
    which the server has our stand-in instead of the real one.
    """

    name: str
    owner: Mapping[str, str]
    superuser: Mapping[str, str] | None
    server: str
    major: int
    stand_ins: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        """Without the parameters, which hold passwords."""
        return f"Database({self.name!r}, {self.server!r})"


class Server(Protocol):
    """A running server that gives out databases."""

    @property
    def label(self) -> str:
        """How a report names it: ``PostgreSQL 17.10 (embedded)``."""

    def database(self, setup: SetupOptions | None = ...) -> AbstractContextManager[Database]:
        """A fresh database, dropped at the end."""

    def copy(self, database: Database) -> AbstractContextManager[Database]:
        """A copy of a database to which nobody is connected, dropped at the end."""
