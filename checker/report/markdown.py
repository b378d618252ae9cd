"""The report as Markdown: the comment on a pull request and the summary of a job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import count

from checker.model import Finding, Picture, ProjectReport, Report, Severity, Verdict
from checker.model.words import plural
from checker.report import safe, words
from checker.report.budget import PageSection, fit
from checker.report.diagram import render_diagram
from checker.report.history import history
from checker.report.links import Links
from checker.report.statements import observations, statement_tables, summary

_VERDICT: dict[Verdict, str] = {"pass": "✅", "warn": "⚠️", "fail": "❌", "not_verified": "❓"}
_ICON: dict[Severity, str] = {"error": "❌", "warning": "⚠️", "notice": "ℹ️"}

# What is left out first when a page is too long: pictures, statements, the details of notices, of
# warnings, of errors; then rows in the same order; then what is said of a project.
_PROJECT, _NOTE = 1, 2
_ROW: dict[Severity, int] = {"error": 3, "warning": 4, "notice": 5}
_CLEAN_ROW = 6
_DETAILS: dict[Severity, int] = {"error": 7, "warning": 8, "notice": 9}
_STATEMENTS, _PICTURE = 10, 11

_SHOWN = 20
_CLEAN_SHOWN = 5
_TABLES_SHOWN = 5
_MESSAGE_SHOWN = 300


COMMENT_LIMIT = 60_000
"""Bytes; GitHub takes 65,536 characters."""


def render_markdown(
    report: Report, *, marker: str | None, links: Links | None, limit: int = COMMENT_LIMIT
) -> str:
    """The report as GitHub Flavored Markdown of at most ``limit`` bytes of UTF-8.

    ``marker`` becomes the first line: a comment of ours is found by it. A page that is too long
    omits whole sections, the least important first, and names them.
    """
    page = _Page(report, links)
    in_comment = marker is not None
    head = f"{marker}\n" if marker is not None else ""
    head += f"### {_VERDICT[report.verdict]} Migrations: {words.headline(report)}\n\n"
    sections = [PageSection(head)]
    sections += [PageSection(f"{safe.prose(note)}\n\n", _NOTE, "notes") for note in report.notes]
    spoken, quiet = words.divided(report)
    for project in spoken:
        sections += page.project(project)
    if quiet:
        names = safe.prose(words.others(quiet))
        sections.append(PageSection(f"{names}\n\n", _PROJECT, "names", "unchanged project"))
    if report.deployed is not None:
        sign = {True: "✅", False: "⚠️", None: "❓"}[report.deployed.in_step]
        standing = safe.prose(words.deployed(report.deployed))
        sections.append(PageSection(f"{sign} {standing}\n\n", _NOTE, "line", "deployed database"))
    sections.append(PageSection(page.foot() + "\n"))
    return fit(sections, limit, lambda out: page.more(out, in_comment=in_comment))


class _Page:
    """Writes the sections of one report."""

    def __init__(self, report: Report, links: Links | None) -> None:
        self._report = report
        self._links = links
        self._groups = count()

    def project(self, project: ProjectReport) -> list[PageSection]:
        """All that is said of one project; what stands first carries the rest."""
        unverified = project.replay.status == "not_verified"
        facts = [
            _bold_first(words.migrations(project)),
            ("❓ " if unverified else "") + safe.prose(words.replay(project.replay)),
            safe.prose(words.schema(project)),
            f"Prisma {safe.text(project.prisma_version)}",
        ]
        head = ""
        if len(words.divided(self._report)[0]) > 1:
            head = f"#### {safe.code(project.path)}\n\n"
        head += " · ".join(fact for fact in facts if fact) + "\n\n" + self._failure(project)
        findings = words.ordered(project.findings)
        shown, folded = findings[:_SHOWN], findings[_SHOWN:]
        if findings:
            head += _table_head(project)
        group = next(self._groups)
        sections = [PageSection(head, _PROJECT, "all", "project", group)]
        if findings:
            sections += self._rows(project, shown, group)
            sections += _clean_rows(project, group)
            sections.append(PageSection("\n", _PROJECT, group=group))
            sections += [self._details(finding) for finding in shown]
        if folded:
            sections += self._folded(project, folded)
        if departures := history(project):
            lines = "".join(f"- {safe.prose(line)}\n" for line in departures)
            sections.append(
                PageSection(f"**History**\n\n{lines}\n", _NOTE, "history", "project", group)
            )
        sections += self._statements(project)
        if project.picture is not None:
            sections.append(PageSection(_picture(project.picture), _PICTURE, "picture", "project"))
        if notes := words.notes(project):
            items = "".join(f"- {safe.prose(note)}\n" for note in notes)
            sections.append(PageSection(f"{items}\n", _NOTE, "notes", "project", group))
        return sections

    def _failure(self, project: ProjectReport) -> str:
        replay = project.replay
        if replay.failure is None or words.is_told(project):
            return ""
        short = safe.clip(words.failure(replay), 2 * _MESSAGE_SHOWN)
        parts = [f"❌ {safe.prose(short)}"]
        if replay.failure.statement:
            parts.append(safe.fence(words.excerpt(replay.failure.statement), "sql"))
        parts += [
            safe.prose(safe.clip(detail, _MESSAGE_SHOWN))
            for detail in words.failure_details(replay)
        ]
        return "\n\n".join(parts) + "\n\n"

    def _rows(
        self, project: ProjectReport, findings: Iterable[Finding], group: int
    ) -> list[PageSection]:
        rows = []
        for finding in findings:
            message = safe.prose(safe.clip(finding.message, _MESSAGE_SHOWN))
            if finding.size:
                message += f"; {safe.prose(finding.size)}"
            icon, severity = _ICON[finding.severity], finding.severity
            text = _cells(project, icon, self._where(finding), message, _seen(finding))
            rows.append(PageSection(text, _ROW[severity], "row", severity, group))
        return rows

    def _where(self, finding: Finding) -> str:
        """The migration, with a link to the line."""
        if finding.migration is None:
            return safe.code_breaking(finding.path or "history")
        name = safe.code_breaking(finding.migration)
        if finding.line is None:
            return name
        line = self._linked(f"line\u00a0{finding.line}", finding)
        return f"{name} · {line}"

    def _folded(self, project: ProjectReport, findings: Sequence[Finding]) -> list[PageSection]:
        """The findings after the first ones, in one fold."""
        group = next(self._groups)
        title = f"{plural(len(findings), 'more finding')}: {words.counted(findings)}"
        head = f"<details><summary>{title}</summary>\n\n{_table_head(project)}"
        return [
            PageSection(head, _ROW["error"], group=group, end="</details>\n\n"),
            *self._rows(project, findings, group),
            PageSection("\n", _ROW["error"], group=group),
            *(self._details(finding, group) for finding in findings),
        ]

    def _statements(self, project: ProjectReport) -> list[PageSection]:
        """The tables of statements; many stand in one fold."""
        tables = statement_tables(project, self._links)
        group = next(self._groups) if len(tables) > _TABLES_SHOWN else None
        sections = [PageSection(x, _STATEMENTS, "statements", "migration", group) for x in tables]
        if group is None:
            return sections
        title = f"Statement by statement: {plural(len(tables), 'migration')}"
        head = f"<details><summary>{title}</summary>\n\n"
        return [PageSection(head, _STATEMENTS, group=group, end="</details>\n\n"), *sections]

    def _details(self, finding: Finding, group: int | None = None) -> PageSection:
        title = safe.prose(safe.clip(finding.message, _MESSAGE_SHOWN), html=True)
        facts = [
            self._place(finding),
            f"rule {safe.code(finding.rule)}",
            words.EVIDENCE[finding.evidence],
        ]
        parts = [
            f"<details><summary>{_ICON[finding.severity]} <b>{title}</b></summary>",
            " · ".join(fact for fact in facts if fact),
        ]
        if len(finding.message) > _MESSAGE_SHOWN:
            parts.append(safe.prose(finding.message))
        if finding.seen:
            parts.append(f"In the replay: {safe.prose(finding.seen)}.")
        if finding.size:
            parts.append(safe.prose(f"{finding.size}."))  # a full stop may make a list of a figure
        if finding.why:
            parts.append(safe.prose(finding.why))
        if finding.statement and not finding.fix:
            parts.append(safe.fence(words.excerpt(finding.statement), "sql"))
        if finding.advice:
            parts.append(f"Instead: {safe.prose(finding.advice)}")
        if finding.fix:
            parts.append(safe.fence(finding.fix, words.fix_language(finding.fix)))
        text = "\n\n".join([*parts, "</details>"]) + "\n\n"
        severity = finding.severity
        return PageSection(text, _DETAILS[severity], "details", severity, group)

    def _place(self, finding: Finding) -> str:
        if finding.path is None:
            return ""
        place = safe.code(finding.path)
        if lines := words.lines(finding):
            place += f" {lines}"
        return self._linked(place, finding)

    def _linked(self, label: str, finding: Finding) -> str:
        """The words, leading to the finding's lines where these can be seen."""
        if self._links is None or finding.path is None:
            return label
        address = self._links.file(finding.path, finding.line, finding.end_line)
        return label if address is None else f"[{label}]({address})"

    def more(self, out: Sequence[PageSection], *, in_comment: bool) -> str:
        """Names what was left out, and where it can be read."""
        where = "the JSON report has everything"
        if in_comment:
            where = "see the job summary"
            if self._links is not None and self._links.run_url is not None:
                where = f"see the [job summary]({self._links.run_url})"
        ranks = {(section.part, section.of): section.rank for section in reversed(out)}
        counts = Counter((section.part, section.of) for section in out if section.part)
        said = ", ".join(
            f"{part} of {plural(number, of)}" if of else part
            for (part, of), number in sorted(counts.items(), key=lambda each: ranks[each[0]])
        )
        return f"**Left out** to keep the page short: {said}; {where}.\n\n"

    def foot(self) -> str:
        """What was checked, against what, where and by which release."""
        report, links = self._report, self._links
        said: list[str] = []
        if report.head is not None:
            head = safe.code(report.head[:7])
            address = None if links is None else links.commit
            said.append(head if address is None else f"[{head}]({address})")
        if report.base is not None:
            base = report.base
            named = "" if base.ref == base.commit else f"{safe.code(base.ref)} at "
            against = f"against {named}{safe.code(base.commit[:7])}"
            said.append(f"{said.pop()} {against}" if said else against)
        if links is not None and links.run_url is not None:
            said.append(f"[run]({links.run_url})")
        said.append(safe.text(f"{report.tool.name} {report.tool.version}"))
        return " · ".join(said)


