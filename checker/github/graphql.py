"""Lists of a pull request that only GitHub's GraphQL API has, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

from checker.github.client import GitHubClient
from checker.github.transport import GitHubError
from checker.report.safe import line

T = TypeVar("T")

_PAGES = 30


class Author(Struct):
    """Who did something. GraphQL leaves the end ``[bot]`` away that REST and the viewer have."""

    login: str
    kind: str = field(name="__typename", default="User")

    @property
    def is_person(self) -> bool:
        return self.kind == "User"

    @property
    def full(self) -> str:
        """The login as REST has it."""
        return f"{self.login.removesuffix('[bot]')}[bot]" if self.kind == "Bot" else self.login


class _PageInfo(Struct, rename="camel"):
    has_next_page: bool
    end_cursor: str | None = None


class _Connection(Struct, rename="camel"):
    page_info: _PageInfo
    nodes: list[Any]


class _PullRequest(Struct):
    found: _Connection


class _Repository(Struct, rename="camel"):
    pull_request: _PullRequest | None = None


class _Data(Struct):
    repository: _Repository | None = None


def pages(client: GitHubClient, query: str, number: int, kind: type[T]) -> Iterator[T]:
    """The nodes of the one connection that a query names ``found``, each read as ``kind``.

    The query takes $owner, $name, $number and $after. Raises GitHubError.
    """
    after: str | None = None
    for _ in range(_PAGES):
        data = client.graphql(query, {"number": number, "after": after}, _Data)
        pull = data.repository.pull_request if data.repository is not None else None
        if pull is None:
            raise GitHubError("GitHub does not show this pull request to the token.")
        try:
            yield from msgspec.convert(pull.found.nodes, list[kind])  # type: ignore[valid-type]
        except msgspec.ValidationError as error:
            said = line(str(error))
            raise GitHubError(f"GitHub's answer is not as documented ({said}).") from None
        if not pull.found.page_info.has_next_page:
            return
        after = pull.found.page_info.end_cursor
    raise GitHubError(f"GitHub's list goes on after {_PAGES} pages.")
