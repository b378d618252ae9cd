"""Retries, pages, redirections and what a failed call says."""

from __future__ import annotations

import traceback
from email.utils import formatdate

import pytest

from checker.github.client import GitHubClient
from checker.github.transport import GitHubError, Transport
from tests.github.conftest import NOW, TOKEN
from tests.github.entities import changed
from tests.github.fake import API, GRAPHQL, REPOSITORY, FakeGitHub, Fault

LIST = ("GET", "/comments$")


@pytest.mark.parametrize(
    ("status", "message", "headers", "pause"),
    [
        (429, "", {"Retry-After": "7"}, 7.0),
        (403, "", {"Retry-After": "7", "x-ratelimit-remaining": "0"}, 7.0),
        (403, "", {"Retry-After": formatdate(NOW + 9, usegmt=True)}, 9.0),
        (
            403,
            "API rate limit exceeded",
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 30)},
            30.0,
        ),
        (429, "", {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) - 5)}, 1.0),
        (403, "You have exceeded a secondary rate limit.", {}, 60.0),
        (429, "", {}, 60.0),
        (503, "", {"Retry-After": "3"}, 3.0),
        (500, "", {}, 1.0),
    ],
)
def test_waits_as_github_says(
    github: FakeGitHub,
    client: GitHubClient,
    slept: list[float],
    status: int,
    message: str,
    headers: dict[str, str],
    pause: float,
) -> None:
    github.comment("someone", "hello")
    github.faults.append(Fault(*LIST, status, message, headers))
    assert [comment.login for comment in client.comments(7)] == ["someone"]
    assert slept == [pause]


def test_waiting_doubles_and_ends(
    github: FakeGitHub, client: GitHubClient, slept: list[float]
) -> None:
    github.faults.append(Fault(*LIST, 502, times=9))
    with pytest.raises(GitHubError, match="502"):
        client.comments(7)
    assert slept == [1.0, 2.0, 4.0, 8.0]


