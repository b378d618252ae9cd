from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from checker.discover.base import BaseTree
from checker.discover.git import Repository
from checker.discover.gitbase import GitBase, choose_base
from checker.discover.history import read_history
from checker.discover.projects import find_projects
from checker.errors import CannotWorkError, InputError
from checker.model import Base
from tests.discover.conftest import commit, git, history, write

EVIL_NAME = "1 ü\n-x:*'\"$(touch pwned)"


def opened(path: Path) -> Repository:
    repository = Repository.open(path)
    assert repository is not None
    return repository


def new_names(root: Path, base: BaseTree | None) -> set[str]:
    (project,) = find_projects(root)
    return {m.name for m in read_history(root, project, base).migrations if m.state == "new"}


def test_outside_git_there_is_no_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Repository.open(tmp_path) is None
    git(tmp_path, "init", "-q")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Repository.open(tmp_path) is None


def test_an_empty_directory_named_git_is_no_repository(repository: Path) -> None:
    commit(repository, history("1_a"))
    (repository / "sub/.git").mkdir(parents=True)
    assert Repository.open(repository / "sub") is None


def test_a_subdirectory_and_a_worktree_belong_to_the_repository(repository: Path) -> None:
    first = commit(repository, history("1_a"))
    assert opened(repository / "prisma/migrations").root == repository
    git(repository, "worktree", "add", "-q", "-b", "side", "../side")
    side = repository.parent / "side"
    commit(side, history("2_b"))
    assert opened(side / "prisma").root == side
    choice = choose_base(opened(side))
    assert choice.base is not None
    assert choice.base.base.commit == first
    assert new_names(side, choice.base) == {"2_b"}


@pytest.mark.parametrize("ref", ["", "-x", "--upload-pack=touch pwned", "a\nb", "\0"])
def test_what_could_be_an_option_is_no_revision(ref: str, repository: Path) -> None:
    commit(repository, {})
    with pytest.raises(InputError, match="not a git revision"):
        opened(repository).resolve(ref)


@pytest.mark.parametrize("ref", ["none", "HEAD~7", "a..b", "HEAD:README", "0" * 40])
def test_a_revision_that_is_not_there_resolves_to_none(ref: str, repository: Path) -> None:
    commit(repository, {"README": ""})
    assert opened(repository).resolve(ref) is None


def test_names_that_are_no_commits_are_refused(repository: Path) -> None:
    commit(repository, {})
    for call in (opened(repository).parents, opened(repository).fetch):
        with pytest.raises(InputError, match="is not a commit: pass 40"):
            call("--upload-pack=touch pwned")


def test_files_of_a_commit_whatever_their_names(repository: Path) -> None:
    head = commit(
        repository,
        {f"prisma/migrations/{EVIL_NAME}/migration.sql": b"\xff\0x", ":(top)/x": "y", "a": ""},
    )
    found = opened(repository)
    tree = found.list_tree(head, "prisma/migrations")
    assert list(tree) == [f"{EVIL_NAME}/migration.sql"]
    assert found.read(head, f"prisma/migrations/{EVIL_NAME}/migration.sql") == b"\xff\0x"
    assert found.read(head, ":(top)/x") == b"y"
    assert found.read(head, "a") == b""
    assert found.read(head, "none") is None
    assert found.list_tree(head, "none") == {}


def test_the_base_gives_the_files_of_a_folder_as_they_were(repository: Path) -> None:
    old = {"db/schema/user.prisma": "// old", "db/schema/sub/post.prisma": "// post"}
    write(repository, {**old, "db/schema/notes.md": "no"})
    (repository / "db/schema/link.prisma").symlink_to("user.prisma")
    first = commit(repository, history("1_a"))
    write(repository, {"db/schema/user.prisma": "// new"})
    base = GitBase(opened(repository), Base("main", first))
    assert base.files("db/schema", ".prisma") == {
        "db/schema/user.prisma": b"// old",
        "db/schema/sub/post.prisma": b"// post",
    }
    assert base.files("db/none", ".prisma") == {}


def test_the_base_lists_migrations_with_and_without_script(repository: Path) -> None:
    write(repository, {"api/m/1/migration.sql": "one", "api/m/2/README": "", "api/m/lock": ""})
    (repository / "api/m/3").mkdir()
    (repository / "api/m/3/migration.sql").symlink_to("../1/migration.sql")
    head = commit(repository, {"api/m/4/deeper/migration.sql": ""})
    base = GitBase(opened(repository), Base("main", head), "api")
    assert base.list("m") == {"1": b"one", "2": None, "3": b"one", "4": None}
    assert base.list("none") == {}
    assert base.read("m/1/migration.sql") == b"one"
    assert base.migration_directories() == {"m": {"1", "3"}, "m/4": {"deeper"}}


