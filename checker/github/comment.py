"""The one comment on a pull request: found again, edited, never posted twice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from enum import Enum
from urllib.parse import quote

from checker.github.client import GitHubClient, IssueComment
from checker.github.event import GitHubContext
from checker.github.transport import GitHubError

_VARYING = re.compile(r" in \d+\.\d s(?= ·)|/actions/runs/\d+")
_WORKFLOW_LOGIN = "github-actions[bot]"


class Outcome(Enum):
    """What happened to the comment."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SILENT = "silent"
    """Nothing to say and no comment to correct."""
    NO_PULL_REQUEST = "no_pull_request"
    READ_ONLY = "read_only"
    """The token of a fork's or of Dependabot's pull request may not write."""


def marker(identifier: str) -> str:
    """The first line of the comment that belongs to ``identifier``, invisible when rendered."""
    # Two hyphens would end the HTML comment early in older parsers.
    safe = quote(identifier, safe="/._", errors="replace").replace("--", "-%2D")
    return f"<!-- prisma-migration-checker:{safe} -->"


def publish(
    client: GitHubClient, context: GitHubContext, body: str, *, marker: str, clear: bool
) -> Outcome:
    """Brings the comment with this marker to ``body``, whose first line is the marker.

    ``clear`` says that there is nothing to report: then a comment is corrected, but not created.
    A comment is ours if it starts with the marker and our own token wrote it, because anybody can
    type a marker. Two runs at a time may have created several; the oldest stays, the others go.
    Raises GitHubError.
    """
    if not _starts_with(body, marker):
        raise ValueError("the body does not start with its marker")
    number = context.pull_request
    if number is None:
        return Outcome.NO_PULL_REQUEST
    if not context.can_write:
        return Outcome.READ_ONLY
    login = client.viewer() or _WORKFLOW_LOGIN
    ours = _find(client, number, marker, login)
    if ours:
        outcome = _update(client, ours[0], body)
        if outcome is not None:
            _remove(client, ours[1:])
            return outcome
    if clear:
        return Outcome.SILENT
    _create(client, number, body, marker, login)
    return Outcome.CREATED


def _create(client: GitHubClient, number: int, body: str, marker: str, login: str) -> None:
    """Posts the comment, and sees that it is the only one.

    Another run may have posted at the same time. Both then keep the older one, so that it does not
    matter who is first; the younger one's text goes into it.
    """
    created = None
    try:
        created = client.create_comment(number, body)
    except GitHubError as error:
        if not error.uncertain:
            raise
    try:
        ours = _find(client, number, marker, login)
    except GitHubError:
        if created is None:
            raise
        return
    if not ours and created is None:  # no answer came, and nothing was posted
        client.create_comment(number, body)
    elif ours:
        is_kept = created is not None and ours[0].id == created.id
        if is_kept or _update(client, ours[0], body) is not None:
            _remove(client, ours[1:])


def _find(client: GitHubClient, number: int, marker: str, login: str) -> list[IssueComment]:
    """Our comments, the oldest first."""
    ours = [
        comment
        for comment in client.comments(number)
        if comment.login is not None
        and comment.login.casefold() == login.casefold()
        and _starts_with(comment.body, marker)
    ]
    return sorted(ours, key=lambda comment: comment.id)


def _remove(client: GitHubClient, comments: Iterable[IssueComment]) -> None:
    """Removes duplicates. A failure does no harm."""
    for comment in comments:
        with suppress(GitHubError):
            client.delete_comment(comment.id)


def _update(client: GitHubClient, existing: IssueComment, body: str) -> Outcome | None:
    """None if somebody deleted the comment in the meantime."""
    if _same(existing.body, body):
        return Outcome.UNCHANGED
    try:
        client.update_comment(existing.id, body)
    except GitHubError as error:
        if error.status == 404:
            return None
        raise
    return Outcome.UPDATED


def _starts_with(body: str, marker: str) -> bool:
    return body.split("\n", 1)[0].rstrip() == marker


def _same(one: str, other: str) -> bool:
    """Whether two bodies say the same, but for what GitHub changes in storing them, the seconds
    that a replay took and the number of the run."""
    return _normal(one) == _normal(other)


def _normal(body: str) -> list[str]:
    lines = _VARYING.sub("", body.replace("\r\n", "\n")).strip().split("\n")
    return [line.rstrip() for line in lines]
