"""What GitHub's API answers with, complete enough for its description."""

from __future__ import annotations

from typing import Any

from tests.github import contract

SERVER = "https://github.example"
_USER_URLS = (
    *("avatar_url", "events_url", "followers_url", "following_url", "gists_url", "html_url"),
    *("organizations_url", "received_events_url", "repos_url", "starred_url", "url"),
    "subscriptions_url",
)


def user(login: str) -> dict[str, object]:
    return {
        "login": login,
        "id": 1,
        "node_id": "U_1",
        "gravatar_id": "",
        "site_admin": False,
        "type": "Bot" if login.endswith("[bot]") else "User",
        **{name: f"{SERVER}/{name}" for name in _USER_URLS},
    }


def changed(path: str, status: str, previous: str | None = None) -> dict[str, object]:
    """A changed file as the API lists it."""
    urls = {name: f"{SERVER}/{name}" for name in ("blob_url", "raw_url", "contents_url")}
    entry: dict[str, object] = {
        "sha": "0" * 40,
        "filename": path,
        "status": status,
        "additions": 1,
        "deletions": 0,
        "changes": 1,
        **urls,
    }
    return entry if previous is None else {**entry, "previous_filename": previous}


def commit(sha: str) -> dict[str, object]:
    inner = {
        "url": f"{SERVER}/inner",
        "author": None,
        "committer": None,
        "message": "m",
        "tree": {"sha": "0" * 40, "url": f"{SERVER}/tree"},
        "comment_count": 0,
    }
    urls = {name: f"{SERVER}/{name}" for name in ("url", "html_url", "comments_url")}
    outer: dict[str, object] = {
        "sha": sha,
        "node_id": "C_1",
        "author": user("octocat"),
        "committer": user("octocat"),
        "parents": [],
    }
    return {**outer, **urls, "commit": inner}


def pull(
    number: int, sha: str, head: str, base: str = "main", author: str = "mallory"
) -> dict[str, Any]:
    """An open pull request as lists have it, complete where the description is at hand."""
    owner, _, branch = head.partition(":")
    made: dict[str, Any] = {} if not contract.AVAILABLE else contract.example("pull-request-simple")
    sides = {
        "head": {"label": head, "ref": branch, "sha": sha, "user": user(owner)},
        "base": {"label": f"acme:{base}", "ref": base, "sha": "b" * 40, "user": user("acme")},
    }
    return {
        **made,
        "number": number,
        "state": "open",
        "user": user(author),
        **{side: {**made.get(side, {}), **values} for side, values in sides.items()},
    }
