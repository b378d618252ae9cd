"""The findings as workflow commands, which GitHub shows beside the lines of the pull request.

GitHub keeps ten errors, ten warnings and ten notices of a step, in the order in which they are
printed, and drops the rest without a word; so we print nine and say how many more there are.
Source: GitHub's documentation of workflow commands and its limits of annotations.
"""

from checker.model import SEVERITIES, Finding, Report
from checker.model.words import plural
from checker.report import safe
from checker.report.findings import all_findings, sentences
from checker.report.unwatched import unwatched

_MESSAGE_SHOWN = 1_000


def annotations(report: Report, limit: int = 9) -> list[str]:
    """Workflow commands, one a line, the gravest first, at most ``limit`` of each severity."""
    commands: list[str] = []
    for severity in reversed(SEVERITIES):
        findings = [
            finding
            for project in report.projects
            for finding in all_findings(project)
            if finding.severity == severity
        ]
        commands += [_command(finding) for finding in findings[:limit]]
        if len(findings) > limit:
            more = plural(len(findings) - limit, f"more {severity}")
            title = safe.log_property(report.tool.name)
            commands.append(f"::{severity} title={title}::and {more}: see the job summary")
    for project in report.projects:
        for sentence in unwatched(project)[:1]:
            title = safe.log_property(report.tool.name)
            commands.append(f"::notice title={title}::{safe.log_data(sentence)}")
    return commands


def _command(finding: Finding) -> str:
    properties: list[tuple[str, str]] = []
    if finding.path is not None:
        properties.append(("file", finding.path))
        if finding.line is not None:
            properties.append(("line", str(finding.line)))
            properties.append(("endLine", str(finding.end_line or finding.line)))
    properties.append(("title", finding.rule))
    fields = ",".join(f"{name}={safe.log_property(value)}" for name, value in properties)
    message = safe.clip(sentences(finding), _MESSAGE_SHOWN)
    return f"::{finding.severity} {fields}::{safe.log_data(message)}"
