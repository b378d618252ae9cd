"""The few calls to GitHub's REST and GraphQL API that we make."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Literal, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct

from checker.github.transport import GitHubError, Transport, read
from checker.report.safe import clip, line

_RAW = "application/vnd.github.raw+json"
_PULL_FILES = 3_000
_COMPARE_FILES = 300

T = TypeVar("T")

FileStatus = Literal["added", "removed", "modified", "renamed", "copied", "changed", "unchanged"]


class IssueComment(Struct, frozen=True):
    """A comment on a pull request; ``login`` is its author's, None for a deleted account."""

    id: int
    body: str
    login: str | None


class ChangedFile(Struct, frozen=True):
    """A file that a pull request or a comparison changes; ``previous`` is its path before."""

    path: str = msgspec.field(name="filename")
    status: FileStatus
    previous: str | None = msgspec.field(name="previous_filename", default=None)


class CommitComparison(Struct, frozen=True):
    """``files`` are those that changed between ``merge_base`` and the head."""

    merge_base: str
    files: tuple[ChangedFile, ...]


class _User(Struct):
    login: str


class _Comment(Struct):
    id: int
    user: _User | None
    body: str = ""

    def plain(self) -> IssueComment:
        return IssueComment(self.id, self.body, None if self.user is None else self.user.login)


class _Commit(Struct):
    sha: str


class _Pull(Struct):
    head: _Commit


class _Comparison(Struct):
    merge_base_commit: _Commit
    files: tuple[ChangedFile, ...] = ()


class _Viewer(Struct):
    viewer: _User


class _ViewerAnswer(Struct):
    data: _Viewer | None = None


class _Problem(Struct):
    message: str = ""
    type: str = ""


class _Answer(Struct):
    data: Any = None
    errors: list[_Problem] = []


class GitHubClient:
    """GitHub as one repository sees it, through a transport that knows the token.

    Every method raises GitHubError where GitHub cannot be reached, refuses, or stays busy.
    """

    def __init__(
        self,
        api_url: str,
        token: str,
        *,
        repository: str,
        graphql_url: str,
        transport: Transport | None = None,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._graphql_url = graphql_url
        self._repository = repository
        self._transport = transport or Transport(token, (api_url, graphql_url))

    def __repr__(self) -> str:
        return f"GitHubClient({self._api_url!r}, repository={self._repository!r})"

    def __enter__(self) -> GitHubClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._transport.close()

    # -- comments ---------------------------------------------------------------------------

    def comments(self, number: int) -> list[IssueComment]:
        """All comments on a pull request, the oldest first."""
        pages = self._transport.pages(self._url("issues", str(number), "comments"), list[_Comment])
        return [comment.plain() for page in pages for comment in page]

    def create_comment(self, number: int, body: str) -> IssueComment:
        """Posts a comment."""
        url = self._url("issues", str(number), "comments")
        return read(self._transport.send("POST", url, json={"body": body}), _Comment).plain()

    def update_comment(self, comment: int, body: str) -> IssueComment:
        """Replaces the text of a comment."""
        url = self._url("issues", "comments", str(comment))
        return read(self._transport.send("PATCH", url, json={"body": body}), _Comment).plain()

    def delete_comment(self, comment: int) -> None:
        """Removes a comment."""
        self.write("DELETE", "issues", "comments", str(comment))

    def viewer(self) -> str | None:
        """The login behind the token, None where GitHub refuses to tell.

        REST's ``GET /user`` is closed to the token of a workflow, GraphQL is not.
        """
        query = {"query": "query { viewer { login } }"}
        try:
            answer = self._transport.send("POST", self._graphql_url, json=query, repeat=True)
        except GitHubError as error:
            if error.status is None or error.status >= 500:
                raise
            return None
        data = read(answer, _ViewerAnswer).data
        return None if data is None else data.viewer.login

    def graphql(self, query: str, variables: dict[str, object], kind: type[T]) -> T:
        """What a query that only reads finds, as ``kind``; the repository's owner and name are
        among its variables."""
        owner, _, name = self._repository.partition("/")
        asked = {"query": query, "variables": {"owner": owner, "name": name, **variables}}
        answer = self._transport.send("POST", self._graphql_url, json=asked, repeat=True)
        found = read(answer, _Answer)
        if found.errors:
            first = found.errors[0]
            status = 403 if first.type in ("FORBIDDEN", "INSUFFICIENT_SCOPES") else None
            said = clip(line(first.message), 200)
            raise GitHubError(f"GitHub refused a query: {said}", status=status)
        try:
            return msgspec.convert(found.data, kind)
        except msgspec.ValidationError as error:
            said = line(str(error))
        raise GitHubError(f"GitHub's answer is not as documented ({said}).")

    def head_of(self, number: int) -> str | None:
        """The commit at the head of a pull request now; None where GitHub does not tell."""
        try:
            return self.get(_Pull, "pulls", str(number)).head.sha
        except GitHubError:
            return None

    # -- anything else of the repository ------------------------------------------------------

    def get(self, kind: type[T], *path: str, params: dict[str, str] | None = None) -> T:
        """One answer, read as ``kind``."""
        return read(self._transport.send("GET", self._url(*path), params=params), kind)

    def write(
        self, method: Literal["POST", "PATCH", "DELETE"], *path: str, body: object = None
    ) -> None:
        """Creates, changes or removes something."""
        self._transport.send(method, self._url(*path), json=body)

    # -- files ------------------------------------------------------------------------------

    def pull_files(self, number: int) -> list[ChangedFile]:
        """The files that a pull request changes."""
        url = self._url("pulls", str(number), "files")
        files = [file for page in self._transport.pages(url, list[ChangedFile]) for file in page]
        if len(files) >= _PULL_FILES:
            raise GitHubError(
                f"GitHub lists only the first {_PULL_FILES:,} files of a pull request: "
                "check out with fetch-depth: 2."
            )
        return files

    def compare(self, base: str, head: str) -> CommitComparison:
        """What changed from the merge base of two commits or branches to ``head``."""
        url = self._url("compare", f"{base}...{head}")
        found = read(self._transport.send("GET", url, params={"per_page": "1"}), _Comparison)
        if len(found.files) >= _COMPARE_FILES:
            raise GitHubError(
                f"GitHub lists only the first {_COMPARE_FILES} files of a comparison: "
                "check out with fetch-depth: 0."
            )
        return CommitComparison(found.merge_base_commit.sha, found.files)

    def content(self, path: str, ref: str) -> bytes | None:
        """The bytes of a file at a commit; None where there is no such file."""
        url = self._url("contents", *path.split("/"))
        try:
            answer = self._transport.send("GET", url, params={"ref": ref}, accept=_RAW)
        except GitHubError as error:
            if error.status == 404:
                return None
            raise
        # A directory or a submodule comes as JSON, whatever was asked for.
        is_file = not answer.headers.get("Content-Type", "").startswith("application/json")
        return answer.content if is_file else None

    def _url(self, *segments: str) -> str:
        path = "/".join(quote(segment, safe="") for segment in segments)
        return f"{self._api_url}/repos/{quote(self._repository, safe='/')}/{path}"
