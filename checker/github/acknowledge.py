"""Which findings people have accepted on the pull request, as the base's settings let them.

A finding is accepted by name, so that consent to one statement is none to another: its name is its
rule and a hash of the project, the migration and the statement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from checker.config import Acknowledge, Config
from checker.github.client import GitHubClient
from checker.github.consent import Approval, ConsentText, approvals, labels, texts
from checker.github.event import GitHubContext
from checker.github.owners import owners_of, read_owners
from checker.model import Acknowledged, Finding, ProjectReport, Report, reaches
from checker.report.findings import fingerprint
from checker.verdict.report import verdict_of

_WISH = re.compile(
    r"^[ \t]*(?:/|[-*] )?acknowledge[ \t]+`?([a-z0-9-]+@[0-9a-f]{16})`?[ \t]*:[ \t]*(\S.*)$",
    re.MULTILINE,
)
_MOST_NOTES = 5
_REASON = 500

Reader = Callable[[str], bytes | None]
"""Reads a file of the base by its path from the root."""


class Wish(Struct, frozen=True):
    """That somebody accepts the finding of this name; ``at`` as GitHub writes a time."""

    name: str
    reason: str
    login: str
    at: str


class Consent(Struct, frozen=True):
    """Who has done what on a pull request: ``labels`` by who set them, and the ``author``."""

    texts: tuple[ConsentText, ...] = ()
    labels: dict[str, str] = {}
    approvals: tuple[Approval, ...] = ()
    author: str | None = None

    @property
    def wishes(self) -> list[Wish]:
        """In the order in which they were written."""
        return [
            Wish(found[1], " ".join(found[2].split())[:_REASON], text.login, text.at)
            for text in self.texts
            for found in _WISH.finditer(text.body.replace("\r\n", "\n"))
        ]


def name_of(finding: Finding, project: ProjectReport) -> str:
    """The name by which people accept a finding."""
    return f"{finding.rule}@{fingerprint(finding, project)[:16]}"


def read_consent(
    client: GitHubClient, context: GitHubContext, report: Report, config: Config
) -> Consent | None:
    """What people have done on the pull request; None where nothing hangs on it.

    Raises GitHubError.
    """
    number = context.pull_request
    entries = [e for p in report.projects for f in p.findings for e in _entries(f, config)]
    if number is None or not entries:
        return None
    return Consent(
        tuple(texts(client, number)),
        labels(client, number) if any(e.label is not None for e in entries) else {},
        tuple(approvals(client, number)) if any(e.approval for e in entries) else (),
        context.author,
    )


def acknowledge(report: Report, config: Config, consent: Consent | None, read: Reader) -> Report:
    """The report with accepted findings set aside, and a note on how to accept the rest.

    ``config`` are the settings of the base, and ``read`` reads its files.
    """
    if not config.acknowledge:
        return report
    owners = read_owners(read) if any(e.approval for e in config.acknowledge) else ""
    judge = _Judge(config, consent or Consent(), owners)
    projects = tuple(judge.project(project, report) for project in report.projects)
    return replace(report, projects=projects, verdict=verdict_of(projects, report.fail_on))


def _entries(finding: Finding, config: Config) -> Iterator[Acknowledge]:
    return (entry for entry in config.acknowledge if finding.rule in entry.rules)


class _Judge:
    def __init__(self, config: Config, consent: Consent, owners: str) -> None:
        self._config = config
        self._consent = consent
        self._owners = owners

    def project(self, project: ProjectReport, report: Report) -> ProjectReport:
        stands: list[Finding] = []
        accepted: list[Acknowledged] = []
        notes: list[str] = []
        for finding in project.findings:
            entries = list(_entries(finding, self._config))
            name = name_of(finding, project)
            wishes = [w for w in self._consent.wishes if w.name == name] if entries else []
            found = self._accepted(finding, entries, wishes)
            if found is not None:
                accepted.append(found)
                continue
            stands.append(finding)
            if entries and reaches(finding.severity, report.fail_on):
                notes += [self._idle(wish, finding, entries) for wish in wishes[-1:]]
                if not wishes:
                    notes.append(f"{_how(entries)}: `acknowledge {name}: the reason`.")
        return replace(
            project,
            findings=tuple(stands),
            acknowledged=tuple(accepted),
            notes=(*project.notes, *notes[:_MOST_NOTES]),
        )

    def _accepted(
        self, finding: Finding, entries: Sequence[Acknowledge], wishes: Sequence[Wish]
    ) -> Acknowledged | None:
        for wish in reversed(wishes):  # the last word
            for entry in entries:
                if self._is_entitled(wish.login, finding, entry):
                    how = f"with the label `{entry.label}`" if entry.label else "as a code owner"
                    return Acknowledged(finding, wish.name, wish.reason, wish.login, wish.at, how)
        return None

    def _is_entitled(self, login: str, finding: Finding, entry: Acknowledge) -> bool:
        approval = next((a for a in self._consent.approvals if _same(a.login, login)), None)
        teams = approval.teams if approval is not None else ()
        if entry.by:
            if not _is_among(login, teams, entry.by):
                return False
        elif self._consent.author is None or _same(login, self._consent.author):
            return False
        if entry.label is not None:
            return _same(self._consent.labels.get(entry.label, ""), login)
        owners = owners_of(finding.path, self._owners) if finding.path is not None else ()
        return approval is not None and _is_among(login, teams, owners)

    def _idle(self, wish: Wish, finding: Finding, entries: Sequence[Acknowledge]) -> str:
        """Why somebody's comment does not count."""
        entry = entries[0]
        if entry.label is not None:
            said = f"set the label `{entry.label}`"
        else:
            owners = owners_of(finding.path or "", self._owners)
            named = ", ".join(f"`{owner}`" for owner in owners) or "nobody"
            said = f"approved as an owner of the file (CODEOWNERS names {named})"
        among = f" and be one of {', '.join(f'`{name}`' for name in entry.by)}" if entry.by else ""
        other = "" if entry.by else ", and not have opened the pull request"
        return (
            f"`acknowledge {wish.name}` by `{wish.login}` does not count: "
            f"they must have {said}{among}{other}."
        )


def _how(entries: Sequence[Acknowledge]) -> str:
    ways = [
        f"who sets the label `{entry.label}`" if entry.label else "a code owner who approves"
        for entry in entries
    ]
    said = " or ".join(dict.fromkeys(ways))
    return f"{said[:1].upper()}{said[1:]} can accept this in a comment"


def _is_among(login: str, teams: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a person, or a team for which they have approved, is named."""
    known = {name.casefold().removeprefix("@") for name in names}
    return login.casefold() in known or any(team.casefold() in known for team in teams)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
