"""The base of a change as GitHub's API tells it, for checkouts without its commits."""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from checker.github.client import ChangedFile, GitHubClient
from checker.github.event import GitHubContext
from checker.model import Base

_SCRIPT, _OPERATIONS = "migration.sql", "ops.json"


class ApiBase:
    """The files of the base: the workspace's, but for those that the change touches.

    ``workspace`` is the root of the checkout; all paths are relative to it, with ``/``. Files
    that differ come from the API, one call each, and are kept. Every method raises GitHubError.
    """

    def __init__(
        self, client: GitHubClient, base: Base, files: Iterable[ChangedFile], workspace: Path
    ) -> None:
        self.base = base
        self._client = client
        self._workspace = workspace
        self._added: set[str] = set()
        self._changed: set[str] = set()
        self._fetched: dict[str, bytes | None] = {}
        for file in files:
            if file.status in ("added", "copied", "renamed"):
                self._added.add(file.path)
            elif file.status != "unchanged":
                self._changed.add(file.path)
            if file.status == "renamed" and file.previous is not None:
                self._changed.add(file.previous)
        # One file may go and another take its name: the base had it all the same.
        self._added -= self._changed

    def list(self, directory: str) -> dict[str, bytes | None]:
        """The migration directories below ``directory``, each with the bytes of its
        migration.sql, or None where it has none."""
        prefix = "" if directory in ("", ".") else directory.rstrip("/") + "/"
        changed = (path for path in self._changed if path.startswith(prefix))
        paths = {path[len(prefix) :] for path in (*self._present(prefix), *changed)}
        names = sorted({path.split("/", 1)[0] for path in paths if "/" in path})
        return {
            name: self.read(f"{prefix}{name}/{_SCRIPT}") if f"{name}/{_SCRIPT}" in paths else None
            for name in names
        }

    def migration_directories(self) -> dict[str, frozenset[str]]:
        """Every directory that holds migrations, with their names."""
        found: dict[str, set[str]] = defaultdict(set)
        for path in (*self._everywhere(), *self._changed):
            folder, _, file = path.rpartition("/")
            if folder and file in (_SCRIPT, _OPERATIONS):
                directory, _, name = folder.rpartition("/")
                found[directory or "."].add(name)
        return {directory: frozenset(names) for directory, names in found.items()}

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, None where the base has no such file."""
        if path in self._added:
            return None
        if path not in self._changed:
            return self._local(path)
        if path not in self._fetched:
            self._fetched[path] = self._client.content(path, self.base.commit)
        return self._fetched[path]

    def files(self, directory: str, suffix: str) -> dict[str, bytes]:
        """The files below a directory whose names end so, by their paths."""
        prefix = "" if directory in ("", ".") else directory.rstrip("/") + "/"
        paths = {path for path in self._changed if path.startswith(prefix)}
        for folder, folders, files in os.walk(self._workspace / prefix):
            folders[:] = [name for name in folders if name != "node_modules"]
            place = Path(folder).relative_to(self._workspace)
            paths.update((place / file).as_posix() for file in files)
        found = {path: self.read(path) for path in sorted(paths) if path.endswith(suffix)}
        return {path: data for path, data in found.items() if data is not None}

    def _present(self, prefix: str) -> Iterator[str]:
        """Files of the workspace two levels below ``prefix`` that the base has too."""
        for file in (self._workspace / prefix).glob("*/*"):
            path = file.relative_to(self._workspace).as_posix()
            if path not in self._added and self._is_plain(path):
                yield path

    def _everywhere(self) -> Iterator[str]:
        """Scripts of the workspace that the base has too; installed packages are not looked at."""
        for folder, folders, files in os.walk(self._workspace):
            folders[:] = [name for name in folders if name[0] != "." and name != "node_modules"]
            for file in {_SCRIPT, _OPERATIONS}.intersection(files):
                path = Path(folder, file).relative_to(self._workspace).as_posix()
                if path not in self._added:
                    yield path

    def _local(self, path: str) -> bytes | None:
        return (self._workspace / path).read_bytes() if self._is_plain(path) else None

    def _is_plain(self, path: str) -> bool:
        """Whether a path leads to a regular file without a symbolic link on the way."""
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts:
            return False
        current = self._workspace
        mode = 0
        for part in pure.parts:
            current = current / part
            try:
                mode = current.lstat().st_mode
            except (OSError, ValueError):
                return False
            if stat.S_ISLNK(mode):
                return False
        return stat.S_ISREG(mode)


def api_base(client: GitHubClient, context: GitHubContext, workspace: Path) -> ApiBase | None:
    """The base of the change that the event is about; None where it tells of none.

    A pull request's workspace is GitHub's merge of its head into ``base_sha``, so the base is
    that commit; any other workspace is the head itself, and the base is the merge base.
    Raises GitHubError.
    """
    if context.pull_request is not None and context.base_sha is not None:
        base = Base(
            context.base_ref or context.base_sha, context.base_sha, "files of the pull request"
        )
        return ApiBase(client, base, client.pull_files(context.pull_request), workspace)
    start = context.base_sha or context.base_ref
    if start is None or context.head_sha is None:
        return None
    compared = client.compare(start, context.head_sha)
    base = Base(context.base_ref or start, compared.merge_base, "comparison by GitHub")
    return ApiBase(client, base, compared.files, workspace)
