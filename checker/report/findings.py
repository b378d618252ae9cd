"""The findings of a report, and a failed replay as one more where none reports it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from checker.model import Finding, ProjectReport
from checker.report import words


def all_findings(project: ProjectReport) -> Iterator[Finding]:
    """What annotations and the formats for other programs show of a project."""
    failure = project.replay.failure
    if failure is not None and not words.is_told(project):
        paths = {migration.name: migration.path for migration in project.migrations}
        yield Finding(
            rule="replay",
            severity="error",
            message=words.failure(project.replay),
            migration=failure.migration,
            path=paths.get(failure.migration),
            line=failure.line,
            why=" ".join(words.failure_details(project.replay)),
        )
    yield from project.findings


def fingerprint(finding: Finding, project: ProjectReport) -> str:
    """The same finding has the same one in the next run: it does not depend on lines or figures."""
    what = " ".join(finding.statement.split()) if finding.statement else finding.message
    parts = (finding.rule, project.path, finding.migration or finding.path or "", what)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def sentences(finding: Finding) -> str:
    """The whole of a finding as plain text, without its fix."""
    seen = f"In the replay: {finding.seen}." if finding.seen else ""
    size = f"{finding.size}." if finding.size else ""
    parts = [finding.message, seen, size, finding.why]
    if finding.advice:
        parts.append(f"Instead: {finding.advice}")
    return "\n".join(sentence for sentence in parts if sentence)
