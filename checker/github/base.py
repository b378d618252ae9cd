"""The base of a change as GitHub's API tells it, for checkouts without its commits."""

from __future__ import annotations

import hashlib
import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from msgspec import Struct

from checker.discover.git import Repository
from checker.discover.layouts import MIGRATION_FILES
from checker.discover.layouts.directories import SCRIPT
from checker.github.client import ChangedFile, GitHubClient
from checker.github.event import GitHubContext
from checker.github.transport import GitHubError
from checker.model import Base


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

    def now(self) -> None:
        """What the base has become is not asked."""
        return

    def list(self, directory: str) -> dict[str, bytes | None]:
        """The migration directories below ``directory``, each with the bytes of its
        migration.sql, or None where it has none."""
        prefix = _prefix(directory)
        changed = (path for path in self._changed if path.startswith(prefix))
        paths = {path[len(prefix) :] for path in (*self._present(prefix), *changed)}
        names = sorted({path.split("/", 1)[0] for path in paths if "/" in path})
        return {
            name: self.read(f"{prefix}{name}/{SCRIPT}") if f"{name}/{SCRIPT}" in paths else None
            for name in names
        }

    def migration_directories(self) -> dict[str, frozenset[str]]:
        """Every directory that holds migrations, with their names."""
        return _by_directory((*self._everywhere(), *self._changed))

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, None where the base has no such file."""
        if path in self._added:
            return None
        if path not in self._changed:
            return read_plain(self._workspace, path)
        if path not in self._fetched:
            self._fetched[path] = self._client.content(path, self.base.commit)
        return self._fetched[path]

    def files(self, directory: str, suffix: str) -> dict[str, bytes]:
        """The files below a directory whose names end so, by their paths."""
        prefix = _prefix(directory)
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
            if path not in self._added and read_plain(self._workspace, path) is not None:
                yield path

    def _everywhere(self) -> Iterator[str]:
        """Scripts of the workspace that the base has too; installed packages are not looked at."""
        for folder, folders, files in os.walk(self._workspace):
            folders[:] = [name for name in folders if name[0] != "." and name != "node_modules"]
            for file in MIGRATION_FILES.intersection(files):
                path = Path(folder, file).relative_to(self._workspace).as_posix()
                if path not in self._added:
                    yield path


class TreeBase:
    """The files of the base by its whole tree, for a change of more files than GitHub lists.

    What the workspace has with the same content is read there. Methods as those of ApiBase.
    """

    def __init__(self, client: GitHubClient, base: Base, workspace: Path) -> None:
        self.base = base
        self._client = client
        self._workspace = workspace
        tree = client.get(_Tree, "git", "trees", base.commit, params={"recursive": "1"})
        if tree.truncated:
            raise GitHubError(
                "GitHub lists neither all files of this change nor all of its base: "
                "check out with fetch-depth: 2."
            )
        self._objects = {
            entry.path: entry.sha for entry in tree.tree if entry.mode in ("100644", "100755")
        }
        self._read: dict[str, bytes | None] = {}

    def now(self) -> None:
        """What the base has become is not asked."""
        return

    def list(self, directory: str) -> dict[str, bytes | None]:
        """See ApiBase."""
        prefix = _prefix(directory)
        paths = {path[len(prefix) :] for path in self._objects if path.startswith(prefix)}
        names = sorted({path.split("/", 1)[0] for path in paths if "/" in path})
        return {name: self.read(f"{prefix}{name}/{SCRIPT}") for name in names}

    def migration_directories(self) -> dict[str, frozenset[str]]:
        """See ApiBase."""
        return _by_directory(self._objects)

    def read(self, path: str) -> bytes | None:
        """See ApiBase."""
        known = self._objects.get(path)
        if known is None:
            return None
        if path not in self._read:
            here = read_plain(self._workspace, path)
            same = here is not None and _object(here, known) == known
            self._read[path] = here if same else self._client.content(path, self.base.commit)
        return self._read[path]

    def files(self, directory: str, suffix: str) -> dict[str, bytes]:
        """See ApiBase."""
        prefix = _prefix(directory)
        paths = [p for p in self._objects if p.startswith(prefix) and p.endswith(suffix)]
        found = {path: self.read(path) for path in sorted(paths)}
        return {path: data for path, data in found.items() if data is not None}


class _Named(Struct):
    sha: str


class _Compared(Struct):
    merge_base_commit: _Named


class _Entry(Struct):
    path: str
    mode: str
    sha: str = ""


class _Tree(Struct):
    tree: list[_Entry]
    truncated: bool = False


def _object(data: bytes, like: str) -> str:
    """The name that git gives to a file, in the same kind of hash as another name."""
    whole = b"blob %d\0%b" % (len(data), data)
    return (hashlib.sha256 if len(like) == 64 else hashlib.sha1)(whole).hexdigest()


def _by_directory(paths: Iterable[str]) -> dict[str, frozenset[str]]:
    """The directories that hold migrations, with their names."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        folder, _, file = path.rpartition("/")
        if folder and file in MIGRATION_FILES:
            directory, _, name = folder.rpartition("/")
            found[directory or "."].add(name)
    return {directory: frozenset(names) for directory, names in found.items()}


