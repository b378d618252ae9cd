"""The report as JUnit's XML: a suite for each project, a case for each migration.

A finding at or above the threshold is a failure of its migration's case; weaker ones are its
output. The form is that of the Ant task, which every CI system reads.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from checker.model import Finding, ProjectReport, Report, reaches
from checker.report.findings import all_findings, sentences
from checker.report.safe import clean
from checker.report.unwatched import unwatched

_HISTORY = "history"
# What XML 1.0 cannot carry (W3C, XML 1.0, 2.2 Characters).
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(report: Report) -> bytes:
    """The whole report as one XML document; UTF-8."""
    root = ElementTree.Element("testsuites", name=report.tool.name)
    for project in report.projects:
        _suite(root, project, report)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _suite(root: ElementTree.Element, project: ProjectReport, report: Report) -> None:
    by_case: dict[str, list[Finding]] = {_HISTORY: []}
    by_case |= {m.name: [] for m in project.migrations if m.state != "unchanged"}
    for finding in all_findings(project):
        by_case.setdefault(finding.migration or _HISTORY, []).append(finding)
    suite = ElementTree.SubElement(root, "testsuite", name=_text(project.path))
    failures = 0
    for name, findings in by_case.items():
        case = ElementTree.SubElement(
            suite, "testcase", name=_text(name), classname=_text(project.path)
        )
        for finding in findings:
            if reaches(finding.severity, report.fail_on):
                failures += 1
                element = ElementTree.SubElement(
                    case, "failure", type=finding.rule, message=_text(finding.message)
                )
            else:
                element = ElementTree.SubElement(case, "system-out")
            place = f"{finding.path or ''}:{finding.line or ''}".strip(":")
            element.text = _text(f"{finding.severity} {finding.rule} {place}\n{sentences(finding)}")
    if project.replay.status == "not_verified":
        case = ElementTree.SubElement(suite, "testcase", name="replay", classname=project.path)
        ElementTree.SubElement(case, "skipped", message=_text(project.replay.reason or ""))
    for sentence in unwatched(project):
        case = ElementTree.SubElement(suite, "testcase", name="rows", classname=project.path)
        ElementTree.SubElement(case, "skipped", message=_text(sentence))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))


def _text(text: str) -> str:
    return _NO_XML.sub("\ufffd", clean(text))
