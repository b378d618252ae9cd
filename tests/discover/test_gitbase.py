from __future__ import annotations

from pathlib import Path

import pytest

from checker.discover.git import Repository
from checker.discover.gitbase import Choice, choose_base
from checker.discover.history import read_history
from checker.discover.projects import find_projects
from checker.errors import InputError
from tests.discover.conftest import commit, git, history, write
from tests.discover.test_git import new_names, opened


def chosen(choice: Choice) -> str:
    assert choice.base is not None, choice.reason
    return choice.base.base.commit


@pytest.fixture
def pull_request(repository: Path) -> dict[str, str]:
    """A base that went on after a branch left it, and GitHub's test merge of the two."""
    shas = {"fork": commit(repository, history("1_a"))}
    git(repository, "checkout", "-q", "-b", "feature")
    shas["head"] = commit(repository, history("3_c"))
    git(repository, "checkout", "-q", "main")
    shas["base"] = commit(repository, history("2_b"))
    git(repository, "checkout", "-q", "--detach")
    git(repository, "merge", "-q", "--no-ff", "-m", "test merge", "feature")
    shas["merge"] = git(repository, "rev-parse", "HEAD")
    git(repository, "update-ref", "refs/pull/1/merge", "HEAD")
    git(repository, "config", "uploadpack.allowAnySHA1InWant", "true")
    return shas


def checkout(origin: Path, ref: str, depth: int) -> Path:
    """What actions/checkout leaves: the one ref, that deep, and the remote."""
    clone = origin.parent / "clone"
    clone.mkdir()
    git(clone, "init", "-q")
    git(clone, "remote", "add", "origin", f"file://{origin}")
    git(clone, "fetch", "-q", "--no-tags", *([f"--depth={depth}"] if depth else []), "origin", ref)
    git(clone, "checkout", "-q", "--detach", "FETCH_HEAD")
    return clone


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_the_test_merge_is_compared_with_its_first_parent(
    depth: int, repository: Path, pull_request: dict[str, str]
) -> None:
    clone = checkout(repository, "refs/pull/1/merge", depth)
    # The event is older than the merge: its base is where the branch left.
    choice = choose_base(
        opened(clone), event_base=pull_request["fork"], event_head=pull_request["head"]
    )
    assert chosen(choice) == pull_request["base"]
    assert new_names(clone, choice.base) == {"3_c"}
    assert opened(clone).is_shallow() == bool(depth)


@pytest.mark.parametrize("depth", [0, 1])
def test_the_head_itself_is_compared_with_where_it_left_the_base(
    depth: int, repository: Path, pull_request: dict[str, str]
) -> None:
    clone = checkout(repository, "feature", depth)
    choice = choose_base(
        opened(clone), event_base=pull_request["base"], event_head=pull_request["head"]
    )
    assert chosen(choice) == pull_request["fork"]
    assert new_names(clone, choice.base) == {"3_c"}


def test_a_clone_too_shallow_for_that_is_compared_with_the_tip(
    repository: Path, pull_request: dict[str, str]
) -> None:
    clone = checkout(repository, "feature", 1)
    git(clone, "fetch", "-q", "--depth=1", "origin", "main")
    git(clone, "remote", "remove", "origin")
    choice = choose_base(
        opened(clone), event_base=pull_request["base"], event_head=pull_request["head"]
    )
    assert chosen(choice) == pull_request["base"]
    assert choice.base is not None
    assert "too shallow" in choice.base.base.how
    assert new_names(clone, choice.base) == {"3_c"}


def test_a_merge_of_the_author_is_no_test_merge(
    repository: Path, pull_request: dict[str, str]
) -> None:
    """The branch took the base in by a merge of its own; the head of the request is checked out."""
    git(repository, "checkout", "-q", "feature")
    git(repository, "merge", "-q", "--no-ff", "-m", "take main in", "main")
    head = git(repository, "rev-parse", "HEAD")
    choice = choose_base(opened(repository), event_base=pull_request["base"], event_head=head)
    assert chosen(choice) == pull_request["base"]
    assert new_names(repository, choice.base) == {"3_c"}


