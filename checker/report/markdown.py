"""The report as Markdown: the comment on a pull request and the summary of a job."""

from __future__ import annotations

from checker.model import Finding, Picture, ProjectReport, Report, Severity, Verdict
from checker.report import safe, words
from checker.report.budget import Section, fit
from checker.report.diagram import render_diagram
from checker.report.links import Links
from checker.report.statements import statement_tables, summary

_VERDICT: dict[Verdict, str] = {"pass": "✅", "warn": "⚠️", "fail": "❌", "not_verified": "❔"}
_ICON: dict[Severity, str] = {"error": "❌", "warning": "⚠️", "notice": "ℹ️"}

# What is left out first when a page is too long: the details of notices, of warnings, of
# errors; then rows in the same order; then what is said of a project.
_PROJECT, _NOTE = 1, 2
_ROW: dict[Severity, int] = {"error": 3, "warning": 4, "notice": 5}
_CLEAN_ROW = 6
_DETAILS: dict[Severity, int] = {"error": 7, "warning": 8, "notice": 9}
_STATEMENTS, _PICTURE = 10, 11

_CLEAN_SHOWN = 5
_MESSAGE_SHOWN = 300
_STATEMENT_SHOWN = 60


def render_markdown(
    report: Report, *, marker: str | None, links: Links | None, limit: int = 60_000
) -> str:
    """The report as GitHub Flavored Markdown of at most ``limit`` bytes of UTF-8.

    ``marker`` becomes the first line: a comment of ours is found by it. A page that is too long
    loses whole sections, the least important first, and says how many findings they held.
    """
    page = _Page(report, links)
    in_comment = marker is not None
    head = f"{marker}\n" if marker is not None else ""
    head += f"### {_VERDICT[report.verdict]} Migrations: {words.headline(report)}\n\n"
    sections = [Section(head)]
    sections += [Section(f"{safe.prose(note)}\n\n", _NOTE) for note in report.notes]
    spoken, quiet = words.divided(report)
    for project in spoken:
        sections += page.project(project)
    if quiet:
        sections.append(Section(f"{safe.prose(words.others(quiet))}\n\n", _PROJECT))
    sections.append(Section(page.foot() + "\n"))
    fitting = fit(sections, limit, lambda count: page.more(count, in_comment=in_comment))
    return "".join(section.text for section in fitting)


