"""Chooses the commit that a change is compared with, and reads the migrations it has."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from checker.discover.git import Entry, Repository
from checker.discover.layouts import MIGRATION_FILES
from checker.discover.layouts.directories import SCRIPT
from checker.errors import InputError
from checker.model import Base

# How deep to look for where a branch left its base, if the checkout is too shallow for that.
_DEPTHS = (50, 1000)


class GitBase:
    """The base as a commit of a repository; ``prefix`` is the root of the check in it."""

    def __init__(self, repository: Repository, base: Base, prefix: str = ".") -> None:
        self.base = base
        self._repository = repository
        self._prefix = prefix

    def now(self) -> GitBase | None:
        """See BaseTree."""
        if self.base.tip is None:
            return None
        tip = Base(self.base.ref, self.base.tip, "what the base has become")
        return GitBase(self._repository, tip, self._prefix)

    def list(self, directory: str) -> Mapping[str, bytes | None]:
        """See BaseTree."""
        place = self._place(directory)
        files = self._repository.list_tree(self.base.commit, place)
        scripts = {
            path.removesuffix(f"/{SCRIPT}"): entry
            for path, entry in files.items()
            if path.endswith(f"/{SCRIPT}") and path.count("/") == 1
        }
        contents = self._repository.read_all(list(scripts.values()))
        return {
            name: self._content(place, name, scripts.get(name), contents)
            for name in dict.fromkeys(path.split("/")[0] for path in files if "/" in path)
        }

    def migration_directories(self) -> Mapping[str, frozenset[str]]:
        """See BaseTree."""
        found: dict[str, set[str]] = {}
        for path in self._repository.list_tree(self.base.commit, self._prefix):
            folder, name = posixpath.split(path)
            if folder and name in MIGRATION_FILES:
                directory, migration = posixpath.split(folder)
                found.setdefault(directory or ".", set()).add(migration)
        return {directory: frozenset(names) for directory, names in found.items()}

    def read(self, path: str) -> bytes | None:
        """See BaseTree."""
        return self._repository.read(self.base.commit, self._place(path))

    def files(self, directory: str, suffix: str) -> Mapping[str, bytes]:
        """See BaseTree."""
        tree = self._repository.list_tree(self.base.commit, self._place(directory))
        entries = {
            path: entry
            for path, entry in tree.items()
            if path.endswith(suffix) and entry.mode != "120000"
        }
        contents = self._repository.read_all(list(entries.values())) if entries else {}
        return {
            posixpath.normpath(posixpath.join(directory, path)): contents[entry.object]
            for path, entry in entries.items()
        }

    def _place(self, path: str) -> str:
        """Where a path of the check lies in the repository."""
        return posixpath.normpath(posixpath.join(self._prefix, path))

    def _content(
        self, place: str, name: str, entry: Entry | None, contents: Mapping[str, bytes]
    ) -> bytes | None:
        if entry is None:
            return None
        content = contents[entry.object]
        if entry.mode != "120000":
            return content
        target = posixpath.join(place, name, content.decode("utf-8", "replace"))
        return self._repository.read(self.base.commit, posixpath.normpath(target))


class Choice(Struct, frozen=True):
    """The base, or why there is none, for people to read."""

    base: GitBase | None
    reason: str = ""


def choose_base(
    repository: Repository,
    *,
    ref: str | None = None,
    event_base: str | None = None,
    event_head: str | None = None,
    exact: bool = False,
    root: Path | None = None,
) -> Choice:
    """The commit that the work in a repository is compared with.

    ``ref`` is what the user named. ``event_base`` and ``event_head`` are the commits of the pull
    request or push that runs the check; ``exact`` says that the work is compared with that base
    itself, also where it does not descend from it. Without any of them it is where the work left
    the default branch. ``root`` is the root of the check, by default that of the repository.
    Raises InputError where the ref does not exist.
    """
    head = repository.head()
    if head is None:
        return Choice(None, "the repository has no commit yet")
    base: Base | str
    if ref is not None:
        base = _named(repository, ref, head)
    elif event_base and event_base.strip("0"):
        base = _of_event(repository, head, event_base, event_head, exact=exact)
    else:
        base = _of_default_branch(repository, head)
    if isinstance(base, str):
        return Choice(None, base)
    prefix = (root or repository.root).resolve().relative_to(repository.root.resolve())
    return Choice(GitBase(repository, base, prefix.as_posix()))


def _named(repository: Repository, ref: str, head: str) -> Base:
    commit = repository.resolve(ref) or repository.resolve(f"origin/{ref}")
    if commit is None:
        raise InputError(
            f"The base {ref!r} is not in this clone: fetch it first, or name another commit."
        )
    common = repository.merge_base(commit, head)
    how = "where the work left the given base" if common else "the base given"
    return Base(ref, common or commit, how, _tip(commit, common))


def _of_event(
    repository: Repository, head: str, event_base: str, event_head: str | None, *, exact: bool
) -> Base | str:
    """The base of a pull request or push.

    GitHub checks a pull request out as a merge of its head into the base; the first parent of that
    merge is then the base, newer than the one that the event names. A merge that the author made
    is told apart by its parents.
    """
    parents = repository.parents(head)
    merged = len(parents) == 2 and (parents[1] == event_head or parents[0] == event_base)
    commit = parents[0] if merged else event_base
    if repository.resolve(commit) is None and not repository.fetch(commit):
        return f"the clone lacks the base commit {commit[:10]} and it could not be fetched"
    if merged:
        return Base(commit, commit, "the commit that the pull request was merged into for the test")
    if exact:
        return Base(event_base, commit, "what the branch had before the push")
    common = repository.merge_base(commit, head)
    for depth in _DEPTHS if repository.is_shallow() else ():
        if common is None and repository.fetch(commit, head, depth=depth):
            common = repository.merge_base(commit, head)
    if common is None:
        return Base(
            event_base, commit, "the tip of the base, because the clone is too shallow for more"
        )
    how = "where the work left the base of the event"
    return Base(event_base, common, how, _tip(commit, common))


def _of_default_branch(repository: Repository, head: str) -> Base | str:
    branch = repository.default_branch()
    if branch is None:
        return "the clone has no default branch to compare with: pass --base"
    tip = repository.resolve(branch)
    common = repository.merge_base(tip, head) if tip else None
    if common is None:
        return f"the clone does not reach back to where the work left {branch}: fetch more of it"
    how = f"the tip of {branch}" if common == head else f"where the work left {branch}"
    return Base(branch, common, how, _tip(tip or common, common))


def _tip(commit: str, common: str | None) -> str | None:
    """The base's own commit, if it has commits that the work lacks."""
    return None if common is None or commit == common else commit
