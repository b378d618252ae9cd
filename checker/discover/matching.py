"""Which schema goes with which migrations directory.

Prisma is told, or takes ``migrations`` beside the file that holds the datasource (its source:
packages/internals/src/cli/directoryConfig.ts; before 6.6, beside the schema folder). Teams that
say the places on the command line only leave no trace of that in the repository; there, a
directory goes to the nearest schema of the same provider that has none yet.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from checker.discover.layouts import LAYOUTS
from checker.discover.lock import read_lock_provider
from checker.discover.schemafile import provider_named
from checker.discover.survey import Declared, MigrationsSeen, SchemaSeen, Survey, schema_files

# How many steps a migrations directory may lie from its schema where nothing declares it.
_FARTHEST = 3


class Candidate(Struct, frozen=True):
    """A schema, a file or a folder; ``main`` is the file with the datasource.

    ``declared``: a configuration file of Prisma names it. ``migrations`` is None where none fits.
    """

    schema: Path
    main: SchemaSeen
    declared: bool = False
    migrations: Path | None = None

    @property
    def provider(self) -> str | None:
        datasource = self.main.content.datasource
        return datasource.provider if datasource else None

    @property
    def usual_places(self) -> list[Path]:
        """Where Prisma looks for the migrations when nothing else is said."""
        places = [self.main.path.parent]
        if self.schema != self.main.path:
            places += [self.schema, self.schema.parent]
        return [place / "migrations" for place in places]


def match(seen: Survey, boundary: Path) -> list[Candidate]:
    """Every schema of the survey, with its migrations directory where one fits."""
    candidates = _candidates(seen, boundary)
    free = {m.path: m for m in seen.migrations.values()}
    for candidate in candidates:
        free.pop(candidate.migrations or Path(), None)
    providers = {path: read_lock_provider(path, boundary) for path in free}
    for usual, same_provider in ((True, True), (False, True), (True, False)):
        pairs = [
            (_distance(c, m), c.main.content.datasource is None, -_likeness(c, m), m.path, i)
            for i, c in enumerate(candidates)
            for m in free.values()
            if c.migrations is None
            and ((m.path in c.usual_places) if usual else _near(c, m))
            and (not same_provider or _fits(c, providers[m.path]))
        ]
        for *_, path, i in sorted(pairs):
            if path in free and candidates[i].migrations is None:
                candidates[i] = replace(candidates[i], migrations=path)
                del free[path]
    return candidates


def folder_candidate(folder: Path, boundary: Path, *, declared: bool) -> Candidate | None:
    """A folder of .prisma files as one schema; None where there are none."""
    files = schema_files(folder, boundary)
    ranked = sorted(files, key=lambda f: (f.content.datasource is None, f.problem is None))
    return Candidate(folder, ranked[0], declared) if ranked else None


def _candidates(seen: Survey, boundary: Path) -> list[Candidate]:
    found: dict[Path, Candidate] = {}
    for declared in seen.declared:
        candidate = _declared(declared, seen, boundary)
        if candidate:
            earlier = found.get(candidate.schema)
            places = candidate.migrations or (earlier.migrations if earlier else None)
            found[candidate.schema] = replace(candidate, migrations=places)
    claimed = [c.schema for c in found.values()]
    rest = [s for s in seen.schemas.values() if not any(_in(s.path, c) for c in claimed)]
    for candidate in _undeclared(rest):
        found[candidate.schema] = candidate
    # One that cannot be read or has no datasource comes last: it must not take another's place.
    return sorted(found.values(), key=lambda c: (not c.declared, c.main.content.datasource is None))


def _declared(declared: Declared, seen: Survey, boundary: Path) -> Candidate | None:
    migrations = declared.migrations
    if migrations and not _in(migrations.resolve(), boundary.resolve()):
        migrations = None
    path = declared.schema
    if path is None:
        usual = [declared.at / "schema.prisma", declared.at / "prisma" / "schema.prisma"]
        below = [
            s.path
            for s in seen.schemas.values()
            if s.content.datasource and _in(s.path, declared.at)
        ]
        below.sort(key=lambda p: len(p.parts))
        path = next((p for p in [*usual, *below] if p in seen.schemas), None)
    if path is None or not _in(path.resolve(), boundary.resolve()):
        return None
    if path.is_dir():
        candidate = folder_candidate(path, boundary, declared=True)
        return replace(candidate, migrations=migrations) if candidate else None
    main = seen.schemas.get(path)
    return Candidate(path, main, declared=True, migrations=migrations) if main else None


def _undeclared(schemas: list[SchemaSeen]) -> Iterable[Candidate]:
    """A file with a datasource, or the folder it is in where other files there add to it."""
    mains = [s for s in schemas if s.content.datasource or s.problem]
    parts = [s for s in schemas if s not in mains and s.content.blocks]
    taken: set[Path] = set()
    for main in mains:
        folder = _folder_of(main, mains, parts)
        if folder:
            taken.update(p.path for p in parts if _in(p.path, folder))
        yield Candidate(folder or main.path, main)
    for part in parts:
        if part.path not in taken:
            yield Candidate(part.path, part)


def _folder_of(main: SchemaSeen, mains: list[SchemaSeen], parts: list[SchemaSeen]) -> Path | None:
    """The folder that is the schema: other files in it declare what the main file does not.

    Where the main file declares nothing itself, they may stand beside its directory.
    """
    folder = main.path.parent
    for place in (folder,) if main.content.blocks else (folder, folder.parent):
        alone = all(m is main or not _in(m.path, place) for m in mains)
        others = [p for p in parts if _in(p.path, place)]
        if alone and any(not p.content.blocks <= main.content.blocks for p in others):
            return place
    return None


def _in(path: Path, place: Path) -> bool:
    return path == place or path.is_relative_to(place)


def _fits(candidate: Candidate, locked: str | None) -> bool:
    """Whether the providers agree; what is not known disagrees with nothing."""
    named = candidate.provider and provider_named(candidate.provider)
    return not (named and locked and provider_named(locked)) or named == provider_named(locked)


def _near(candidate: Candidate, migrations: MigrationsSeen) -> bool:
    """Directories that only look like Prisma's count right beside the schema, no farther."""
    distance = _distance(candidate, migrations)
    sure = migrations.locked or LAYOUTS[migrations.layout].distinct
    return distance <= (_FARTHEST if sure else 1)


def _distance(candidate: Candidate, migrations: MigrationsSeen) -> int:
    """Steps from the schema's directory up, and down again to the migrations directory."""
    return os.path.relpath(migrations.path, candidate.main.path.parent).count(os.sep) + 1


def _likeness(candidate: Candidate, migrations: MigrationsSeen) -> int:
    """How well the names go together: ``mysql-schema.prisma`` with ``mysql-migrations``."""
    name = candidate.main.path.stem
    pairs = zip(name, migrations.path.name, strict=False)
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return 2 * common + (name == "schema")
