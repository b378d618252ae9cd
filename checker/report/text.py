"""The report for a terminal."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator

from checker.model import Drift, Finding, ProjectReport, Replay, Report, Severity, Verdict
from checker.model.sentences import difference_words
from checker.model.words import plural
from checker.report import safe, words
from checker.report.history import history

_SIGN: dict[Verdict, tuple[str, str]] = {
    "pass": ("✓", "bold green"),
    "warn": ("!", "bold yellow"),
    "fail": ("✗", "bold red"),
    "not_verified": ("?", "bold yellow"),
}
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34"}
_STYLE: dict[Severity, str] = {"error": "red", "warning": "yellow", "notice": "blue"}
_ELSEWHERE = "History"


def render_text(report: Report, *, color: bool, width: int) -> str:
    """The report as text of at most ``width`` columns; SQL and paths are never broken."""
    page = _Page(color=color, width=width)
    sign, style = _SIGN[report.verdict]
    page.line(f"{sign} Migrations: {words.headline(report)}", style=style)
    for note in report.notes:
        page.line(note)
    spoken, quiet = words.divided(report)
    if words.is_clear(report):
        for project in spoken:
            page.line(f"{_title(project)}: {_facts(project)}")
            _notes(page, project)
    else:
        for project in spoken:
            _project(page, project)
        page.gap()
    if quiet:
        page.line(words.others(quiet))
    if report.deployed is not None:
        page.line(words.deployed(report.deployed))
    if words.is_clear(report):
        return page.text()
    tool = f"{report.tool.name} {report.tool.version}"
    page.line(f"{sign} {words.headline(report)} · {tool}", style=style)
    return page.text()


def render_drift(schema: str, drift: Drift, *, script: bool = False) -> str:
    """Whether a schema and its history say the same; with ``script`` only the SQL between them."""
    page = _Page(color=False, width=100)
    if script:
        page.verbatim(drift.script, indent=0)
        return page.text() if drift.script else ""
    said = {
        "in_sync": "the migrations make just what the schema says",
        "drift": "the migrations and the schema differ in " + plural(len(drift.changes), "place"),
        "not_verified": f"whether they differ is not known: {drift.reason}",
        "skipped": f"not compared: {drift.reason}",
    }
    page.line(f"{schema}: {said[drift.status]}")
    for change in drift.changes:
        page.line(f"- {difference_words(change)}", indent=2)
    if drift.script:
        page.gap()
        page.verbatim(drift.script, indent=4)
    if drift.renames:
        page.line("Or, where this is a rename and the values must stay:", indent=2)
        page.gap()
        page.verbatim(drift.renames, indent=4)
    if drift.unmodelled:
        page.line(f"Not compared, as Prisma does not model it: {', '.join(drift.unmodelled)}")
    return page.text()


class _Page:
    """Lines as they are written; every string is foreign until it is here."""

    def __init__(self, *, color: bool, width: int) -> None:
        self._lines: list[str] = []
        self._color = color
        self._width = max(width, 40)

    def gap(self) -> None:
        self._lines.append("")

    def line(self, text: str, *, indent: int = 0, style: str = "") -> None:
        """Prose, broken between words."""
        for line in _wrapped(safe.line(text), self._width - indent):
            self._lines.append(" " * indent + self._styled(line, style))

    def verbatim(self, text: str, *, indent: int, style: str = "") -> None:
        """Text to copy or to click on: its lines stay as they are."""
        for line in safe.terminal(text).strip("\n").split("\n"):
            shown = line.rstrip()
            self._lines.append(" " * indent + self._styled(shown, style) if shown else "")

    def _styled(self, text: str, style: str) -> str:
        """The text between the codes of ECMA-48 (8.3.117, Select Graphic Rendition)."""
        if not self._color or not style:
            return text
        codes = ";".join(_CODES[word] for word in style.split())
        return f"\x1b[{codes}m{text}\x1b[0m"

    def text(self) -> str:
        return "".join(f"{line}\n" for line in self._lines)


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Lines of at most so many columns, broken between words, and within one that is longer."""
    line, used = "", 0
    for word in text.split(" "):
        cells = _columns(word)
        if line and used + 1 + cells > width:
            yield line.rstrip()
            line, used = "", 0
        elif line:
            line, used = line + " ", used + 1
        for character in word:
            cell = _columns(character)
            if used + cell > width:
                yield line.rstrip()
                line, used = "", 0
            line, used = line + character, used + cell
    yield line.rstrip()


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes (Unicode Standard Annex 11)."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )


def _title(project: ProjectReport) -> str:
    return f"{project.path} · {project.provider} · Prisma {project.prisma_version}"


def _facts(project: ProjectReport) -> str:
    return f"{words.migrations(project)}, {words.replay(project.replay)}"


def _notes(page: _Page, project: ProjectReport) -> None:
    for note in words.notes(project):
        page.line(f"- {note}", indent=2)


def _project(page: _Page, project: ProjectReport) -> None:
    page.gap()
    source = f" ({project.prisma_version_source})" if project.prisma_version_source else ""
    page.line(_title(project) + source, style="bold")
    page.line(_facts(project), indent=2)
    for line in history(project):
        page.line(f"- {line}", indent=2)
    _notes(page, project)
    if not words.is_told(project):
        _failure(page, project.replay)
    by_migration: dict[str, list[Finding]] = defaultdict(list)
    for finding in project.findings:
        by_migration[finding.migration or _ELSEWHERE].append(finding)
    for migration, findings in by_migration.items():
        page.gap()
        page.line(migration, indent=2, style="bold")
        for index, finding in enumerate(words.ordered(findings)):
            if index:
                page.gap()
            _finding(page, finding)


def _failure(page: _Page, replay: Replay) -> None:
    if replay.failure is None:
        return
    page.gap()
    page.line(words.failure(replay), indent=2, style="red")
    for sentence in words.failure_details(replay):
        page.line(sentence, indent=4)
    if replay.failure.statement:
        page.gap()
        page.verbatim(words.excerpt(replay.failure.statement), indent=6)


def _finding(page: _Page, finding: Finding) -> None:
    style = _STYLE[finding.severity]
    page.line(
        f"{finding.severity} · {finding.rule} · {words.EVIDENCE[finding.evidence]}",
        indent=4,
        style=style,
    )
    if finding.path is not None:
        line = "" if finding.line is None else f":{finding.line}"
        page.verbatim(safe.line(finding.path) + line, indent=4, style="dim")
    page.line(finding.message, indent=4, style="bold")
    if finding.seen:
        page.line(f"In the replay: {finding.seen}.", indent=4)
    if finding.size:
        page.line(f"{finding.size}.", indent=4)
    if finding.why:
        page.line(finding.why, indent=4)
    if finding.statement and not finding.fix:
        page.gap()
        page.verbatim(words.excerpt(finding.statement), indent=8)
        page.gap()
    if finding.advice:
        page.line(f"Instead: {finding.advice}", indent=4)
    if finding.fix:
        page.gap()
        page.verbatim(finding.fix, indent=8)
