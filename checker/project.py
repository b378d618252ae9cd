"""One project as this checkout has it: its files, schema, settings and history, each read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from checker.config import FILE_NAME, Config
from checker.discover.base import BaseTree
from checker.discover.files import read_bytes
from checker.discover.history import read_history
from checker.discover.history import read_scripts as read_files
from checker.discover.layouts import Scripts
from checker.discover.prismaconfig import FILE_NAMES, PrismaConfig, parse_prisma_config
from checker.discover.projects import anchor
from checker.engines.engine import ReplayOptions
from checker.errors import InputError
from checker.model import History, PrismaVersion, Project, Script
from checker.pg.database import SetupOptions
from checker.prisma.schema.reading import InvalidSchema, read_schema
from checker.prisma.schema.schema import Schema
from checker.sql import read
from checker.sql.scripts import read_scripts

# A version that accepts what later ones refuse, such as an id of a view.
OLD = PrismaVersion(5, 22)


class Checkout(Struct, frozen=True):
    """The files of the head and of the base, and what counts as new.

    ``compared`` is the base, unless the request says which migrations are new: all (``all_new``) or
    the newest (``last`` of them). ``trusted`` are the base's settings: only they may name what runs
    as superuser.
    """

    root: Path
    base: BaseTree | None
    compared: BaseTree | None
    trusted: Config
    all_new: bool = False
    last: int | None = None


class ProjectView:
    """A project of a checkout. Each part is read when it is first asked for, and kept.

    Raises InputError if a file cannot be read, and InvalidSchema if Prisma refuses a schema.
    """

    def __init__(self, project: Project, checkout: Checkout) -> None:
        self.project = project
        self._checkout = checkout
        self._schemas: dict[tuple[tuple[str, bytes], ...], Schema | InvalidSchema] = {}

    @cached_property
    def files(self) -> Mapping[str, bytes]:
        """The files of the schema by their paths from the root: one, or those of its folder."""
        root = self._checkout.root
        place = root / self.project.schema
        files = sorted(place.rglob("*.prisma")) if place.is_dir() else [place]
        paths = [file.relative_to(root).as_posix() for file in files]
        texts = {path: read_file(root, path) for path in paths}
        return {path: data for path, data in texts.items() if data is not None}

    @cached_property
    def base_files(self) -> Mapping[str, bytes]:
        """Like ``files``, at the base; empty without a base or if it has no schema at this path."""
        base = self._checkout.base
        if base is None:
            return {}
        data = base.read(self.project.schema)
        if data is not None:
            return {self.project.schema: data}
        return dict(base.files(self.project.schema, ".prisma"))

    @property
    def schema_changed(self) -> bool:
        """Whether the schema, or a file of its folder, differs from the base."""
        return self._checkout.base is not None and self.files != self.base_files

    @property
    def schema(self) -> Schema:
        """The schema of the head."""
        return self._parsed(self.files)

    @property
    def base_schema(self) -> Schema | None:
        """The schema of the base; None if the base has none."""
        return self._parsed(self.base_files) if self.base_files else None

    @cached_property
    def settings(self) -> PrismaConfig:
        """The settings in the prisma.config file nearest to the schema; it is read, never run."""
        for directory in PurePosixPath(self.project.schema).parents:
            for name in FILE_NAMES:
                data = read_file(self._checkout.root, (directory / name).as_posix())
                if data is not None:
                    return parse_prisma_config(data.decode("utf-8", "replace"))
        return PrismaConfig()

    @cached_property
    def history(self) -> History:
        """The migrations of the head, each with its state against the base."""
        of = self._checkout
        return read_history(of.root, self.project, of.compared, all_new=of.all_new, last=of.last)

    @cached_property
    def directory(self) -> History:
        """The migrations of the head as a deployment finds them: compared with nothing."""
        plain = (
            replace(m, state="unchanged", base_sql=None, previous=None)
            for m in self.history.migrations
        )
        return History(tuple(plain), lock_provider=self.history.lock_provider)

    @cached_property
    def script_files(self) -> Scripts:
        """The script of every migration of the head in bytes, by name."""
        root = self._checkout.root
        root = root if root.is_dir() else root.parent
        return read_files(root, self.project, anchor(root))

    @cached_property
    def scripts(self) -> Mapping[str, Script]:
        """The statements of every migration that has a script, by its name."""
        return read_scripts(self.project, self.history)

    @cached_property
    def replay_options(self) -> ReplayOptions:
        """How histories of the project are replayed."""
        return ReplayOptions(
            setup=SetupOptions(self._checkout.trusted.preset, self._setup_script()),
            shadow=self.settings.shadow,
            parses=lambda text: read(text, self.project.provider).problem is None,
        )

    def _parsed(self, files: Mapping[str, bytes]) -> Schema:
        key = tuple(files.items())
        if key not in self._schemas:
            try:
                self._schemas[key] = parse_schema(self.project.prisma, files)
            except InvalidSchema as error:
                self._schemas[key] = error
        parsed = self._schemas[key]
        if isinstance(parsed, InvalidSchema):
            raise parsed
        return parsed

    def _setup_script(self) -> str:
        path, base = self._checkout.trusted.setup, self._checkout.base
        if path is None:
            return ""
        data = base.read(path) if base else read_file(self._checkout.root, path)
        if data is None:
            raise InputError(f"{FILE_NAME} names {path} as setup, but there is no such file")
        return data.decode("utf-8", "replace")


def parse_schema(prisma: PrismaVersion, files: Mapping[str, bytes]) -> Schema:
    """Raises InvalidSchema. If nothing names the version, an older one's verdict counts too."""
    texts = {path: data.decode("utf-8", "replace") for path, data in files.items()}
    if not prisma.assumed:
        return read_schema(texts, prisma)
    try:
        return read_schema(texts)
    except InvalidSchema as error:
        try:
            return read_schema(texts, OLD)
        except InvalidSchema:
            raise error from None


def read_file(root: Path, path: str) -> bytes | None:
    """The bytes of a file below the root; None if there is none. Raises InputError."""
    return read_bytes(root / path, anchor(root))