def test_patience_is_shared_by_all_calls(
    github: FakeGitHub, client: GitHubClient, slept: list[float]
) -> None:
    github.faults.append(Fault(*LIST, 429, times=9, headers={"Retry-After": "100"}))
    for _ in range(2):
        with pytest.raises(GitHubError, match="rate limit"):
            client.comments(7)
    assert slept == [100.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
def test_a_refusal_is_not_repeated(
    github: FakeGitHub, client: GitHubClient, slept: list[float], status: int
) -> None:
    github.faults.append(Fault(*LIST, status, "no"))
    with pytest.raises(GitHubError) as caught:
        client.comments(7)
    assert caught.value.status == status
    assert (slept, len(github.calls)) == ([], 1)


def test_a_lost_connection_is_tried_again(
    github: FakeGitHub, client: GitHubClient, slept: list[float]
) -> None:
    github.faults.append(Fault(*LIST, drop=True, times=2))
    assert client.comments(7) == []
    assert slept == [1.0, 2.0]


def test_a_slow_answer_is_given_up(github: FakeGitHub) -> None:
    api = github.url + API
    github.faults.append(Fault("POST", "/comments$", drop=True, done=True, delay=0.3))
    transport = Transport(TOKEN, (api,), timeout=(2.0, 0.05))
    with (
        GitHubClient(
            api, TOKEN, repository=REPOSITORY, graphql_url=api, transport=transport
        ) as client,
        pytest.raises(GitHubError, match="ReadTimeout") as caught,
    ):
        client.create_comment(7, "text")
    assert caught.value.uncertain


def test_the_token_is_sent_and_never_shown(github: FakeGitHub, client: GitHubClient) -> None:
    github.faults.append(Fault("POST", "/comments$", drop=True))
    with pytest.raises(GitHubError) as caught:
        client.create_comment(7, "text")
    error = caught.value
    assert github.calls[0].headers["Authorization"] == f"Bearer {TOKEN}"
    shown = [repr(client), str(error), repr(error), *traceback.format_exception(error)]
    assert not any(TOKEN in text for text in shown)
    assert error.__context__ is None


def test_headers(github: FakeGitHub, client: GitHubClient) -> None:
    client.comments(7)
    headers = github.calls[0].headers
    assert headers["X-GitHub-Api-Version"] == "2022-11-28"
    assert headers["Accept"] == "application/vnd.github+json"
    assert headers["User-Agent"].startswith("prisma-migration-checker/")


def test_a_netrc_file_does_not_replace_the_token(
    github: FakeGitHub,
    client: GitHubClient,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login mallory password pass\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client.comments(7)
    assert github.calls[0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_redirections_within_the_host_are_followed(
    github: FakeGitHub, client: GitHubClient
) -> None:
    target = f"{API}/repos/{REPOSITORY}/issues/7/comments"
    github.faults.append(Fault("POST", "/issues/8/", 307, headers={"Location": target}))
    client.create_comment(8, "moved")
    assert github.bodies() == ["moved"]


@pytest.mark.parametrize("how", ["redirect", "next link"])
def test_the_token_goes_to_no_other_host(
    github: FakeGitHub, client: GitHubClient, how: str
) -> None:
    with FakeGitHub() as other:
        target = f"{other.url}{API}/repos/{REPOSITORY}/issues/7/comments"
        if how == "redirect":
            github.faults.append(Fault(*LIST, 302, headers={"Location": target}))
        else:
            github.next_link = target
        with pytest.raises(GitHubError, match="another host"):
            client.comments(7)
        assert other.calls == []


def test_endless_pages_end(github: FakeGitHub, client: GitHubClient) -> None:
    github.next_link = f"{github.url}{API}/repos/{REPOSITORY}/issues/7/comments"
    with pytest.raises(GitHubError, match="100 pages"):
        client.comments(7)
    assert len(github.calls) == 100


def test_circles_end(github: FakeGitHub, client: GitHubClient) -> None:
    target = f"{API}/repos/{REPOSITORY}/issues/7/comments"
    github.faults.append(Fault(*LIST, 301, headers={"Location": target}, times=9))
    with pytest.raises(GitHubError, match="circle"):
        client.comments(7)


@pytest.mark.parametrize("login", ["github-actions[bot]", "octocat"])
def test_viewer(github: FakeGitHub, client: GitHubClient, login: str) -> None:
    github.viewer = login
    github.faults.append(Fault("POST", GRAPHQL, 502))
    assert client.viewer() == login


def test_pull_files_come_from_all_pages(github: FakeGitHub, client: GitHubClient) -> None:
    github.files = [changed(f"f{n}.sql", "added") for n in range(101)]
    github.files.append(changed("new.sql", "renamed", previous="old.sql"))
    files = client.pull_files(7)
    assert [file.path for file in files[:2]] == ["f0.sql", "f1.sql"]
    assert (len(files), files[-1].previous) == (102, "old.sql")


def test_a_list_that_github_cuts_is_an_error(github: FakeGitHub, client: GitHubClient) -> None:
    github.files = [changed(f"f{n}", "added") for n in range(3000)]
    with pytest.raises(GitHubError, match="fetch-depth: 2"):
        client.pull_files(7)
    github.compared = ("c" * 40, github.files[:300])
    with pytest.raises(GitHubError, match="fetch-depth: 0"):
        client.compare("main", "a" * 40)


def test_compare(github: FakeGitHub, client: GitHubClient) -> None:
    github.compared = ("c" * 40, [changed("a.sql", "modified")])
    compared = client.compare("feature/x#1", "a" * 40)
    assert compared.merge_base == "c" * 40
    assert [file.status for file in compared.files] == ["modified"]
    assert github.calls[0].path.endswith(f"/compare/feature%2Fx%231...{'a' * 40}")


def test_content(github: FakeGitHub, client: GitHubClient) -> None:
    path = "a b/#1?/migration.sql"
    github.contents[(path, "main")] = b"\xff\x00 SELECT 1;\r\n"
    github.directories.add("a b")
    assert client.content(path, "main") == b"\xff\x00 SELECT 1;\r\n"
    assert client.content(path, "other") is None
    assert client.content("a b", "main") is None
    assert github.calls[0].path.endswith("/contents/a%20b/%231%3F/migration.sql")


def test_an_answer_that_is_no_json_is_an_error(github: FakeGitHub, client: GitHubClient) -> None:
    github.faults.append(Fault(*LIST, 200, "not a list"))
    with pytest.raises(GitHubError, match="not as documented"):
        client.comments(7)
