"""Who has written what on a pull request that can stand for a team's consent.

Only what people did counts, not bots; and no text that somebody else has edited.
"""

from __future__ import annotations

from msgspec import Struct

from checker.github.client import GitHubClient
from checker.github.graphql import Author, pages

_HEAD = """($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { found: """
_TAIL = " } } }"
_PAGE = "pageInfo { hasNextPage endCursor }"
_TEXT = "body createdAt lastEditedAt author { login __typename } editor { login __typename }"

_LABELS = f"""query Labels{_HEAD} labels(first: 100, after: $after) {{
  {_PAGE} nodes {{ name }} }}{_TAIL}"""
_LABELLED = f"""query Labelled{_HEAD}
  timelineItems(first: 100, after: $after, itemTypes: [LABELED_EVENT]) {{
  {_PAGE} nodes {{ ... on LabeledEvent {{
    createdAt label {{ name }} actor {{ login __typename }} }} }} }}{_TAIL}"""
_APPROVALS = f"""query Approvals{_HEAD} latestOpinionatedReviews(first: 100, after: $after) {{
  {_PAGE} nodes {{ state authorCanPushToRepository author {{ login __typename }}
    onBehalfOf(first: 20) {{ nodes {{ combinedSlug }} }} }} }}{_TAIL}"""
_COMMENTS = f"""query Comments{_HEAD} comments(first: 100, after: $after) {{
  {_PAGE} nodes {{ {_TEXT} }} }}{_TAIL}"""
_REVIEWS = f"""query Reviews{_HEAD} reviews(first: 100, after: $after) {{
  {_PAGE} nodes {{ {_TEXT} }} }}{_TAIL}"""


class ConsentText(Struct, frozen=True):
    """What a person wrote in a comment or a review; ``at`` as GitHub writes a time."""

    login: str
    at: str
    body: str


class Approval(Struct, frozen=True):
    """An approval that stands; ``teams`` are those for which it was given."""

    login: str
    teams: tuple[str, ...] = ()


class _Named(Struct):
    name: str


class _Labelled(Struct, rename="camel"):
    created_at: str = ""
    label: _Named | None = None
    actor: Author | None = None


class _Text(Struct, rename="camel"):
    body: str = ""
    created_at: str = ""
    last_edited_at: str | None = None
    author: Author | None = None
    editor: Author | None = None


class _Team(Struct, rename="camel"):
    combined_slug: str


class _Teams(Struct):
    nodes: list[_Team] = []


class _Review(Struct, rename="camel"):
    state: str
    author_can_push_to_repository: bool = False
    author: Author | None = None
    on_behalf_of: _Teams | None = None


def labels(client: GitHubClient, number: int) -> dict[str, str]:
    """The labels that a pull request has, by who set each last; those that a bot set are left out.

    Raises GitHubError.
    """
    present = {each.name for each in pages(client, _LABELS, number, _Named)}
    last = {
        event.label.name: event.actor
        for event in pages(client, _LABELLED, number, _Labelled)
        if event.label is not None
    }
    return {
        name: actor.login
        for name, actor in last.items()
        if name in present and actor is not None and actor.is_person
    }


def approvals(client: GitHubClient, number: int) -> list[Approval]:
    """The approvals that stand, of people who may push. Raises GitHubError."""
    return [
        Approval(
            review.author.login,
            tuple(team.combined_slug for team in review.on_behalf_of.nodes)
            if review.on_behalf_of is not None
            else (),
        )
        for review in pages(client, _APPROVALS, number, _Review)
        if review.state == "APPROVED"
        and review.author_can_push_to_repository
        and review.author is not None
        and review.author.is_person
    ]


def texts(client: GitHubClient, number: int) -> list[ConsentText]:
    """The comments and reviews that people wrote, in the order of their times.

    One that somebody else has edited is left out. Raises GitHubError.
    """
    found = [
        ConsentText(each.author.login, each.last_edited_at or each.created_at, each.body)
        for query in (_COMMENTS, _REVIEWS)
        for each in pages(client, query, number, _Text)
        if each.author is not None
        and each.author.is_person
        and (each.editor is None or each.editor.login == each.author.login)
    ]
    return sorted(found, key=lambda text: text.at)
