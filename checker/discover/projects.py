"""Finds the Prisma projects of a repository: schema, migrations, provider, Prisma version."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from checker.discover.layouts import LAYOUTS
from checker.discover.lock import read_lock_provider
from checker.discover.matching import Candidate, folder_candidate, match
from checker.discover.schemafile import provider_named
from checker.discover.survey import is_migrations, look_at_migrations, look_at_schema, survey
from checker.discover.versions import find_version, parse_version
from checker.errors import InputError
from checker.model import PrismaVersion, Project, Provider

_SAY_IT = "name the schema and the migrations directory in the configuration, or pass the path"


class ConfiguredProject(Struct, frozen=True):
    """A project as the configuration names it; paths are relative to the root.

    A path or version that is None is found as if nothing were configured.
    """

    schema: str | None = None
    migrations: str | None = None
    prisma_version: str | None = None


def anchor(path: Path) -> Path:
    """The directory that holds all that belongs to a path: the git work tree it is in.

    Outside git a directory is its own anchor; for a schema, a migrations directory or a folder of
    one of the two it is the nearest directory above that has a package.json, else their parent.
    """
    path = path.resolve()
    for place in (path, *path.parents):
        if os.path.exists(place / ".git"):
            return place
    place = path if path.is_dir() else path.parent
    while place != place.parent and (is_migrations(place) or is_migrations(place.parent)):
        place = place.parent
    if place == path and not any(place.glob("*.prisma")):
        return place
    above = [p for p in (place, *place.parents[:3]) if os.path.isfile(p / "package.json")]
    return above[0] if above else place


def find_projects(
    root: Path,
    *,
    within: Path | None = None,
    configured: Sequence[ConfiguredProject] = (),
    prisma_version: str | None = None,
) -> tuple[Project, ...]:
    """The Prisma projects below ``root``, or those that ``configured`` names.

    ``within`` narrows the search: a directory, a schema or a migrations directory. The root may
    itself be one of them. Paths of the projects are relative to the root, or to its directory
    where it is a file. Nothing in the repository is run. ``prisma_version`` overrules all else.

    Raises InputError where nothing is found, or what is found cannot be read.
    """
    root = root.resolve()
    target = within.resolve() if within else root
    if not target.exists():
        raise InputError(f"{target} does not exist: pass the directory of the project.")
    boundary = anchor(root)
    explicit = parse_version(prisma_version, "--prisma-version") if prisma_version else None
    base = root if root.is_dir() else root.parent
    if configured:
        pairs = [(_configured(c, base, boundary), c.prisma_version) for c in configured]
    else:
        pairs = [(c, None) for c in _search(target, boundary)]
    projects = []
    for candidate, version in pairs:
        said = explicit or (parse_version(version, "prisma_version") if version else None)
        projects.append(_project(candidate, base, boundary, said))
    return tuple(projects)


def _search(target: Path, boundary: Path) -> list[Candidate]:
    """The projects in the target; where it is only a part of one, the project it belongs to."""
    areas = dict.fromkeys([target, boundary] if target.is_dir() else [boundary])
    partial: list[Candidate] = []
    for area in areas:
        mine = [c for c in match(survey(area, boundary), boundary) if _touches(c, target)]
        complete = [c for c in mine if c.migrations]
        if complete:
            return sorted(complete, key=lambda c: c.schema)
        partial = partial or mine
    if not partial:
        raise InputError(
            f"No Prisma schema was found in {target} (prisma/schema.prisma, schema.prisma, what "
            f"package.json or prisma.config name, any other .prisma file): {_SAY_IT}."
        )
    # Nothing has been migrated yet: of several schemas the ones that Prisma itself would find.
    named = [c for c in partial if c.declared or c.main.path.name == "schema.prisma"]
    return sorted(named or partial, key=lambda c: c.schema)


def _touches(candidate: Candidate, target: Path) -> bool:
    """Whether the target holds a part of the project, or is a part of it."""
    places = [candidate.schema, *filter(None, [candidate.migrations])]
    return any(p.is_relative_to(target) or target.is_relative_to(p) for p in places)


def _configured(config: ConfiguredProject, base: Path, boundary: Path) -> Candidate:
    schema, migrations = (
        _inside(said, base, boundary) if said else None
        for said in (config.schema, config.migrations)
    )
    if migrations and not migrations.is_dir() and migrations.exists():
        raise InputError(f"{migrations} is not a directory: name the migrations directory.")
    candidate: Candidate | None
    if schema is None:
        near = match(survey(base, boundary), boundary)
        near = [c for c in near if migrations is None or c.migrations in (migrations, None)]
        near.sort(key=lambda c: (c.migrations is None, len(c.schema.parts)))
        candidate = near[0] if near else None
        if candidate is None:
            raise InputError(f"No Prisma schema was found below {base}: {_SAY_IT}.")
    elif schema.is_dir():
        candidate = folder_candidate(schema, boundary, declared=True)
        if candidate is None:
            raise InputError(f"{schema} holds no .prisma file: name the folder of the schema.")
    else:
        candidate = Candidate(schema, look_at_schema(schema, boundary), declared=True)
    if schema and not migrations:
        known = match(survey(base, boundary), boundary)
        migrations = next((c.migrations for c in known if c.main.path == candidate.main.path), None)
    return replace(candidate, migrations=migrations or candidate.migrations)


def _inside(said: str, base: Path, boundary: Path) -> Path:
    path = (base / said.replace("\0", "")).resolve()
    if not path.is_relative_to(boundary):
        raise InputError(f"{said} lies outside {boundary}: name a path in the repository.")
    return path


def _project(
    candidate: Candidate, base: Path, boundary: Path, version: PrismaVersion | None
) -> Project:
    main = candidate.main
    if main.problem:
        raise InputError(main.problem)
    places = [*filter(None, [candidate.migrations]), *candidate.usual_places]
    migrations = look_at_migrations(places[0])
    datasource = main.content.datasource
    if datasource is None and LAYOUTS[migrations.layout].needs_datasource:
        raise InputError(
            f"{candidate.schema} has no datasource block: name the file or folder that has it."
        )
    return Project(
        schema=os.path.relpath(candidate.schema, base),
        migrations=os.path.relpath(migrations.path, base),
        provider=_provider(candidate, migrations.path, boundary),
        prisma=version
        or find_version(
            boundary, main.path.parent, has_url=datasource is not None and datasource.has_url
        ),
        layout=migrations.layout,
    )


def _provider(candidate: Candidate, migrations: Path, boundary: Path) -> Provider:
    """The schema's provider; the lock file's where the schema takes it from elsewhere."""
    written = candidate.provider or read_lock_provider(migrations, boundary)
    if written is None and candidate.main.content.datasource is None:
        return "postgresql"  # Prisma 8 names the database in code
    provider = provider_named(written or "")
    if provider is None:
        what = f"names the provider {written!r}" if written else "names no provider"
        raise InputError(
            f"The datasource of {candidate.main.path} {what}: it must be one that Prisma supports, "
            "such as postgresql."
        )
    return provider
