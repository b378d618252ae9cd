"""The report as SARIF 2.1.0 (OASIS), which GitHub's code scanning and editors read."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from checker.errors import InputError
from checker.model import Finding, ProjectReport, Report, Severity
from checker.report.findings import all_findings, fingerprint, sentences
from checker.report.safe import clean, line
from checker.report.unwatched import unwatched
from checker.rules import find_rule

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVEL: dict[Severity, str] = {"error": "error", "warning": "warning", "notice": "note"}


def to_sarif(report: Report) -> bytes:
    """One run with one result for each finding that has a place; UTF-8."""
    findings = [(p, f) for p in report.projects for f in all_findings(p)]
    rules = sorted({finding.rule for _, finding in findings})
    run = {
        "tool": {
            "driver": {
                "name": report.tool.name,
                "version": report.tool.version,
                "rules": [_rule(name) for name in rules],
            }
        },
        "originalUriBaseIds": {"ROOT": {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "warning", "message": {"text": clean(sentence)}}
                    for project in report.projects
                    for sentence in unwatched(project)
                ],
            }
        ],
        "results": [_result(finding, project, rules) for project, finding in findings],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _rule(name: str) -> dict[str, Any]:
    """A rule as a reporting descriptor; of one that this release does not know, its name."""
    try:
        rule = find_rule(name)
    except InputError:
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.doc},
        "help": {"text": rule.doc},
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
    }


def _result(finding: Finding, project: ProjectReport, rules: list[str]) -> dict[str, Any]:
    region: dict[str, Any] = {}
    if finding.line is not None:
        region = {"startLine": finding.line, "endLine": finding.end_line or finding.line}
    path = finding.path or project.path
    place: dict[str, Any] = {
        "artifactLocation": {"uri": quote(path.encode("utf-8", "replace")), "uriBaseId": "ROOT"}
    }
    if region:
        place["region"] = region
    text = sentences(finding) + (f"\n\n{finding.fix}" if finding.fix else "")
    return {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": _LEVEL[finding.severity],
        "message": {"text": clean(text)},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"migrationChecker/v1": fingerprint(finding, project)},
        "properties": {"evidence": finding.evidence, "migration": line(finding.migration or "")},
    }