def _clean_rows(project: ProjectReport, group: int) -> list[PageSection]:
    """The new migrations without findings; many of them in one row."""
    named = {finding.migration for finding in project.findings}
    if project.replay.failure is not None:
        named.add(project.replay.failure.migration)
    clean = [
        migration
        for migration in project.migrations
        if migration.state in ("new", "renamed") and migration.name not in named
    ]
    if len(clean) > _CLEAN_SHOWN:
        rows = [_cells(project, "✅", f"{len(clean):,} other new migrations", "nothing found", "")]
    else:
        rows = [
            _cells(
                project,
                "✅",
                f"{safe.code_breaking(m.name)} · {plural(m.statements, 'statement')}",
                "nothing found",
                safe.prose(summary(seen)) if (seen := observations(project, m.name)) else "",
            )
            for m in clean
        ]
    return [
        PageSection(row, _CLEAN_ROW, "row", "migration without findings", group) for row in rows
    ]


def _is_watched(project: ProjectReport) -> bool:
    observed = project.witness is not None and project.witness.status == "observed"
    return observed or any(finding.seen for finding in project.findings)


def _table_head(project: ProjectReport) -> str:
    head = _cells(project, "", "migration", "what happens", "on a real server")
    return head + _cells(project, *("---",) * 4)


def _cells(project: ProjectReport, icon: str, place: str, happens: str, seen: str) -> str:
    """A row; the last cell only where something was seen on a server."""
    last = f" {seen} |" if _is_watched(project) else ""
    return f"| {icon} | {place} | {happens} |{last}\n"


def _seen(finding: Finding) -> str:
    """What the replay saw of it; empty for what was only read."""
    if not finding.seen:
        return "" if finding.evidence == "read" else finding.evidence
    said = safe.prose(safe.clip(finding.seen, _MESSAGE_SHOWN))
    return f"**{said}**" if finding.evidence == "proven" else said


def _picture(picture: Picture) -> str:
    diagram = safe.fence(render_diagram(picture), "mermaid")
    more = f" ({picture.more:,} more not shown)" if picture.more else ""
    return f"<details><summary>Tables that change{more}</summary>\n\n{diagram}\n\n</details>\n\n"


def _bold_first(sentence: str) -> str:
    """``**2 new migrations** on 434 merged``."""
    count, separator, rest = sentence.partition(" on ")
    return f"**{count}**{separator}{rest}"
