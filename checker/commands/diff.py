"""``diff``: schemas, histories and databases compared with one another."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from msgspec import Struct

from checker.discover.files import read_bytes
from checker.discover.layouts import DIRECTORIES
from checker.discover.layouts.directories import SCRIPT
from checker.discover.projects import anchor
from checker.discover.versions import parse_version
from checker.engines.engine import Engine, ReplayOptions, Server
from checker.engines.registry import find_engine
from checker.errors import CannotWorkError, InputError
from checker.live.connection import look_into, parse_url
from checker.model import Difference, History, PrismaVersion, Project, Provider
from checker.model.sentences import SideWords
from checker.prisma.database.model import DatabaseSchema
from checker.prisma.database.of_schema import database_of
from checker.prisma.database.read import read_catalog
from checker.prisma.diff.diff import diff
from checker.prisma.diff.differences import differences
from checker.prisma.diff.script import script
from checker.prisma.schema.reading import read_schema
from checker.prisma.schema.schema import Schema

EMPTY = "empty"
_PROVIDER: Provider = "postgresql"


class SidesCompared(Struct, frozen=True):
    """What turns one side into the other, and as the script that Prisma would write; ``sides`` is
    how to call them.
    """

    changes: tuple[Difference, ...]
    script: str
    sides: SideWords


def compare(
    start: str,
    end: str,
    version: PrismaVersion,
    *,
    server_bin: Path | None = None,
    server_url: str | None = None,
) -> SidesCompared:
    """What differs between two sides; a server is started if one is a folder of migrations.

    Raises InputError for an invalid side, CannotWorkError if a side cannot be read.
    """
    engine = find_engine(_PROVIDER)
    assert engine is not None
    with ExitStack() as stack:
        servers = engine.servers(stack, bin_dir=server_bin, url=server_url)
        return Sides(engine, servers.first, version).compare(start, end)


class Sides:
    """Reads the two sides of ``diff``; ``server`` is called only if a history has to be run."""

    def __init__(
        self, engine: Engine[Any], server: Callable[[], Server[Any]], version: PrismaVersion
    ) -> None:
        self._engine = engine
        self._server = server
        self._version = version

    def compare(self, start: str, end: str) -> SidesCompared:
        """Raises InputError for an invalid side, CannotWorkError if one cannot be read."""
        schemas = [_schema(side) for side in (start, end)]
        known = next((database_of(s, self._version) for s in schemas if s is not None), None)
        partial = any(s is not None and "partialIndexes" in s.preview_features for s in schemas)
        before, after = (
            database_of(schema, self._version)
            if schema is not None
            else self._read(side, known or DatabaseSchema(), partial=partial)
            for side, schema in zip((start, end), schemas, strict=True)
        )
        steps = diff(before, after)
        multi = before.multi or after.multi
        one, other = _label(start), _label(end)
        sides = SideWords(f"is only in {one}", f"is only in {other}", f"in {one}", f"in {other}")
        return SidesCompared(differences(steps), script(steps, multi=multi), sides)

    def _read(self, side: str, like: DatabaseSchema, *, partial: bool) -> DatabaseSchema:
        """A side that is no schema: a URL, a folder of migrations, or nothing at all."""
        if side == EMPTY:
            return DatabaseSchema(schemas=(), multi=like.multi)
        if "://" in side:
            with look_into(parse_url(side, "the URL")) as connection:
                return read_catalog(
                    connection, schemas=like.schemas, multi=like.multi, partial_indexes=partial
                )
        history = _history(Path(side), self._version)
        project = Project(side, side, _PROVIDER, self._version)
        with self._server().database() as database:
            replayed = self._engine.replay(database, history, project, ReplayOptions())
            if replayed.status != "passed":
                failure = replayed.failure
                reason = failure.message if failure else replayed.reason
                raise CannotWorkError(f"The migrations in {side} fail: {reason}")
            return self._engine.structure(database, like, partial_indexes=partial)


def _label(side: str) -> str:
    """The name of a side; never its URL, which may hold a password."""
    return "the database" if "://" in side else side


def _schema(side: str) -> Schema | None:
    """The schema that a side names, a file or a folder of files; None for any other side."""
    if side == EMPTY or "://" in side:
        return None
    path = Path(side)
    if not path.exists():
        raise InputError(
            f"{side} is neither a schema, a folder of migrations, a postgresql:// URL nor {EMPTY}"
        )
    files = sorted(path.rglob("*.prisma")) if path.is_dir() else [path]
    if path.is_dir() and (not files or any(path.glob(f"*/{SCRIPT}"))):
        return None
    texts = {str(file): read_bytes(file, anchor(file)) or b"" for file in files}
    return read_schema({name: data.decode("utf-8-sig", "replace") for name, data in texts.items()})


def _history(directory: Path, version: PrismaVersion) -> History:
    scripts = DIRECTORIES.scripts(directory, version, anchor(directory))
    if all(script is None for script in scripts.values()):
        raise InputError(f"{directory} holds neither a schema nor migrations")
    return History(tuple(DIRECTORIES.migration(str(directory), *item) for item in scripts.items()))


def version_of(text: str | None) -> PrismaVersion:
    """The requested Prisma version, or the newest that the checker knows."""
    return parse_version(text, "--prisma-version") if text else PrismaVersion(7)
