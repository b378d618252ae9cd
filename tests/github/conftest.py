"""A fake GitHub, a client of it that never really waits, and a pull request."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checker.github.client import GitHubClient
from checker.github.event import GitHubContext
from checker.github.transport import Transport
from tests.github import contract
from tests.github.fake import API, GRAPHQL, REPOSITORY, FakeGitHub

TOKEN = "ghs_secretsecretsecret"
NOW = 1_000_000.0


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        yield fake
    assert fake.violations == []


@pytest.fixture
def slept() -> list[float]:
    """The pauses that the client asked for, in seconds."""
    return []


@pytest.fixture
def client(github: FakeGitHub, slept: list[float]) -> Iterator[GitHubClient]:
    api, graphql = github.url + API, github.url + GRAPHQL
    transport = Transport(
        TOKEN, (api, graphql), timeout=(2.0, 2.0), sleep=slept.append, now=lambda: NOW
    )
    with GitHubClient(
        api, TOKEN, repository=REPOSITORY, graphql_url=graphql, transport=transport
    ) as made:
        yield made


@pytest.fixture
def context(github: FakeGitHub) -> GitHubContext:
    return GitHubContext(
        event="pull_request",
        repository=REPOSITORY,
        server_url=github.url,
        api_url=github.url + API,
        graphql_url=github.url + GRAPHQL,
        pull_request=7,
        base_sha="b" * 40,
        base_ref="main",
        head_sha="a" * 40,
    )


@pytest.fixture
def described() -> None:
    """For tests of the contract itself: skips where GitHub's description is not at hand."""
    if not contract.AVAILABLE:
        pytest.skip(f"{contract.DESCRIPTION} is not there: calls are not checked against it")
