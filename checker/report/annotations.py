"""The findings as workflow commands, which GitHub shows beside the lines of the pull request.

GitHub keeps ten errors, ten warnings and ten notices of a step, in the order in which they are
printed, and drops the rest without a word; so we print nine and say how many more there are.
Source: GitHub's documentation of workflow commands and its limits of annotations.
"""

from collections.abc import Iterator

from checker.model import SEVERITIES, Finding, ProjectReport, Report
from checker.report import safe, words

_MESSAGE_SHOWN = 1_000


def annotations(report: Report, limit: int = 9) -> list[str]:
    """Workflow commands, one a line, the gravest first, at most ``limit`` of each severity."""
    commands: list[str] = []
    for severity in reversed(SEVERITIES):
        found = [
            finding
            for project in report.projects
            for finding in _all(project)
            if finding.severity == severity
        ]
        commands += [_command(finding) for finding in found[:limit]]
        if len(found) > limit:
            more = words.plural(len(found) - limit, f"more {severity}")
            title = safe.log_property(report.tool.name)
            commands.append(f"::{severity} title={title}::and {more}: see the job summary")
    return commands


def _all(project: ProjectReport) -> Iterator[Finding]:
    """The findings, and a failed replay as one of them where none tells it."""
    failure = project.replay.failure
    if failure is not None and not words.is_told(project):
        paths = {migration.name: migration.path for migration in project.migrations}
        yield Finding(
            rule="replay",
            severity="error",
            message=words.failure(project.replay),
            path=paths.get(failure.migration),
            line=failure.line,
            why=" ".join(words.failure_details(project.replay)),
        )
    yield from project.findings


def _command(finding: Finding) -> str:
    properties: list[tuple[str, str]] = []
    if finding.path is not None:
        properties.append(("file", finding.path))
        if finding.line is not None:
            properties.append(("line", str(finding.line)))
            properties.append(("endLine", str(finding.end_line or finding.line)))
    properties.append(("title", finding.rule))
    said = ",".join(f"{name}={safe.log_property(value)}" for name, value in properties)
    sentences = [finding.message, finding.why]
    if finding.advice:
        sentences.append(f"Instead: {finding.advice}")
    message = "\n".join(sentence for sentence in sentences if sentence)
    return f"::{finding.severity} {said}::{safe.log_data(safe.clip(message, _MESSAGE_SHOWN))}"