class _Page:
    """Writes the sections of one report; findings are numbered as they come."""

    def __init__(self, report: Report, links: Links | None) -> None:
        self._report = report
        self._links = links
        self._items = 0

    def project(self, project: ProjectReport) -> list[Section]:
        """All that is said of one project."""
        unverified = project.replay.status == "not_verified"
        facts = [
            _bold_first(words.migrations(project)),
            ("❔ " if unverified else "") + safe.prose(words.replay(project.replay)),
            f"Prisma {safe.text(project.prisma_version)}",
        ]
        title = ""
        if len(words.divided(self._report)[0]) > 1:
            title = f"#### {safe.code(project.path)}\n\n"
        sections = [Section(f"{title}{' · '.join(facts)}\n\n", _PROJECT)]
        sections += self._failure(project)
        numbered = [(self._number(), finding) for finding in words.ordered(project.findings)]
        if numbered:
            sections += self._table(project, numbered)
            sections += [
                Section(self._details(finding), _DETAILS[finding.severity], number)
                for number, finding in numbered
            ]
        if project.picture is not None:
            sections.append(Section(_picture(project.picture), _PICTURE))
        sections += [Section(table, _STATEMENTS) for table in statement_tables(project)]
        sections += _notes(project)
        return sections

    def _number(self) -> int:
        self._items += 1
        return self._items

    def _failure(self, project: ProjectReport) -> list[Section]:
        replay = project.replay
        if replay.failure is None or words.is_told(project):
            return []
        short = safe.clip(words.failure(replay), 2 * _MESSAGE_SHOWN)
        parts = [f"❌ {safe.prose(short)}"]
        if replay.failure.statement:
            parts.append(safe.fence(words.excerpt(replay.failure.statement), "sql"))
        parts += [
            safe.prose(safe.clip(said, _MESSAGE_SHOWN)) for said in words.failure_details(replay)
        ]
        return [Section("\n\n".join(parts) + "\n\n", _PROJECT)]

    def _table(self, project: ProjectReport, numbered: list[tuple[int, Finding]]) -> list[Section]:
        seen = project.witness is not None and project.witness.status == "observed"
        rows = [
            Section(
                f"| | migration · statement | what happens |{' seen in the replay |' * seen}\n"
                f"|---|---|---|{'---|' * seen}\n",
                _ROW["error"],
            )
        ]
        rows += [
            Section(
                f"| {_ICON[finding.severity]} | {_where(finding)} "
                f"| {safe.prose(safe.clip(finding.message, _MESSAGE_SHOWN))} |"
                + f" {safe.prose(safe.clip(finding.seen, _MESSAGE_SHOWN))} |" * seen
                + "\n",
                _ROW[finding.severity],
                number,
            )
            for number, finding in numbered
        ]
        named = {finding.migration for _, finding in numbered}
        if project.replay.failure is not None:
            named.add(project.replay.failure.migration)
        clean = [
            migration
            for migration in project.migrations
            if migration.state in ("new", "renamed") and migration.name not in named
        ]
        if len(clean) > _CLEAN_SHOWN:
            rows.append(
                Section(
                    f"| ✅ | {len(clean):,} other new migrations | nothing found |{' |' * seen}\n",
                    _CLEAN_ROW,
                )
            )
        else:
            for migration in clean:
                statements = words.plural(migration.statements, "statement")
                rows.append(
                    Section(
                        f"| ✅ | {safe.code(migration.name)} · {statements} | nothing found |"
                        + f" {safe.prose(_seen(project, migration.name))} |" * seen
                        + "\n",
                        _CLEAN_ROW,
                    )
                )
        return [*rows, Section("\n", _ROW["error"])]

    def _details(self, finding: Finding) -> str:
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
        if finding.why:
            parts.append(safe.prose(finding.why))
        if finding.advice:
            parts.append(f"Instead: {safe.prose(finding.advice)}")
        if finding.fix:
            parts.append(safe.fence(finding.fix, words.fix_language(finding.fix)))
        elif finding.statement:
            parts.append(safe.fence(words.excerpt(finding.statement), "sql"))
        return "\n\n".join([*parts, "</details>"]) + "\n\n"

    def _place(self, finding: Finding) -> str:
        if finding.path is None:
            return ""
        said = safe.code(finding.path)
        if lines := words.lines(finding):
            said += f" {lines}"
        if self._links is None:
            return said
        address = self._links.file(finding.path, finding.line, finding.end_line)
        return said if address is None else f"[{said}]({address})"

    def more(self, count: int, *, in_comment: bool) -> Section:
        """What is said where sections were left out."""
        where = "the JSON report has everything"
        if in_comment:
            where = "see the job summary"
            if self._links is not None and self._links.run_url is not None:
                where = f"see the [job summary]({self._links.run_url})"
        if count == 0:
            return Section(f"**Shortened**: {where}.\n\n")
        return Section(f"**{count:,} more**, not shown in full here: {where}.\n\n")

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


def _seen(project: ProjectReport, migration: str) -> str:
    witness = project.witness
    seen = [o for o in witness.observations if o.migration == migration] if witness else []
    return summary(seen) if seen else ""


def _picture(picture: Picture) -> str:
    diagram = safe.fence(render_diagram(picture), "mermaid")
    return f"<details><summary>Tables that change</summary>\n\n{diagram}\n\n</details>\n\n"


def _bold_first(sentence: str) -> str:
    """``**2 new migrations** on 434 merged``."""
    count, separator, rest = sentence.partition(" on ")
    return f"**{count}**{separator}{rest}"


def _where(finding: Finding) -> str:
    said = [safe.code(finding.migration)] if finding.migration is not None else []
    if finding.line is not None:
        said.append(f"line {finding.line}")
    place = " · ".join(said)
    if finding.statement:
        statement = safe.clip(safe.line(finding.statement), _STATEMENT_SHOWN)
        return f"{place} {safe.code(statement)}".strip()
    return place or safe.code(finding.path or "history")


def _notes(project: ProjectReport) -> list[Section]:
    said = [f"- {safe.prose(note)}\n" for note in words.notes(project)]
    return [Section(note, _NOTE) for note in said] + ([Section("\n", _NOTE)] if said else [])
