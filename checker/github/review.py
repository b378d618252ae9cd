"""Fixes as suggestions beside the lines of a pull request: made once, kept up, withdrawn.

A thread is ours where its first comment begins with our marker and was written by our own token.
Resolved threads are left alone; unanswered ones are deleted when their finding goes.

Source: GitHub's documentation of review comments (REST) and of review threads (GraphQL).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from checker.github.client import GitHubClient
from checker.github.event import GitHubContext
from checker.github.graphql import Author, pages
from checker.github.transport import GitHubError
from checker.model import Report
from checker.report import safe
from checker.report.findings import fingerprint

MOST = 10
"""How many suggestions a pull request gets at most."""

_MESSAGE_SHOWN = 300
_LONGEST = 20_000
_WORKFLOW_LOGIN = "github-actions[bot]"
_WITHDRAWN = "Withdrawn: the finding is gone."
_THREADS = """
query Threads($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      found: reviewThreads(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          isResolved isOutdated
          comments(first: 1) {
            totalCount
            nodes { databaseId body author { login __typename } }
          }
        }
      }
    }
  }
}"""


class Suggestion(Struct, frozen=True):
    """Lines of a file and what to write instead. ``key`` is the same in the next run."""

    key: str
    path: str
    first: int
    last: int
    body: str


class Suggested(Struct):
    """How many suggestions were made, changed and withdrawn; ``refused`` are those beside lines
    that GitHub does not show."""

    created: int = 0
    updated: int = 0
    withdrawn: int = 0
    refused: int = 0


class _Comment(Struct, rename="camel"):
    database_id: int
    body: str = ""
    author: Author | None = None


class _Comments(Struct, rename="camel"):
    total_count: int
    nodes: list[_Comment] = []


class _Thread(Struct, rename="camel"):
    is_resolved: bool
    is_outdated: bool
    comments: _Comments

    @property
    def id(self) -> int:
        return self.comments.nodes[0].database_id

    @property
    def body(self) -> str:
        return self.comments.nodes[0].body.replace("\r\n", "\n")

    @property
    def is_answered(self) -> bool:
        return self.comments.total_count > 1


def suggestions(report: Report, identifier: str) -> list[Suggestion]:
    """The fixes of a report that can replace lines as they are, the first few of them.

    Text with signs that cannot be seen is never suggested: nobody could review it.
    """
    found: dict[str, Suggestion] = {}
    for project in report.projects:
        for finding in project.findings:
            text = finding.replacement
            if text is None or finding.path is None or finding.line is None:
                continue
            block = safe.fence(text, "suggestion")
            if not text.strip() or text.strip("\n") not in block or len(block) > _LONGEST:
                continue  # it would not be to the letter what was tried
            key = fingerprint(finding, project)[:16]
            said = safe.prose(safe.clip(finding.message, _MESSAGE_SHOWN))
            body = (
                f"{_marker(identifier, key)}\n{said} · rule {safe.code(finding.rule)}\n\n"
                "Instead, with the same database at the end, as a replay of it has shown:\n\n"
                f"{block}"
            )
            last = max(finding.end_line or finding.line, finding.line)
            found.setdefault(key, Suggestion(key, finding.path, finding.line, last, body))
    return list(found.values())[:MOST]


def suggest(
    client: GitHubClient, context: GitHubContext, wanted: Iterable[Suggestion], identifier: str
) -> Suggested:
    """Brings the suggestions on the pull request to those wanted.

    Nothing happens without a pull request or the right to write. Raises GitHubError.
    """
    done = Suggested()
    number, head = context.pull_request, context.head_sha
    if number is None or head is None or not context.can_write:
        return done
    threads = _ours(client, number, identifier)
    for suggestion in wanted:
        existing = threads.pop(suggestion.key, [])
        # What somebody resolved is settled, also where it was made twice.
        stale = [t for t in existing if t.is_outdated and not t.is_resolved]
        kept = [t for t in existing if t not in stale]
        for thread in (*stale, *kept[1:]):
            _withdraw(client, thread, done)
        if not kept:
            _create(client, number, head, suggestion, done)
        elif not kept[0].is_resolved and kept[0].body.strip() != suggestion.body.strip():
            _edit(client, kept[0].id, suggestion.body)
            done.updated += 1
    for group in threads.values():
        for thread in group:
            _withdraw(client, thread, done)
    return done


def _marker(identifier: str, key: str) -> str:
    return f"<!-- prisma-migration-checker:suggestion:{_quoted(identifier)}:{key} -->"


def _quoted(identifier: str) -> str:
    """The identifier in a form that can neither end an HTML comment nor contain a colon."""
    return "".join(c if c.isascii() and c.isalnum() else f"%{ord(c):X}." for c in identifier)


def _ours(client: GitHubClient, number: int, identifier: str) -> dict[str, list[_Thread]]:
    """Our threads by the key of their suggestion, the oldest first."""
    login = (client.viewer() or _WORKFLOW_LOGIN).casefold()
    start = _marker(identifier, "").removesuffix(" -->")
    found: dict[str, list[_Thread]] = {}
    for thread in pages(client, _THREADS, number, _Thread):
        first = thread.comments.nodes[0] if thread.comments.nodes else None
        if first is None or first.author is None or first.author.full.casefold() != login:
            continue
        line = first.body.split("\n", 1)[0].rstrip()
        if line.startswith(start) and line.endswith(" -->"):
            found.setdefault(line[len(start) : -len(" -->")], []).append(thread)
    return {key: sorted(group, key=lambda t: t.id) for key, group in found.items()}


def _create(
    client: GitHubClient, number: int, head: str, suggestion: Suggestion, done: Suggested
) -> None:
    body: dict[str, object] = {
        "body": suggestion.body,
        "commit_id": head,
        "path": suggestion.path,
        "line": suggestion.last,
        "side": "RIGHT",
    }
    if suggestion.first < suggestion.last:
        body |= {"start_line": suggestion.first, "start_side": "RIGHT"}
    try:
        client.write("POST", "pulls", str(number), "comments", body=body)
    except GitHubError as error:
        if error.status != 422:
            raise
        done.refused += 1
    else:
        done.created += 1


def _edit(client: GitHubClient, comment: int, body: str) -> None:
    """What somebody deleted in the meantime stays deleted."""
    try:
        client.write("PATCH", "pulls", "comments", str(comment), body={"body": body})
    except GitHubError as error:
        if error.status != 404:
            raise


def _withdraw(client: GitHubClient, thread: _Thread, done: Suggested) -> None:
    if thread.is_resolved:
        return
    if thread.is_answered:
        marker = thread.body.split("\n", 1)[0]
        body = f"{marker}\n{_WITHDRAWN}"
        if thread.body.strip() == body:
            return
        _edit(client, thread.id, body)
    else:
        try:
            client.write("DELETE", "pulls", "comments", str(thread.id))
        except GitHubError as error:
            if error.status != 404:
                raise
    done.withdrawn += 1
