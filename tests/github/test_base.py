"""The base as the API and the workspace tell it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from checker.github.base import api_base
from checker.github.client import GitHubClient
from checker.github.event import GitHubContext
from tests.github.entities import changed
from tests.github.fake import FakeGitHub

DIRECTORY = "db/migrations"
BASE = "b" * 40


def script(name: str) -> str:
    return f"{DIRECTORY}/{name}/migration.sql"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for name in ("1_kept", "2_edited", "4_new_name", "5_added"):
        file = tmp_path / script(name)
        file.parent.mkdir(parents=True)
        file.write_bytes(f"-- {name}\r\n".encode())
    (tmp_path / DIRECTORY / "migration_lock.toml").write_bytes(b"lock")
    (tmp_path / DIRECTORY / "0_empty").mkdir()
    (tmp_path / DIRECTORY / "6_notes").mkdir()
    (tmp_path / DIRECTORY / "6_notes" / "README.md").write_bytes(b"notes")
    return tmp_path


@pytest.fixture
def pull(github: FakeGitHub) -> FakeGitHub:
    github.files = [
        changed(script("2_edited"), "modified"),
        changed(script("3_removed"), "removed"),
        changed(script("4_new_name"), "renamed", previous=script("4_old_name")),
        changed(script("5_added"), "added"),
    ]
    for name in ("2_edited", "3_removed", "4_old_name"):
        github.contents[(script(name), BASE)] = f"-- base of {name}".encode()
    return github


def test_the_base_of_a_pull_request(
    pull: FakeGitHub, client: GitHubClient, context: GitHubContext, workspace: Path
) -> None:
    base = api_base(client, context, workspace)
    assert base is not None
    assert (base.base.ref, base.base.commit) == ("main", BASE)
    assert base.list(DIRECTORY) == {
        "1_kept": b"-- 1_kept\r\n",
        "2_edited": b"-- base of 2_edited",
        "3_removed": b"-- base of 3_removed",
        "4_old_name": b"-- base of 4_old_name",
        "6_notes": None,
    }
    assert base.migration_directories() == {
        DIRECTORY: {"1_kept", "2_edited", "3_removed", "4_old_name"}
    }
    assert base.read(f"{DIRECTORY}/migration_lock.toml") == b"lock"
    assert base.read(script("5_added")) is None
    assert base.read(script("2_edited")) == b"-- base of 2_edited"
    assert base.read("nowhere") is None
    assert len([call for call in pull.calls if "/contents/" in call.path]) == 3


def test_a_directory_that_moved(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext, workspace: Path
) -> None:
    github.files = [
        changed(script("1_kept"), "renamed", previous="old/1_kept/migration.sql"),
        changed(script("2_edited"), "renamed", previous="old/2_edited/migration.sql"),
    ]
    github.contents = {("old/1_kept/migration.sql", BASE): b"one"}
    base = api_base(client, context, workspace)
    assert base is not None
    assert base.migration_directories()["old"] == {"1_kept", "2_edited"}
    assert base.list("old")["1_kept"] == b"one"
    assert "1_kept" not in base.list(DIRECTORY)


def test_two_migrations_that_swap_names(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext, workspace: Path
) -> None:
    one, two = script("1_kept"), script("2_edited")
    github.files = [changed(one, "renamed", two), changed(two, "renamed", one)]
    github.contents = {(one, BASE): b"one", (two, BASE): b"two"}
    base = api_base(client, context, workspace)
    assert base is not None
    listed = base.list(DIRECTORY)
    assert (listed["1_kept"], listed["2_edited"]) == (b"one", b"two")


def test_elsewhere_the_merge_base_counts(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext, workspace: Path
) -> None:
    github.compared = ("c" * 40, [changed(script("2_edited"), "modified")])
    github.contents[(script("2_edited"), "c" * 40)] = b"then"
    push = msgspec.structs.replace(context, pull_request=None, base_sha=None, base_ref="main")
    base = api_base(client, push, workspace)
    assert base is not None
    assert (base.base.ref, base.base.commit) == ("main", "c" * 40)
    assert base.list(DIRECTORY)["2_edited"] == b"then"


def test_no_base_where_the_event_tells_none(
    client: GitHubClient, context: GitHubContext, workspace: Path
) -> None:
    nothing = msgspec.structs.replace(context, pull_request=None, base_sha=None, base_ref=None)
    assert api_base(client, nothing, workspace) is None


def test_nothing_is_read_through_links_or_from_outside(
    client: GitHubClient, context: GitHubContext, workspace: Path, tmp_path: Path
) -> None:
    secret = tmp_path.parent / "secret.sql"
    secret.write_bytes(b"secret")
    (workspace / DIRECTORY / "7_link").mkdir()
    (workspace / script("7_link")).symlink_to(secret)
    (workspace / "outside").symlink_to(tmp_path.parent)
    base = api_base(client, context, workspace)
    assert base is not None
    assert base.read(script("7_link")) is None
    assert base.read("outside/secret.sql") is None
    assert base.read("../secret.sql") is None
    assert base.read(str(secret)) is None
    assert base.read("a\0b") is None
    assert "7_link" not in base.list(DIRECTORY)


def test_a_directory_that_is_not_there(
    client: GitHubClient, context: GitHubContext, workspace: Path
) -> None:
    base = api_base(client, context, workspace)
    assert base is not None
    assert base.list("elsewhere") == {}
    assert list(base.list("db")) == ["migrations"]


def test_the_files_of_a_folder_are_those_that_the_base_has(
    pull: FakeGitHub, client: GitHubClient, context: GitHubContext, workspace: Path
) -> None:
    for name in ("user.prisma", "new.prisma", "notes.md", "sub/post.prisma"):
        file = workspace / "db/schema" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(f"// {name}".encode())
    pull.files += [
        changed("db/schema/new.prisma", "added"),
        changed("db/schema/gone.prisma", "removed"),
    ]
    pull.contents[("db/schema/gone.prisma", BASE)] = b"// gone"
    base = api_base(client, context, workspace)
    assert base is not None
    assert base.files("db/schema", ".prisma") == {
        "db/schema/user.prisma": b"// user.prisma",
        "db/schema/sub/post.prisma": b"// sub/post.prisma",
        "db/schema/gone.prisma": b"// gone",
    }
