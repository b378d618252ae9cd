"""Reads commits of a repository whose content and configuration are a stranger's.

Only plumbing on objects is used, never the index or the work tree, so that no filter, text
conversion, pager or file system monitor of the repository's configuration comes into play.
Settings that name a program are overridden on the command line, transports are off but for the
usual ones of a fetch, and the environment holds no more than git needs. A home directory of our
own has the one setting that older versions take from nowhere else: that a repository may belong
to another user (safe.directory), as the workspace of an action does.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from checker.bounds import FILE_BYTES
from checker.errors import CannotWorkError, InputError

_OVERRIDES = (
    "core.fsmonitor=",
    "core.hooksPath=/dev/null",
    "core.alternateRefsCommand=:",
    "core.askPass=",
    "core.sshCommand=ssh -oBatchMode=yes",
    "core.gitProxy=",
    "credential.helper=",
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.recurseSubmodules=false",
)
_TRANSPORTS = "https:http:ssh:file"
# A proxy and the certificates of a company are needed to reach its server, and only then.
_NETWORK = (
    "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy",
    "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "SSH_AUTH_SOCK",
)  # fmt: skip
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_URL = re.compile(r"https?://|ssh://|file://|/|[\w.-]+@[\w.-]+:(?!:)")
_SECONDS = 60
# Holds a .gitconfig that trusts every owner: the workspace of an action belongs to another user,
# and older versions of git take this setting from the home directory only.
_HOME = Path(__file__).with_name("home")
_INCOMPLETE = "The clone lacks files of the base: check out without a filter, or fetch more of it."


class Entry(Struct, frozen=True):
    """A file of a tree. ``mode`` is git's (``120000`` for a link)."""

    mode: str
    object: str