def test_a_base_that_cannot_be_fetched_is_none_with_a_reason(
    repository: Path, pull_request: dict[str, str]
) -> None:
    clone = checkout(repository, "refs/pull/1/merge", 1)
    git(clone, "remote", "remove", "origin")
    choice = choose_base(
        opened(clone), event_base=pull_request["base"], event_head=pull_request["head"]
    )
    assert choice.base is None
    assert pull_request["base"][:10] in choice.reason


def test_fetching_into_a_complete_clone_does_not_cut_it_off(
    repository: Path, pull_request: dict[str, str]
) -> None:
    clone = checkout(repository, "feature", 0)
    found = opened(clone)
    assert found.resolve(pull_request["base"]) is None
    assert found.fetch(pull_request["base"])
    assert not found.is_shallow()
    assert found.merge_base(pull_request["base"], pull_request["head"]) == pull_request["fork"]


def test_a_push_of_a_new_branch_has_no_commit_before_it(
    repository: Path, pull_request: dict[str, str]
) -> None:
    git(repository, "checkout", "-q", "feature")
    assert chosen(choose_base(opened(repository), event_base="0" * 40)) == pull_request["fork"]


def test_the_base_that_the_user_names(repository: Path, pull_request: dict[str, str]) -> None:
    git(repository, "checkout", "-q", "feature")
    choice = choose_base(opened(repository), ref="main", event_base=pull_request["head"])
    assert chosen(choice) == pull_request["fork"]
    with pytest.raises(InputError, match="'none' is not in this clone"):
        choose_base(opened(repository), ref="none")


def test_on_the_default_branch_only_uncommitted_work_is_new(repository: Path) -> None:
    head = commit(repository, history("1_a"))
    write(repository, history("2_b"))
    choice = choose_base(opened(repository))
    assert chosen(choice) == head
    assert new_names(repository, choice.base) == {"2_b"}


def test_commits_not_yet_pushed_are_new_on_the_default_branch(repository: Path) -> None:
    commit(repository, history("1_a"))
    clone = repository.parent / "clone"
    git(repository, "clone", "-q", str(repository), str(clone))
    commit(clone, history("2_b"))
    choice = choose_base(opened(clone))
    assert new_names(clone, choice.base) == {"2_b"}
    assert choice.base is not None
    assert choice.base.base.ref == "origin/HEAD"


def test_reasons_for_no_base(repository: Path) -> None:
    assert "no commit yet" in choose_base(opened(repository)).reason
    commit(repository, {})
    git(repository, "branch", "-m", "trunk")
    assert "--base" in choose_base(opened(repository)).reason
    git(repository, "checkout", "-q", "--orphan", "main")
    commit(repository, {}, "another root")
    git(repository, "checkout", "-q", "trunk")
    assert "does not reach back" in choose_base(opened(repository)).reason


def test_the_root_of_the_check_may_lie_in_the_repository(repository: Path) -> None:
    commit(repository, history("1_a", at="apps/api/prisma"))
    root = repository / "apps/api"
    write(root, history("2_b"))
    repository_found: Repository = opened(root)
    assert new_names(root, choose_base(repository_found, root=root).base) == {"2_b"}


def test_what_the_base_has_become_counts(repository: Path, pull_request: dict[str, str]) -> None:
    git(repository, "checkout", "-q", "feature")
    choice = choose_base(opened(repository), ref="main")
    assert chosen(choice) == pull_request["fork"]
    assert choice.base is not None
    assert choice.base.base.tip == pull_request["base"]
    now = choice.base.now()
    assert now is not None
    assert set(now.list("prisma/migrations")) == {"1_a", "2_b"}
    git(repository, "checkout", "-q", pull_request["merge"])
    choice = choose_base(opened(repository), ref="main")
    assert choice.base is not None
    assert choice.base.now() is None


def test_the_lock_file_of_the_base_is_read(repository: Path) -> None:
    commit(repository, history("1_a"))
    write(repository, {"prisma/migrations/migration_lock.toml": 'provider = "sqlite"\n'})
    (project,) = find_projects(repository)
    found = read_history(repository, project, choose_base(opened(repository), ref="HEAD").base)
    assert (found.lock_provider, found.base_lock_provider) == ("sqlite", "postgresql")
