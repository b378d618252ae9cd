"""The sticky comment, against a GitHub that keeps it."""

from __future__ import annotations

import msgspec
import pytest

from checker.github.client import GitHubClient
from checker.github.comment import Outcome, marker, publish
from checker.github.event import GitHubContext
from checker.github.transport import GitHubError
from tests.github.fake import FakeGitHub, Fault

MARK = marker("packages/db/prisma/migrations")
FAIL = f"{MARK}\n### ❌ Migrations: 1 error  \n\ntext\n"
CLEAR = f"{MARK}\n### ✅ Migrations: all clear\n"
POST = ("POST", r"/issues/7/comments$")


def run(client: GitHubClient, context: GitHubContext, body: str) -> Outcome:
    return publish(client, context, body, marker=MARK, clear=body == CLEAR)


def test_one_comment_over_three_runs(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    assert run(client, context, FAIL) is Outcome.CREATED
    assert run(client, context, FAIL) is Outcome.UNCHANGED
    assert github.writes() == ["POST"]
    assert run(client, context, CLEAR) is Outcome.UPDATED
    assert github.writes() == ["POST", "PATCH"]
    assert github.bodies() == [CLEAR]


def test_silent_where_nothing_is_to_be_said(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    assert run(client, context, CLEAR) is Outcome.SILENT
    assert github.comments == []


def test_found_behind_a_hundred_comments(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    for n in range(230):
        github.comment("someone", f"{n}")
    ours = github.comment("github-actions[bot]", CLEAR)
    assert run(client, context, FAIL) is Outcome.UPDATED
    assert ours["body"].replace("\r\n", "\n") == FAIL
    assert len(github.comments) == 231


@pytest.mark.parametrize("login", ["mallory", "other-app[bot]", None])
def test_a_marker_of_somebody_else_is_not_ours(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext, login: str | None
) -> None:
    github.comment(login, CLEAR)
    assert run(client, context, FAIL) is Outcome.CREATED
    assert github.bodies() == [CLEAR, FAIL]


def test_a_marker_further_down_is_not_ours(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    quoted = f"> someone quotes\n{MARK}\n"
    other = f"{MARK[:-4]}-two -->\ntext"
    github.comment("github-actions[bot]", quoted)
    github.comment("github-actions[bot]", other)
    assert run(client, context, FAIL) is Outcome.CREATED
    assert github.bodies() == [quoted, other, FAIL]


def test_two_bots_keep_a_comment_each(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    assert run(client, context, FAIL) is Outcome.CREATED
    github.viewer = "acme-checks[bot]"
    assert run(client, context, FAIL) is Outcome.CREATED
    assert run(client, context, CLEAR) is Outcome.UPDATED
    assert github.bodies() == [FAIL, CLEAR]


def test_the_oldest_of_several_is_kept_up_and_the_others_go(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    github.comment("github-actions[bot]", FAIL)
    github.comment("github-actions[bot]", FAIL)
    assert run(client, context, CLEAR) is Outcome.UPDATED
    assert github.bodies() == [CLEAR]


def test_login_is_assumed_where_graphql_is_refused(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    github.comment("github-actions[bot]", FAIL)
    github.viewer = None
    assert run(client, context, CLEAR) is Outcome.UPDATED
    github.faults.append(Fault("POST", "graphql", 403, "Resource not accessible by integration"))
    assert run(client, context, CLEAR) is Outcome.UNCHANGED


def test_a_comment_deleted_meanwhile_is_posted_anew(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    github.comment("github-actions[bot]", CLEAR)
    github.faults.append(Fault("PATCH", "/comments/", 404, "Not Found"))
    assert run(client, context, FAIL) is Outcome.CREATED
    assert github.bodies()[-1] == FAIL


def test_a_lost_answer_does_not_post_twice(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    github.faults.append(Fault(*POST, drop=True, done=True))
    assert run(client, context, FAIL) is Outcome.CREATED
    assert github.bodies() == [FAIL]
    assert github.writes() == ["POST"]


@pytest.mark.parametrize("fault", [Fault(*POST, drop=True), Fault(*POST, status=502)])
def test_a_lost_call_is_made_again(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext, fault: Fault
) -> None:
    github.faults.append(Fault(**vars(fault)))
    assert run(client, context, FAIL) is Outcome.CREATED
    assert github.bodies() == [FAIL]


def test_a_read_only_token_tells_the_permissions(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    github.faults.append(Fault(*POST, status=403, message="Resource not accessible by integration"))
    with pytest.raises(
        GitHubError, match=r"permissions:\n  contents: read\n  pull-requests: write"
    ):
        run(client, context, FAIL)
    assert github.writes() == ["POST"]


def test_no_call_without_a_pull_request_or_the_right_to_write(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    nowhere = msgspec.structs.replace(context, pull_request=None)
    assert run(client, nowhere, FAIL) is Outcome.NO_PULL_REQUEST
    fork = msgspec.structs.replace(context, is_fork=True, can_write=False)
    assert run(client, fork, FAIL) is Outcome.READ_ONLY
    assert github.calls == []


def test_a_body_needs_its_marker(client: GitHubClient, context: GitHubContext) -> None:
    with pytest.raises(ValueError, match="marker"):
        publish(client, context, "text", marker=MARK, clear=False)


@pytest.mark.parametrize("identifier", ["a-->b", "a\nb", "<x>", "--", "é ü", "\udcff"])
def test_no_identifier_leaves_its_html_comment(identifier: str) -> None:
    made = marker(identifier)
    inner = made.removeprefix("<!-- ").removesuffix(" -->")
    assert made == f"<!-- {inner} -->"
    assert not set(inner) & set("<>\n ")
    assert "--" not in inner
