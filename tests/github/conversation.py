"""What people and we have left on the fake's pull request: reviews, labels, threads on lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

TIME = "2026-11-22T09:00:00Z"
_PAGE = 100


@dataclass
class Thread:
    """A thread on lines of a file; ``replies`` counts the comments after the first."""

    id: int
    login: str
    body: str
    path: str
    line: int
    start_line: int | None = None
    commit: str = ""
    resolved: bool = False
    outdated: bool = False
    replies: int = 0


@dataclass
class Review:
    login: str
    state: str = "APPROVED"
    body: str = ""
    may_push: bool = True
    teams: tuple[str, ...] = ()
    at: str = TIME
    editor: str | None = None
    kind: str = "User"


@dataclass
class Said:
    """A comment as GraphQL tells it."""

    login: str
    body: str
    at: str = TIME
    editor: str | None = None
    kind: str = "User"


@dataclass
class Labelled:
    label: str
    login: str
    kind: str = "User"


@dataclass
class Conversation:
    """The state, and answers to the queries that name their operation."""

    threads: list[Thread] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    labelled: list[Labelled] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def label(self, name: str, login: str, kind: str = "User") -> None:
        """Somebody sets a label."""
        self.labels.add(name)
        self.labelled.append(Labelled(name, login, kind))

    def answer(self, query: str, variables: dict[str, Any]) -> dict[str, Any] | None:
        """What a query finds; None for one that is not known."""
        operation = re.match(r"\s*query (\w+)", query)
        if operation is None or not {"owner", "name", "number", "after"} <= variables.keys():
            return None
        self.asked.append(operation[1])
        nodes: Callable[[], list[dict[str, Any]]] | None = {
            "Threads": self._threads,
            "Labels": lambda: [{"name": name} for name in sorted(self.labels)],
            "Labelled": self._labelled,
            "Approvals": self._approvals,
            "Comments": lambda: [_text(each) for each in self.said],
            "Reviews": lambda: [_text(each) for each in self.reviews],
        }.get(operation[1])
        if nodes is None:
            return None
        return {"repository": {"pullRequest": {"found": _page(nodes(), variables["after"])}}}

    def _threads(self) -> list[dict[str, Any]]:
        return [
            {
                "isResolved": thread.resolved,
                "isOutdated": thread.outdated,
                "comments": {
                    "totalCount": 1 + thread.replies,
                    "nodes": [
                        {
                            "databaseId": thread.id,
                            "body": thread.body.replace("\n", "\r\n"),
                            "author": _bot_or_user(thread.login),
                        }
                    ],
                },
            }
            for thread in self.threads
        ]

    def _labelled(self) -> list[dict[str, Any]]:
        return [
            {
                "createdAt": TIME,
                "label": {"name": each.label},
                "actor": {"login": each.login, "__typename": each.kind},
            }
            for each in self.labelled
        ]

    def _approvals(self) -> list[dict[str, Any]]:
        """The last review of each that has an opinion."""
        last = {r.login: r for r in self.reviews if r.state != "COMMENTED"}
        return [
            {
                "state": review.state,
                "authorCanPushToRepository": review.may_push,
                "author": {"login": review.login, "__typename": review.kind},
                "onBehalfOf": {"nodes": [{"combinedSlug": team} for team in review.teams]},
            }
            for review in last.values()
        ]


def _bot_or_user(login: str) -> dict[str, str]:
    """GraphQL leaves the end of a bot's login away."""
    kind = "Bot" if login.endswith("[bot]") else "User"
    return {"login": login.removesuffix("[bot]"), "__typename": kind}


def _text(said: Said | Review) -> dict[str, Any]:
    editor = None if said.editor is None else {"login": said.editor, "__typename": "User"}
    return {
        "body": said.body,
        "createdAt": said.at,
        "lastEditedAt": None if said.editor is None else "2026-11-22T10:00:00Z",
        "author": {"login": said.login, "__typename": said.kind},
        "editor": editor,
    }


def _page(nodes: list[dict[str, Any]], after: str | None) -> dict[str, Any]:
    start = int(after or 0)
    end = start + _PAGE
    return {
        "pageInfo": {"hasNextPage": end < len(nodes), "endCursor": str(end)},
        "nodes": nodes[start:end],
    }
