"""One bounded walk over a repository that notes everything a Prisma project may consist of."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

import msgspec
from msgspec import Struct

from checker.discover.files import read_text
from checker.discover.layouts import MIGRATION_FILES, recognise
from checker.discover.lock import LOCK_FILE
from checker.discover.prismaconfig import FILE_NAMES, parse_prisma_config
from checker.discover.schemafile import SchemaFile, read_schema_file
from checker.errors import InputError
from checker.model import LayoutName

# Installed packages and what builds leave behind: copies of schemas, never the project itself.
_SKIPPED = frozenset(
    {"node_modules", "bower_components", "vendor", "dist", "build", "out", "target", "coverage",
     "__pycache__", "venv"}
)  # fmt: skip
_DEEPEST, _MOST_DIRECTORIES = 20, 200_000
_CONFIG_FILES = frozenset(FILE_NAMES)


class SchemaSeen(Struct, frozen=True):
    """A .prisma file; ``problem`` says why it cannot be read."""

    path: Path
    content: SchemaFile
    problem: str | None = None


class MigrationsSeen(Struct, frozen=True):
    """A directory of migrations. ``locked``: it has a migration_lock.toml."""

    path: Path
    locked: bool
    layout: LayoutName


class Declared(Struct, frozen=True):
    """What a prisma.config file or a package.json says; ``at`` is the directory it speaks for."""

    at: Path
    schema: Path | None
    migrations: Path | None


class Survey(Struct):
    """``schemas`` by path, ``migrations`` by path; both in the order of the walk."""

    schemas: dict[Path, SchemaSeen] = msgspec.field(default_factory=dict)
    migrations: dict[Path, MigrationsSeen] = msgspec.field(default_factory=dict)
    declared: list[Declared] = msgspec.field(default_factory=list)


class _PrismaKey(Struct, frozen=True):
    schema: str | None = None


class _Package(Struct, frozen=True):
    prisma: _PrismaKey | None = None


def survey(start: Path, boundary: Path) -> Survey:
    """Walks ``start`` without following links to directories.

    Raises InputError where there are more directories than a repository has.
    """
    seen = Survey()
    pending = [(start, 0)]
    for count, (directory, depth) in enumerate(pending):
        if count > _MOST_DIRECTORIES:
            raise InputError(
                f"{start} holds more than {_MOST_DIRECTORIES} directories: name the schema and the "
                "migrations directory in the configuration."
            )
        names, folders = _entries(directory)
        _note(directory, names, seen, boundary)
        if LOCK_FILE in names:
            seen.migrations.setdefault(directory, look_at_migrations(directory))
        elif not MIGRATION_FILES.isdisjoint(names):
            parent = directory.parent
            if parent not in seen.migrations and directory != start:
                seen.migrations[parent] = look_at_migrations(parent)
        if depth < _DEEPEST and directory not in seen.migrations:
            pending += [(directory / name, depth + 1) for name in folders]
    return seen


def look_at_migrations(directory: Path) -> MigrationsSeen:
    """What kind of migrations directory this is; it need not exist."""
    names, folders = _entries(directory, every=True)
    return MigrationsSeen(directory, LOCK_FILE in names, recognise(directory, folders))


def is_migrations(directory: Path) -> bool:
    """Whether a directory holds migrations: by its lock file, or by what its folders hold."""
    names, folders = _entries(directory, every=True)
    return LOCK_FILE in names or any(
        os.path.isfile(directory / f / name) for f in folders for name in MIGRATION_FILES
    )


def look_at_schema(path: Path, boundary: Path) -> SchemaSeen:
    """Reads a .prisma file; one that cannot be read is an error only where it is needed."""
    try:
        return SchemaSeen(path, read_schema_file(path, boundary))
    except InputError as error:
        return SchemaSeen(path, SchemaFile(None), str(error))


def schema_files(folder: Path, boundary: Path) -> list[SchemaSeen]:
    """The .prisma files of a schema folder and the folders in it, as Prisma reads them."""
    return list(survey(folder, boundary).schemas.values())


def _entries(directory: Path, *, every: bool = False) -> tuple[set[str], list[str]]:
    """The names of the files, and the names of the directories to go into, sorted."""
    names: set[str] = set()
    folders: list[str] = []
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    names.add(entry.name)
                elif every or not (entry.name in _SKIPPED or entry.name.startswith(".")):
                    folders.append(entry.name)
                elif entry.name == ".config":
                    names.update(f".config/{child.name}" for child in Path(entry.path).iterdir())
    except OSError:  # gone in the meantime, or not ours to read
        return set(), []
    return names, sorted(folders)


def _note(directory: Path, names: set[str], seen: Survey, boundary: Path) -> None:
    for name in sorted(names):
        path = directory / name
        if name.endswith(".prisma"):
            seen.schemas[path] = look_at_schema(path, boundary)
        elif name == "package.json":
            _note_package(path, seen, boundary)
    for name in FILE_NAMES if names & _CONFIG_FILES else ():
        if name in names:
            seen.declared.append(_config(directory, directory / name, boundary))
            break


def _note_package(path: Path, seen: Survey, boundary: Path) -> None:
    try:
        text = read_text(path, boundary) or "{}"
        prisma = msgspec.json.decode(text, type=_Package).prisma
    except (InputError, msgspec.MsgspecError, RecursionError):
        return
    if prisma and prisma.schema:
        seen.declared.append(Declared(path.parent, _below(path.parent, prisma.schema), None))


def _config(directory: Path, path: Path, boundary: Path) -> Declared:
    """Prisma takes the paths of a configuration file as relative to that file."""
    try:
        config = parse_prisma_config(read_text(path, boundary) or "")
    except InputError:
        return Declared(directory, None, None)
    return Declared(
        directory,
        _below(path.parent, config.schema) if config.schema else None,
        _below(path.parent, config.migrations) if config.migrations else None,
    )


def _below(directory: Path, path: str) -> Path:
    return Path(posixpath.normpath(posixpath.join(directory.as_posix(), path.replace("\0", ""))))