def test_hostile_configuration_runs_nothing(repository: Path, tmp_path: Path) -> None:
    """Every setting that names a program names one that leaves a mark."""
    head = commit(repository, {**history("1_a"), ".gitattributes": "* filter=evil diff=evil\n"})
    remote = tmp_path / "remote"
    git(tmp_path, "clone", "-q", str(repository), str(remote))
    beyond = commit(remote, history("9_z"))
    mark = tmp_path / "mark"
    evil = tmp_path / "evil"
    evil.write_text(f'#!/bin/sh\necho "$0 $*" >> {mark}\n')
    evil.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("reference-transaction", "post-checkout", "pre-auto-gc", "post-index-change"):
        shutil.copy(evil, hooks / hook)
        shutil.copy(evil, repository / ".git/hooks" / hook)
    included = tmp_path / "included"
    included.write_text(f"[core]\n\tfsmonitor = {evil}\n\tpager = {evil}\n")
    for name, value in {
        "include.path": included, "core.hooksPath": hooks, "core.fsmonitor": evil,
        "core.sshCommand": evil, "core.gitProxy": evil, "core.askPass": evil, "core.editor": evil,
        "core.pager": evil, "pager.cat-file": evil, "core.alternateRefsCommand": evil,
        "credential.helper": f"!{evil}", "credential.https://x.helper": f"!{evil}",
        "filter.evil.smudge": evil, "filter.evil.clean": evil, "filter.evil.process": evil,
        "diff.evil.textconv": evil, "diff.external": evil, "uploadpack.packObjectsHook": evil,
        "alias.ls-tree": f"!{evil}", "alias.cat-file": f"!{evil}", "alias.rev-parse": f"!{evil}",
        "remote.origin.uploadpack": evil, "remote.origin.vcs": "ext", "gpg.program": evil,
        "protocol.ext.allow": "always", "core.worktree": "/etc",
        f"url.ext::{evil} .insteadOf": "https://",
    }.items():  # fmt: skip
        git(repository, "config", "--add", name, str(value))
    git(repository, "config", "remote.origin.url", f"file://{remote}")

    found = opened(repository)
    choice = choose_base(found, ref=head)
    assert choice.base is not None
    assert new_names(repository, choice.base) == set()
    assert found.root == repository
    assert found.default_branch() == "main"
    assert found.fetch(beyond)
    for url in (f"ext::{evil}", "https://x.invalid/x", "-x", "ssh://-oProxyCommand=x/y"):
        git(repository, "config", "remote.origin.url", url)
        assert not found.fetch("1" * 40)
    assert not mark.exists(), mark.read_text()


def test_no_secret_of_ours_reaches_git(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repository, {})
    real = shutil.which("git")
    spy = tmp_path / "bin/git"
    spy.parent.mkdir()
    spy.write_text(f'#!/bin/sh\nenv >> {tmp_path}/seen\nexec {real} "$@"\n')
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{spy.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("INPUT_GITHUB-TOKEN", "ghs_secret")
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    assert opened(repository).head()
    seen = (tmp_path / "seen").read_text()
    assert "ghs_secret" not in seen
    assert "GIT_TERMINAL_PROMPT=0" in seen


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to another user")
def test_a_repository_of_another_user_can_be_read(repository: Path) -> None:
    head = commit(repository, history("1_a"))
    subprocess.run(["chown", "-R", "12345:12345", str(repository)], check=True)
    refused = subprocess.run(
        ["git", "-C", str(repository), "rev-parse", "HEAD"],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"},
        capture_output=True,
        check=False,
    )
    assert refused.returncode != 0
    assert opened(repository).head() == head


def test_a_clone_without_contents_says_so(repository: Path, tmp_path: Path) -> None:
    head = commit(repository, history("1_a"))
    git(repository, "config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    git(
        tmp_path,
        "clone",
        "-q",
        "--no-checkout",
        "--filter=blob:none",
        f"file://{repository}",
        str(partial),
    )
    with pytest.raises(CannotWorkError, match="lacks files of the base"):
        GitBase(opened(partial), Base("main", head)).list("prisma/migrations")


def test_a_replaced_commit_does_not_deceive(repository: Path) -> None:
    real = commit(repository, {"a": "real"})
    other = commit(repository, {"a": "other"})
    git(repository, "replace", real, other)
    assert opened(repository).read(real, "a") == b"real"
