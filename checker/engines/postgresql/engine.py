"""PostgreSQL behind the interface of an engine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from msgspec.structs import replace

from checker.engines.engine import Progress, ReplayOptions, Server
from checker.engines.outline import Outline
from checker.engines.postgresql.merged_schema import deployed_catalog
from checker.engines.postgresql.outline import gaps, read_outline
from checker.engines.postgresql.replay import replay_into
from checker.engines.postgresql.server.extensions import created_beforehand
from checker.engines.postgresql.server.servers import Servers
from checker.model import Gap, History, Migration, PrismaVersion, Project, Replay, Script, Witness
from checker.pg.connection import connect
from checker.pg.database import Database
from checker.pg.hanging import look_at
from checker.prisma.client.answers import Broken
from checker.prisma.client.statements import ClientStatement
from checker.prisma.client.trial import try_client
from checker.prisma.database.model import DatabaseSchema
from checker.prisma.database.read import read_catalog
from checker.prisma.diff.drift import Compared, compare
from checker.prisma.schema.schema import Schema
from checker.sql.catalog.catalog import Catalog
from checker.witness.observe import observe


class PostgreSQL:
    """Servers of our own, or one that the caller names; see ``checker.engines.engine.Engine``."""

    def servers(self, stack: ExitStack, *, bin_dir: Path | None, url: str | None) -> Servers:
        return Servers(stack, bin_dir=bin_dir, url=url)

    def options_for(self, history: History, options: ReplayOptions) -> ReplayOptions:
        extensions = created_beforehand(history)
        return replace(options, setup=replace(options.setup, extensions=extensions))

    def replay(
        self,
        database: Database,
        history: History,
        project: Project,
        options: ReplayOptions,
        progress: Progress | None = None,
    ) -> Replay:
        return replay_into(database, history, project, options, progress)

    def outline(self, database: Database) -> Outline:
        return read_outline(database)

    def gaps(self, here: Outline, there: Outline) -> tuple[Gap, ...]:
        return gaps(here, there)

    def catalog(self, database: Database, folded: Catalog) -> Catalog:
        with connect(database.owner) as connection:
            return deployed_catalog(connection, folded)

    def structure(
        self, database: Database, like: DatabaseSchema, *, partial_indexes: bool = False
    ) -> DatabaseSchema:
        with look_at(database) as connection:
            return read_catalog(
                connection,
                schemas=like.schemas,
                multi=like.multi,
                partial_indexes=partial_indexes,
            )

    def compare(
        self, database: Database, schema: Schema, version: PrismaVersion, external: Collection[str]
    ) -> Compared:
        return compare(database, schema, version, external)

    def try_client(
        self, database: Database, statements: Iterable[ClientStatement]
    ) -> tuple[Broken, ...]:
        with look_at(database) as connection:
            return try_client(connection, statements)

    def observe(
        self,
        server: Server[Database],
        base: Database,
        project: Project,
        migrations: Sequence[Migration],
        scripts: Mapping[str, Script],
        merged: Catalog,
    ) -> Witness:
        return observe(server, base, project, migrations, scripts, merged)
