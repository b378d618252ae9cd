"""The report as GitLab's Code Quality artefact (GitLab docs, Code Quality report format)."""

from __future__ import annotations

import json
from hashlib import sha256

from checker.model import Report, Severity
from checker.report.findings import all_findings, fingerprint, sentences
from checker.report.safe import line
from checker.report.unwatched import unwatched

_SEVERITY: dict[Severity, str] = {"error": "critical", "warning": "major", "notice": "info"}


def to_gitlab(report: Report) -> bytes:
    """One issue for each finding, and one for what was not watched on rows; UTF-8."""
    issues = [
        {
            "description": line(sentences(finding)),
            "check_name": finding.rule,
            "fingerprint": fingerprint(finding, project),
            "severity": _SEVERITY[finding.severity],
            "location": {
                "path": finding.path or project.path,
                "lines": {"begin": finding.line or 1, "end": finding.end_line or finding.line or 1},
            },
        }
        for project in report.projects
        for finding in all_findings(project)
    ]
    issues += [
        {
            "description": line(sentence),
            "check_name": "not-watched",
            "fingerprint": sha256(f"{project.path} {sentence}".encode()).hexdigest(),
            "severity": "info",
            "location": {"path": project.path, "lines": {"begin": 1, "end": 1}},
        }
        for project in report.projects
        for sentence in unwatched(project)
    ]
    return json.dumps(issues, indent=2, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