def _prefix(directory: str) -> str:
    return "" if directory in ("", ".") else directory.rstrip("/") + "/"


def read_plain(workspace: Path, path: str) -> bytes | None:
    """A regular file of the workspace, None where a symbolic link is on the way to it."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts:
        return None
    current = workspace
    mode = 0
    for part in pure.parts:
        current = current / part
        try:
            mode = current.lstat().st_mode
        except (OSError, ValueError):
            return None
        if stat.S_ISLNK(mode):
            return None
    return current.read_bytes() if stat.S_ISREG(mode) else None


def api_base(
    client: GitHubClient, context: GitHubContext, workspace: Path
) -> ApiBase | TreeBase | None:
    """The base of the change that the event is about; None where it tells of none.

    A pull request's workspace is GitHub's merge of its head into the base, so the base is the
    first parent of that commit, which a shallow checkout names too, and which may be newer than
    the commit in the event. Any other workspace is the head itself, and the base is the merge base.
    Raises GitHubError.
    """
    number = context.pull_request
    if number is not None and context.base_sha is not None:
        base = _of_pull_request(client, context, context.base_sha, workspace)
        try:
            return ApiBase(client, base, client.pull_files(number), workspace)
        except GitHubError as error:
            return _tree(client, base, workspace, error)
    start = context.base_sha or context.base_ref
    if start is None or context.head_sha is None:
        return None
    if context.exact_base:
        return TreeBase(
            client, Base(start, start, "what the branch had before the push"), workspace
        )
    how = "comparison by GitHub"
    try:
        compared = client.compare(start, context.head_sha)
    except GitHubError as error:
        common = _merge_base(client, start, context.head_sha)
        return _tree(client, Base(context.base_ref or start, common, how), workspace, error)
    base = Base(context.base_ref or start, compared.merge_base, how)
    return ApiBase(client, base, compared.files, workspace)


def _of_pull_request(
    client: GitHubClient, context: GitHubContext, named: str, workspace: Path
) -> Base:
    ref = context.base_ref or named
    repository = Repository.open(workspace)
    head = repository.head() if repository is not None else None
    if repository is None or head is None:
        return Base(ref, named, "files of the pull request")
    parents = repository.parents(head)
    if len(parents) == 2 and parents[1] == context.head_sha:
        return Base(
            ref, parents[0], "the commit that the pull request was merged into for the test"
        )
    common = _merge_base(client, named, context.head_sha or head)
    return Base(ref, common, "comparison by GitHub")


def _tree(client: GitHubClient, base: Base, workspace: Path, error: GitHubError) -> TreeBase:
    """The base by its tree, where the error is that GitHub lists only so many files."""
    if error.status is not None:
        raise error
    return TreeBase(client, base, workspace)


def _merge_base(client: GitHubClient, base: str, head: str) -> str:
    found = client.get(_Compared, "compare", f"{base}...{head}", params={"per_page": "1"})
    return found.merge_base_commit.sha


def is_other_code(context: GitHubContext, workspace: Path) -> bool:
    """Whether the workspace is known to hold something else than what the event is about.

    An event with the rights of this repository checks out its default branch, unless told.
    """
    repository = Repository.open(workspace) if context.is_privileged else None
    head = repository.head() if repository is not None else None
    if repository is None or head is None or context.head_sha is None:
        return False
    meant = context.head_sha
    return not (
        head == meant
        or meant in repository.parents(head)
        or repository.merge_base(meant, head) == meant
    )


def find_commit(client: GitHubClient | None, workspace: Path, name: str) -> str | None:
    """The commit that a name means where the checkout does not have it; None where it does, or
    where nobody can tell."""
    repository = Repository.open(workspace)
    if repository is None or client is None:
        return None
    if repository.resolve(name) or repository.resolve(f"origin/{name}"):
        return None
    try:
        return client.get(_Named, "commits", name).sha
    except GitHubError:
        return None
