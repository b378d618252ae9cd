"""What becomes of the comment under each of GitHub's faults: one table."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from checker.github.client import GitHubClient
from checker.github.comment import Outcome, marker, publish
from checker.github.event import GitHubContext
from checker.github.transport import GitHubError, Transport
from tests.github.conftest import NOW, TOKEN
from tests.github.fake import API, GRAPHQL, REPOSITORY, Call, FakeGitHub, Fault

BOT = "github-actions[bot]"
MARK = marker(".")
OLD = f"{MARK}\n### ✅ Migrations: all clear\n"
NEW = f"{MARK}\n### ❌ Migrations: 1 error\n"
LIST = ("GET", r"/issues/7/comments$")
POST = ("POST", r"/issues/7/comments$")
PATCH = ("PATCH", r"/issues/comments/\d+$")
LOGIN = ("POST", "graphql")
REFUSED = "Resource not accessible by integration"
TOO_LONG = "Validation Failed: Body is too long (maximum is 65536 characters)"
SECONDARY = "You have exceeded a secondary rate limit."
RESET = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 20)}
LATER = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 3_000)}


@dataclass(frozen=True)
class Case:
    """Faults, who wrote what before, and what is to come of it: an outcome or words of an error."""

    id: str
    faults: Sequence[Fault]
    outcome: Outcome | str
    after: Sequence[str]
    """The bodies at the end."""
    writes: Sequence[str]
    slept: Sequence[float] = ()
    before: Sequence[tuple[str | None, str]] = ()


CREATED, UPDATED = Outcome.CREATED, Outcome.UPDATED
EXISTS: list[tuple[str | None, str]] = [(BOT, OLD)]
SOMEBODY: list[tuple[str | None, str]] = [("x", "hi")]
CASES = [
    Case("403 no permission, list", [Fault(*LIST, 403, REFUSED)], "permissions", [], []),
    Case("403 no permission, post", [Fault(*POST, 403, REFUSED)], "permissions", [], ["POST"]),
    Case(
        "403 no permission, edit",
        [Fault(*PATCH, 403, REFUSED)],
        "permissions",
        [OLD],
        ["PATCH"],
        before=EXISTS,
    ),
    Case(
        "403 limit, reset soon",
        [Fault(*POST, 403, "API rate limit exceeded", RESET)],
        CREATED,
        [NEW],
        ["POST"] * 2,
        [20.0],
    ),
    Case(
        "403 limit, reset late",
        [Fault(*POST, 403, "API rate limit exceeded", LATER)],
        "rate limit",
        [],
        ["POST"],
    ),
    Case(
        "403 second limit, no word",
        [Fault(*POST, 403, SECONDARY)],
        CREATED,
        [NEW],
        ["POST"] * 2,
        [60.0],
    ),
    Case(
        "403 second limit, stays",
        [Fault(*POST, 403, SECONDARY, times=9)],
        "rate limit",
        [],
        ["POST"] * 3,
        [60.0, 120.0],
    ),
    Case(
        "403 for another reason",
        [Fault(*POST, 403, "Repository was archived")],
        "archived",
        [],
        ["POST"],
    ),
    Case("404 no permission", [Fault(*POST, 404, "Not Found")], "permissions", [], ["POST"]),
    Case("404 no pull request", [Fault(*LIST, 404, "Not Found")], "404", [], []),
    Case("404 deleted meanwhile", [], CREATED, [NEW], ["PATCH", "POST"], before=EXISTS),
    Case("410 locked", [Fault(*POST, 410, "Gone")], "410", [], ["POST"]),
    Case("422 too long", [Fault(*POST, 422, TOO_LONG)], "too long", [], ["POST"]),
    Case(
        "429 with Retry-After",
        [Fault(*PATCH, 429, "", {"Retry-After": "5"})],
        UPDATED,
        [NEW],
        ["PATCH"] * 2,
        [5.0],
        EXISTS,
    ),
    Case("429 without", [Fault(*PATCH, 429)], UPDATED, [NEW], ["PATCH"] * 2, [60.0], EXISTS),
    Case(
        "429 stays",
        [Fault(*PATCH, 429, times=9)],
        "rate limit",
        [OLD],
        ["PATCH"] * 3,
        [60.0, 120.0],
        EXISTS,
    ),
    Case("500 on the list", [Fault(*LIST, 500, times=2)], CREATED, [NEW], ["POST"], [1.0, 2.0]),
    Case("502 on the post", [Fault(*POST, 502)], CREATED, [NEW], ["POST"] * 2),
    Case("502 though posted", [Fault(*POST, 502, done=True)], CREATED, [NEW], ["POST"]),
    Case(
        "503 on the edit",
        [Fault(*PATCH, 503, "", {"Retry-After": "3"})],
        UPDATED,
        [NEW],
        ["PATCH"] * 2,
        [3.0],
        EXISTS,
    ),
    Case(
        "503 stays",
        [Fault(*PATCH, 503, times=9)],
        "503",
        [OLD],
        ["PATCH"] * 5,
        [1.0, 2.0, 4.0, 8.0],
        EXISTS,
    ),
    Case("502 on the login", [Fault(*LOGIN, 502)], CREATED, [NEW], ["POST"], [1.0]),
    Case("no GraphQL", [Fault(*LOGIN, 404, "Not Found")], UPDATED, [NEW], ["PATCH"], before=EXISTS),
    Case(
        "time-out, not posted", [Fault(*POST, drop=True, delay=0.3)], CREATED, [NEW], ["POST"] * 2
    ),
    Case(
        "time-out, posted",
        [Fault(*POST, drop=True, done=True, delay=0.3)],
        CREATED,
        [NEW],
        ["POST"],
    ),
    Case(
        "hung up on the edit",
        [Fault(*PATCH, drop=True, done=True)],
        UPDATED,
        [NEW],
        ["PATCH"] * 2,
        [1.0],
        EXISTS,
    ),
    Case(
        "250 comments", [], UPDATED, ["hi"] * 250 + [NEW], ["PATCH"], before=SOMEBODY * 250 + EXISTS
    ),
    Case("a spoofed marker", [], CREATED, [OLD, NEW], ["POST"], before=[("mallory", OLD)]),
    Case("a marker of a deleted account", [], CREATED, [OLD, NEW], ["POST"], before=[(None, OLD)]),
    Case(
        "one too many",
        [],
        UPDATED,
        [NEW, "hi"],
        ["PATCH", "DELETE"],
        before=EXISTS + SOMEBODY + EXISTS,
    ),
    Case(
        "one too many stays",
        [Fault("DELETE", "/comments/", 403, REFUSED)],
        UPDATED,
        [NEW, OLD],
        ["PATCH", "DELETE"],
        before=EXISTS * 2,
    ),
]


@contextmanager
def made(github: FakeGitHub, slept: list[float]) -> Iterator[GitHubClient]:
    """A client that loses its patience after a fifth of a second and never really waits."""
    api, graphql = github.url + API, github.url + GRAPHQL
    transport = Transport(
        TOKEN, (api, graphql), timeout=(2.0, 0.2), sleep=slept.append, now=lambda: NOW
    )
    with GitHubClient(
        api, TOKEN, repository=REPOSITORY, graphql_url=graphql, transport=transport
    ) as client:
        yield client


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_outcome(github: FakeGitHub, context: GitHubContext, case: Case) -> None:
    for login, body in case.before:
        github.comment(login, body)
    if case.id == "404 deleted meanwhile":
        github.before = lambda call: github.comments.clear() if call.method == "PATCH" else None
    github.faults = [Fault(**vars(fault)) for fault in case.faults]
    slept: list[float] = []
    with made(github, slept) as client:
        if isinstance(case.outcome, Outcome):
            assert publish(client, context, NEW, marker=MARK, clear=False) is case.outcome
        else:
            with pytest.raises(GitHubError, match=case.outcome) as caught:
                publish(client, context, NEW, marker=MARK, clear=False)
            assert TOKEN not in str(caught.value)
    assert github.bodies() == case.after
    assert github.writes() == case.writes
    assert slept == list(case.slept)


THEIRS = f"{MARK}\n### ❌ Migrations: 2 errors\n"


@pytest.mark.parametrize("moment", range(4))
def test_a_second_run_at_any_moment_of_the_first_ends_in_one_comment(
    github: FakeGitHub, context: GitHubContext, moment: int
) -> None:
    """The other run takes place while the first run's call of that number is on its way."""
    seen: list[Call] = []

    def before(call: Call) -> None:
        seen.append(call)
        if len(seen) == moment + 1:
            github.before = None
            with made(github, []) as other:
                publish(other, context, THEIRS, marker=MARK, clear=False)

    github.before = before
    with made(github, []) as client:
        publish(client, context, NEW, marker=MARK, clear=False)
        assert github.before is None
        assert len(github.comments) == 1
        assert publish(client, context, NEW, marker=MARK, clear=False) is not CREATED
    assert github.bodies() == [NEW]


def test_two_runs_that_both_see_none_end_in_one_comment(
    github: FakeGitHub, context: GitHubContext
) -> None:
    both = threading.Barrier(2)

    def before(call: Call) -> None:
        if call.method == "POST" and call.path.endswith("/comments"):
            both.wait(timeout=10)

    github.before = before
    errors: list[Any] = []

    def run(body: str) -> None:
        try:
            with made(github, []) as client:
                publish(client, context, body, marker=MARK, clear=False)
        except BaseException as error:
            errors.append(error)
            raise

    runs = [threading.Thread(target=run, args=(body,)) for body in (NEW, THEIRS)]
    for each in runs:
        each.start()
    for each in runs:
        each.join()
    assert (errors, len(github.comments)) == ([], 1)
    assert github.bodies()[0] in (NEW, THEIRS)
