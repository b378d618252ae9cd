"""The report as GitLab's Code Quality artefact (GitLab docs, Code Quality report format)."""

from __future__ import annotations

import json

from checker.model import Report, Severity
from checker.report.findings import all_findings, fingerprint, sentences
from checker.report.safe import line

_SEVERITY: dict[Severity, str] = {"error": "critical", "warning": "major", "notice": "info"}


def to_gitlab(report: Report) -> bytes:
    """A list with one issue for each finding; UTF-8."""
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
    return json.dumps(issues, indent=2, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
