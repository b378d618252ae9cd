"""Which version of Prisma a project uses, and how surely that is known.

From the surest to the least sure: what the user said, what a lock file holds, the lowest version
that the range in package.json allows, what the schema lets one conclude. The ``prisma`` package
is the one that migrates; ``@prisma/client`` is released with the same number.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import msgspec
from msgspec import Struct, field

from checker.discover.files import read_bytes
from checker.discover.lockfiles import READERS, Importer
from checker.discover.yamltext import YamlError, read_strings
from checker.errors import InputError
from checker.model import PrismaVersion

_PACKAGES = ("prisma", "@prisma/client")
_NUMBER = re.compile(r"v?(\d{1,6})(?:\.(\d{1,6}|[xX*]))?(?:\.(\d{1,6}|[xX*]))?")
# Engine 7 forbids the url in the datasource, engine 6 requires it: the last 6 and the first 7.
_ASSUMED = {True: (6, 19, 0), False: (7, 0, 0)}


class _Manifest(Struct, frozen=True):
    name: str = ""
    plain: dict[str, str] = field(default_factory=dict, name="dependencies")
    dev: dict[str, str] = field(default_factory=dict, name="devDependencies")
    peer: dict[str, str] = field(default_factory=dict, name="peerDependencies")
    optional: dict[str, str] = field(default_factory=dict, name="optionalDependencies")

    @property
    def ranges(self) -> dict[str, str]:
        return {**self.peer, **self.optional, **self.dev, **self.plain}


class _Catalogs(Struct, frozen=True):
    catalog: dict[str, str] = {}
    catalogs: dict[str, dict[str, str]] = {}


def parse_version(text: str, source: str) -> PrismaVersion:
    """A version as a user writes it: ``6``, ``6.19`` or ``6.19.3``.

    Raises InputError for anything else.
    """
    numbers = _numbers(text)
    if numbers is None or re.search(r"[^\d.v]", text.partition("-")[0]):
        raise InputError(f"{source} {text!r} is not a Prisma version: write it like 6.19.3.")
    return PrismaVersion(*numbers, source=source)


def find_version(boundary: Path, directory: Path, *, has_url: bool) -> PrismaVersion:
    """The Prisma version of the project whose schema is in ``directory``.

    Looks there and in every directory above, up to ``boundary``.
    """
    places = [directory, *directory.parents]
    places = places[: places.index(boundary) + 1] if boundary in places else [directory]
    manifest_at, manifest = _manifest(places, boundary)
    for place in places:
        locked = _locked(place, manifest_at or directory, manifest, boundary)
        if locked:
            return locked
    if manifest_at:
        for package in _PACKAGES:
            text = manifest.ranges.get(package, "")
            if text.startswith("catalog:"):
                text = _catalog(places, boundary, text.removeprefix("catalog:"), package)
            numbers = _lowest(text)
            if numbers:
                where = posixpath.join(manifest_at.relative_to(boundary).as_posix(), "package.json")
                return PrismaVersion(*numbers, source=f"{package} {text} in {where}")
    reason = "the datasource has a url" if has_url else "the datasource has no url"
    return PrismaVersion(*_ASSUMED[has_url], source=f"assumed: {reason}", assumed=True)


def _manifest(places: list[Path], boundary: Path) -> tuple[Path | None, _Manifest]:
    """The nearest package.json that depends on Prisma."""
    for place in places:
        data = read_bytes(place / "package.json", boundary)
        try:
            manifest = msgspec.json.decode(data or b"{}", type=_Manifest)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            continue
        if not manifest.ranges.keys().isdisjoint(_PACKAGES):
            return place, manifest
    return None, _Manifest()


def _locked(
    place: Path, package_at: Path, manifest: _Manifest, boundary: Path
) -> PrismaVersion | None:
    """What the lock files in ``place`` hold for the package in ``package_at``."""
    path = package_at.relative_to(place).as_posix() if package_at.is_relative_to(place) else "."
    importer = Importer(path, manifest.name, manifest.ranges)
    for name, reader in READERS.items():
        data = read_bytes(place / name, boundary)
        for package in _PACKAGES if data else ():
            numbers = _numbers(reader(data or b"", importer, package) or "")
            if numbers:
                where = posixpath.join(place.relative_to(boundary).as_posix(), name)
                return PrismaVersion(*numbers, source=f"{package} in {where}")
    return None


def _catalog(places: list[Path], boundary: Path, name: str, package: str) -> str:
    """The range that a catalog of pnpm-workspace.yaml has for the package; empty without one."""
    for place in places:
        data = read_bytes(place / "pnpm-workspace.yaml", boundary)
        if data is None:
            continue
        try:
            found = msgspec.convert(read_strings(data.decode("utf-8", "replace")), _Catalogs)
        except (msgspec.MsgspecError, YamlError):
            continue
        group = found.catalogs.get(name, {}) if name not in ("", "default") else found.catalog
        if package in group:
            return group[package]
    return ""


def _lowest(text: str) -> tuple[int, int, int] | None:
    """The lowest version that a range of npm allows; None where it has no lower bound."""
    text = text.removeprefix("workspace:").rpartition("@")[2]
    bounds = [_numbers(part.lstrip("^~>= ")) for part in re.split(r"\|\||,", text)]
    return min((numbers for numbers in bounds if numbers), default=None)


def _numbers(text: str) -> tuple[int, int, int] | None:
    match = _NUMBER.match(text)
    if not match:
        return None
    major, minor, patch = (int(g) if g and g.isdigit() else 0 for g in match.groups())
    return major, minor, patch
