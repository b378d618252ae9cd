"""What a database can do for a check: the seam between the trials and one kind of database.

Trials and commands ask an engine and never for the provider. ``D`` is a database of the engine's
own, which exists for one run; whoever has one gives it back to the engine that made it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Protocol, TypeVar

from msgspec import Struct

from checker.engines.outline import Outline
from checker.model import Gap, History, Migration, PrismaVersion, Project, Replay, Script, Witness
from checker.pg.database import SetupOptions
from checker.prisma.client.answers import Broken
from checker.prisma.client.statements import ClientStatement
from checker.prisma.database.model import DatabaseSchema
from checker.prisma.diff.drift import Compared
from checker.prisma.schema.schema import Schema
from checker.sql.catalog.catalog import Catalog

D = TypeVar("D")
Progress = Callable[[int, int], None]
"""Called with the number of migrations that have run, and the number of all."""


class ReplayOptions(Struct, frozen=True):
    """``setup`` is what the database holds before the history, and ``shadow`` the script that runs
    before it with the rights of the migrations. ``timeout`` is in seconds for each text that Prisma
    sends, a script or a statement. ``parses`` says whether the newest PostgreSQL can read a text;
    without it newer syntax counts as a failure.
    """

    setup: SetupOptions = SetupOptions()
    shadow: str = ""
    timeout: float = 120.0
    parses: Callable[[str], bool] | None = None


class Server(Protocol[D]):
    """A running server, or a substitute for one, that gives out databases."""

    @property
    def label(self) -> str:
        """How a report names it: ``PostgreSQL 17.10 (embedded)``."""

    def database(self, setup: SetupOptions | None = ...) -> AbstractContextManager[D]:
        """A fresh database, dropped at the end."""

    def copy(self, database: D) -> AbstractContextManager[D]:
        """A copy of a database to which nobody is connected, dropped at the end."""


class Servers(Protocol[D]):
    """The servers of a run, each started when it is first asked for.

    Every method raises CannotWorkError or InputError where no server is available.
    """

    @property
    def several(self) -> bool:
        """Whether the servers differ; False where the caller names one."""

    def first(self) -> Server[D]:
        """The server of the head's history."""

    def second(self) -> Server[D]:
        """The server of the base's history, which must not meet the roles of the first."""

    def third(self) -> Server[D]:
        """A server for one history after the other, which meets neither."""


class Engine(Protocol[D]):
    """One kind of database. Its methods raise CannotWorkError where they cannot read a database."""

    def servers(self, stack: ExitStack, *, bin_dir: Path | None, url: str | None) -> Servers[D]:
        """The servers of a run; ``stack`` ends them. ``url`` names a running one to use instead of
        our own, ``bin_dir`` the binaries to start.
        """

    def options_for(self, history: History, options: ReplayOptions) -> ReplayOptions:
        """The options with what this history needs to find in its database."""

    def replay(
        self,
        database: D,
        history: History,
        project: Project,
        options: ReplayOptions,
        progress: Progress | None = None,
    ) -> Replay:
        """Runs a history in a database as the project's version of Prisma would."""

    def outline(self, database: D) -> Outline:
        """Everything in a database."""

    def gaps(self, here: Outline, there: Outline) -> tuple[Gap, ...]:
        """The differences between two outlines."""

    def catalog(self, database: D, folded: Catalog) -> Catalog:
        """The schema of a database as a catalog; ``folded`` tells how the objects that both have
        were written.
        """

    def structure(
        self, database: D, like: DatabaseSchema, *, partial_indexes: bool = False
    ) -> DatabaseSchema:
        """The contents of the schemas of ``like``, as Prisma's schema engine sees them; conditions
        of indexes only with ``partial_indexes``, a preview feature.
        """

    def compare(
        self, database: D, schema: Schema, version: PrismaVersion, external: Collection[str]
    ) -> Compared:
        """Compares a schema with the database that its history makes, except for what is
        ``external``.
        """

    def try_client(self, database: D, statements: Iterable[ClientStatement]) -> tuple[Broken, ...]:
        """The statements of Prisma Client that fail on a database."""

    def observe(
        self,
        server: Server[D],
        base: D,
        project: Project,
        migrations: Sequence[Migration],
        scripts: Mapping[str, Script],
        merged: Catalog,
    ) -> Witness:
        """What migrations do to copies of a database that are filled with rows."""
