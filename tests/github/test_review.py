"""Suggestions beside the lines: made once, resolved ones respected, withdrawn with the finding."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from checker.github.client import GitHubClient
from checker.github.event import GitHubContext
from checker.github.review import MOST, Suggested, Suggestion, suggest, suggestions
from checker.github.transport import GitHubError
from checker.model import Finding, ProjectReport, Replay, Report, Tool
from tests.github.conversation import Thread
from tests.github.fake import FakeGitHub, Fault
from tests.report.evil import STRINGS

ID = "packages/db"
KEY = "a" * 16


def made(*, key: str = KEY, text: str = "A;", first: int = 2, last: int = 3) -> Suggestion:
    report = reported(text)
    (found,) = suggestions(report, ID)
    body = found.body.replace(found.key, key)
    return Suggestion(key, "prisma/x.sql", first, last, body)


def reported(*texts: str) -> Report:
    findings = tuple(
        Finding(
            "ban-drop-column",
            "error",
            "Column `a` goes",
            migration="x",
            path="prisma/x.sql",
            line=2,
            end_line=3,
            statement=f"s{i}",
            replacement=text,
        )
        for i, text in enumerate(texts)
    )
    project = ProjectReport(
        "schema.prisma", "postgresql", "6.0.0", "", "prisma", (), Replay("passed"), findings
    )
    return Report(1, "fail", Tool("t", "1"), (project,))


def test_made_once_changed_and_withdrawn(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    wanted = made()
    assert suggest(client, context, [wanted], ID) == Suggested(created=1)
    (thread,) = github.conversation.threads
    assert (thread.path, thread.start_line, thread.line) == ("prisma/x.sql", 2, 3)
    assert thread.commit == context.head_sha
    assert suggest(client, context, [wanted], ID) == Suggested()
    assert suggest(client, context, [made(text="B;")], ID) == Suggested(updated=1)
    assert "B;" in github.conversation.threads[0].body
    assert suggest(client, context, [], ID) == Suggested(withdrawn=1)
    assert github.conversation.threads == []
    assert github.writes() == ["POST", "PATCH", "DELETE"]


@pytest.mark.parametrize("wanted", [[made(text="B;")], []])
def test_what_is_resolved_is_left_alone(
    wanted: list[Suggestion], github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    suggest(client, context, [made()], ID)
    github.conversation.threads[0].resolved = True
    assert suggest(client, context, wanted, ID) == Suggested()


def test_what_was_answered_is_withdrawn_in_words(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    suggest(client, context, [made()], ID)
    github.conversation.threads[0].replies = 2
    assert suggest(client, context, [], ID).withdrawn == 1
    (thread,) = github.conversation.threads
    assert "Withdrawn" in thread.body
    assert "suggestion\n" not in thread.body
    assert suggest(client, context, [], ID) == Suggested()
    assert suggest(client, context, [made()], ID) == Suggested(updated=1)


def test_beside_other_lines_it_is_made_anew(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    suggest(client, context, [made()], ID)
    github.conversation.threads[0].outdated = True
    done = suggest(client, context, [made(first=5, last=5)], ID)
    assert done == Suggested(created=1, withdrawn=1)
    assert [thread.line for thread in github.conversation.threads] == [5]


def test_two_runs_at_once_leave_one(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    suggest(client, context, [made()], ID)
    twin = github.conversation.threads[0]
    github.conversation.threads.append(Thread(9_999, twin.login, twin.body, twin.path, 3))
    suggest(client, context, [made()], ID)
    assert [thread.id for thread in github.conversation.threads] == [twin.id]


def test_a_stranger_s_marker_and_another_project_s_are_not_ours(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    suggest(client, context, [made()], ID)
    ours = github.conversation.threads[0]
    for login, body in (("mallory", ours.body), (ours.login, f"x\n{ours.body}")):
        github.conversation.threads.append(Thread(1, login, body, "p", 1))
    suggest(client, context, [], "packages/other")
    assert len(github.conversation.threads) == 3
    suggest(client, context, [], ID)
    assert len(github.conversation.threads) == 2


def test_lines_that_github_does_not_show(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    github.shown = {"prisma/x.sql": range(1, 3)}
    assert suggest(client, context, [made()], ID) == Suggested(refused=1)


def test_a_token_that_may_not(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    fork = msgspec.structs.replace(context, can_write=False)
    assert suggest(client, fork, [made()], ID) == Suggested()
    assert github.calls == []
    github.faults.append(Fault("POST", "/comments", 403, "Resource not accessible by integration"))
    with pytest.raises(GitHubError, match="permissions"):
        suggest(client, context, [made()], ID)


def test_more_threads_than_a_page(
    github: FakeGitHub, client: GitHubClient, context: GitHubContext
) -> None:
    github.conversation.threads = [Thread(i, "x", "y", "p", 1) for i in range(250)]
    suggest(client, context, [made()], ID)
    assert suggest(client, context, [made()], ID) == Suggested()


def test_only_so_many() -> None:
    assert len(suggestions(reported(*("A;" for _ in range(MOST + 5))), ID)) == MOST


@pytest.mark.parametrize("text", STRINGS)
def test_hostile_text_stays_in_its_block_or_out_of_it(text: str) -> None:
    stays_inside(text)


@given(st.text())
def test_any_text_stays_in_its_block_or_out_of_it(text: str) -> None:
    stays_inside(text)


def stays_inside(text: str) -> None:
    """A suggestion is what its block holds, to the letter; otherwise there is none."""
    for found in suggestions(reported(text), ID):
        tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(found.body)
        (block,) = [token for token in tokens if token.type == "fence"]
        assert block.info == "suggestion"
        assert block.content.rstrip("\n") == text.strip("\n")
        assert tokens[-1] is block