class Repository:
    """A git repository that has a work tree; ``root`` is the directory with ``.git``."""

    def __init__(self, root: Path, program: str) -> None:
        self.root = root
        self._program = program

    @classmethod
    def open(cls, path: Path) -> Repository | None:
        """The repository that a path lies in; None outside git, or where git is not installed."""
        path = path.resolve()
        program = shutil.which("git")
        for place in (path, *path.parents):
            if program and os.path.exists(place / ".git"):
                repository = cls(place, program)
                found = repository._try("rev-parse", "--git-dir") is not None
                return repository if found else None
        return None

    def head(self) -> str | None:
        """The commit that is checked out; None before the first commit."""
        return self.resolve("HEAD")

    def resolve(self, ref: str) -> str | None:
        """The commit that a revision names; None if there is none.

        Raises InputError for what cannot be a revision, such as an option.
        """
        if not ref or ref.startswith("-") or not ref.isprintable():
            raise InputError(f"{ref!r} is not a git revision: pass a branch, a tag or a commit.")
        output = self._try("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        text = (output or b"").decode("ascii", "replace").strip()
        return text if _COMMIT.fullmatch(text) else None

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor of two commits; None where the clone does not reach it."""
        output = self._try("merge-base", _commit(one), _commit(other))
        lines = (output or b"").decode("ascii", "replace").split()
        return lines[0] if lines else None

    def default_branch(self) -> str | None:
        """The name of the branch that others start from, as far as the clone knows it."""
        for name in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
            prefix = "refs/remotes/" if "/" in name else "refs/heads/"
            if self.resolve(prefix + name):
                return name
        return None

    def parents(self, commit: str) -> list[str]:
        """The parents that a commit names, also those that a shallow clone does not have."""
        output = self._try("cat-file", "commit", _commit(commit)) or b""
        header = output.partition(b"\n\n")[0].decode("utf-8", "replace")
        return [line[7:] for line in header.split("\n") if line.startswith("parent ")]

    def is_shallow(self) -> bool:
        """Whether the clone ends before the beginning of the history."""
        return (self._try("rev-parse", "--is-shallow-repository") or b"").strip() == b"true"

    def fetch(self, *commits: str, depth: int = 1) -> bool:
        """Fetches commits from origin, so many deep into a shallow clone; True if they are here.

        The URL is used rather than the remote, whose other settings can name programs. A clone
        that is complete is never made shallow.
        """
        names = [_commit(name) for name in commits]
        url = (self._try("config", "--get", "remote.origin.url") or b"").decode("utf-8", "replace")
        if not _URL.match(url):
            return False
        self._try(
            *("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"),
            *(
                "--upload-pack=git-upload-pack",
                *([f"--depth={depth}"] if self.is_shallow() else []),
            ),
            *(url.strip(), *names),
            network=True,
        )
        return all(self.resolve(name) for name in names)

    def list_tree(self, commit: str, directory: str) -> dict[str, Entry]:
        """The files below a directory of a commit by their path in it; empty without it.

        Raises CannotWorkError where the clone has the commit without its files.
        """
        tree = f"{_commit(commit)}:{'' if directory == '.' else directory}"
        output = self._try("ls-tree", "-r", "-z", "--full-tree", tree)
        if output is None and self._try("cat-file", "-e", f"{commit}^{{tree}}") is None:
            raise CannotWorkError(_INCOMPLETE)
        found: dict[str, Entry] = {}
        for line in (output or b"").split(b"\0")[:-1]:
            facts, _, path = line.partition(b"\t")
            mode, kind, name = facts.decode("ascii").split()
            if kind == "blob":
                found[path.decode("utf-8", "replace")] = Entry(mode, name)
        return found

    def read(self, commit: str, path: str) -> bytes | None:
        """The content of a file in a commit; None where it has no such file."""
        directory, _, name = path.rpartition("/")
        entry = self.list_tree(commit, directory or ".").get(name)
        return self.read_all([entry])[entry.object] if entry else None

    def read_all(self, entries: Sequence[Entry]) -> dict[str, bytes]:
        """The contents of files by their objects, all from one process.

        Raises InputError for a file that is too big, CannotWorkError where the clone lacks one.
        """
        objects = list(dict.fromkeys(entry.object for entry in entries))
        names = "\n".join([*objects, ""]).encode()
        sizes = (self._try("cat-file", "--batch-check=%(objectsize)", stdin=names) or b"").split()
        if len(sizes) != len(objects) or not all(size.isdigit() for size in sizes):
            raise CannotWorkError(_INCOMPLETE)
        if any(int(size) > FILE_BYTES for size in sizes):
            raise InputError(
                f"The base holds a file over {FILE_BYTES >> 20} MB: it cannot be compared."
            )
        data = self._try("cat-file", "--batch=%(objectname)", stdin=names) or b""
        found: dict[str, bytes] = {}
        start = 0
        for name, size in zip(objects, map(int, sizes), strict=True):
            start += len(name) + 1
            found[name] = data[start : start + size]
            start += size + 1
        return found

    def _try(
        self,
        *arguments: str,
        stdin: bytes = b"",
        network: bool = False,
    ) -> bytes | None:
        """What git prints; None where it fails. Raises CannotWorkError where it takes too long."""
        overrides = [part for s in _OVERRIDES for part in ("-c", s)]
        try:
            done = subprocess.run(
                [self._program, "--no-pager", *overrides, *arguments],
                cwd=self.root,
                env=self._environment(network=network),
                input=stdin,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            if network:
                return None
            raise CannotWorkError(
                f"git {arguments[0]} took longer than {_SECONDS} seconds: try again."
            ) from None
        except OSError as error:
            raise CannotWorkError(f"git could not be started: {error.strerror}.") from error
        return done.stdout if done.returncode == 0 else None

    def _environment(self, *, network: bool) -> Mapping[str, str]:
        given = {name: os.environ[name] for name in _NETWORK if network and name in os.environ}
        return {
            **given,
            "GIT_ALLOW_PROTOCOL": _TRANSPORTS if network else "none",
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(_HOME),
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CEILING_DIRECTORIES": str(self.root.parent),
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
        }


def _commit(name: str) -> str:
    """The name of an object and nothing else, so that it can be no option."""
    if not _COMMIT.fullmatch(name):
        raise InputError(f"{name!r} is not a commit: pass 40 hexadecimal digits.")
    return name
