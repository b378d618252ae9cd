"""The version of a package that a lock file of npm, pnpm, yarn or bun holds for one importer.

Each reader takes the file's bytes and the package whose own dependency is asked for, and answers
with the version's text or None. Lock files reach ten megabytes: only the part that can hold the
answer is read as JSON or YAML. A file that cannot be read says nothing; whoever wrote it would
learn that from the package manager.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import Struct

from checker.discover.yamltext import YamlError, read_strings

_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})")
_YARN_VERSION = re.compile(r'[ \t]+version:? "?([^"\s]+)')


class Importer(Struct, frozen=True):
    """The package that depends on Prisma. ``path`` is its directory, relative to the lock file's.

    ``ranges`` are the version ranges in its package.json, by package.
    """

    path: str
    name: str
    ranges: dict[str, str]


class _Installed(Struct, frozen=True):
    version: str | None = None


class _NpmLock(Struct, frozen=True):
    packages: dict[str, _Installed] = {}
    dependencies: dict[str, _Installed] = {}


def npm(data: bytes, importer: Importer, package: str) -> str | None:
    """package-lock.json and npm-shrinkwrap.json: versions 2 and 3 by folder, version 1 by name."""
    try:
        lock = msgspec.json.decode(data, type=_NpmLock)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
    parts = [] if importer.path == "." else importer.path.split("/")
    folders = ["/".join([*parts[:n], "node_modules", package]) for n in range(len(parts), -1, -1)]
    found = [lock.packages[folder] for folder in folders if folder in lock.packages]
    found += [lock.dependencies[package]] if package in lock.dependencies else []
    return found[0].version if found else None


def pnpm(data: bytes, importer: Importer, package: str) -> str | None:
    """pnpm-lock.yaml, versions 5 to 9, of one package or of a workspace."""
    candidates: list[str] = []
    for document in re.split(r"^---[ \t\r]*$", data.decode("utf-8", "replace"), flags=re.MULTILINE):
        # Whatever else the file says, and that is nearly all of it, follows the importers.
        head = re.split(r"^(?:packages|snapshots):", document, maxsplit=1, flags=re.MULTILINE)[0]
        try:
            lock = read_strings(head)
        except YamlError:
            continue
        if not isinstance(lock, dict):
            continue
        importers = lock.get("importers")
        importers = importers if isinstance(importers, dict) else {".": lock}
        version = _pnpm_version(importers.get(importer.path), package)
        if version:
            return version
        candidates += filter(None, (_pnpm_version(i, package) for i in importers.values()))
    return _highest(candidates)


def _pnpm_version(importer: Any, package: str) -> str | None:
    if not isinstance(importer, dict):
        return None
    for kind in ("dependencies", "devDependencies", "optionalDependencies"):
        group = importer.get(kind)
        entry = group.get(package) if isinstance(group, dict) else None
        version = entry.get("version") if isinstance(entry, dict) else entry
        if isinstance(version, str) and _VERSION.match(version):
            return version
    return None


def yarn(data: bytes, importer: Importer, package: str) -> str | None:
    """yarn.lock, classic and berry: the entry for the importer's range, else the newest one."""
    found: list[tuple[str, str]] = []
    keys = ""  # of the entry that the line is in, if it is one of the package
    for line in data.decode("utf-8", "replace").split("\n"):
        if not line.startswith((" ", "\t")):
            head = line.rstrip()
            mine = head.startswith((f"{package}@", f'"{package}@')) and head.endswith(":")
            keys = head[:-1] if mine else ""
        elif keys and (version := _YARN_VERSION.match(line)):
            found.append((keys, version[1]))
            keys = ""
    wanted = importer.ranges.get(package, "")
    for keys, number in found:
        ranges = {key.strip().strip('"').removeprefix(f"{package}@") for key in keys.split(",")}
        if wanted and ranges & {wanted, f"npm:{wanted}"}:
            return number
    return _highest(number for _, number in found)


def bun(data: bytes, importer: Importer, package: str) -> str | None:
    """bun.lock, which holds one package a line; ``name/package`` is a workspace's own copy."""
    name = re.escape(package)
    line = re.compile(rf'^[ \t]*"([^"]*?)/?{name}":\s*\["{name}@([^"]+)"', re.MULTILINE)
    found = dict(line.findall(data.decode("utf-8", "replace")))
    return found.get(importer.name) or found.get("")


def _highest(versions: Iterable[str]) -> str | None:
    plain = [version for version in versions if _VERSION.match(version)]
    return max(plain, key=_numbers, default=None)


def _numbers(version: str) -> tuple[int, ...]:
    match = _VERSION.match(version)
    return tuple(int(part) for part in match.groups()) if match else ()


Reader = Callable[[bytes, Importer, str], str | None]

READERS: dict[str, Reader] = {
    "npm-shrinkwrap.json": npm,
    "package-lock.json": npm,
    "pnpm-lock.yaml": pnpm,
    "yarn.lock": yarn,
    "bun.lock": bun,
}
