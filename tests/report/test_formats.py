"""The forms for other programs: SARIF, GitLab's Code Quality, JUnit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given

from checker.model import Report
from checker.report.gitlab import to_gitlab
from checker.report.junit import to_junit
from checker.report.sarif import to_sarif
from tests.report.evil import strings
from tests.report.samples import BROKEN, CLEAR, PROJECT, REPORT, finding


def report_of(*findings: object) -> Report:
    project = msgspec.structs.replace(PROJECT, findings=findings)
    return msgspec.structs.replace(REPORT, projects=(project,))


def test_sarif_has_a_result_with_place_rule_and_level() -> None:
    report = report_of(finding(end_line=6), finding(severity="notice", rule="unanalysable-sql"))
    log = json.loads(to_sarif(report))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    first, second = run["results"]
    assert [rules[r["ruleIndex"]]["id"] for r in (first, second)] == [
        "ban-drop-column",
        "unanalysable-sql",
    ]
    assert (first["level"], second["level"]) == ("error", "note")
    place = first["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 4, "endLine": 6}
    assert place["artifactLocation"]["uri"].endswith("/20261120101500_profile/migration.sql")
    assert "Instead:" in rules[0]["help"]["text"]


def test_a_fingerprint_survives_moved_lines_and_tells_statements_apart() -> None:
    def mark(**changed: Any) -> str:
        (run,) = json.loads(to_sarif(report_of(finding(**changed))))["runs"]
        return str(run["results"][0]["partialFingerprints"]["migrationChecker/v1"])

    statement = 'ALTER TABLE "User" DROP COLUMN "email"'
    assert mark(statement=statement) == mark(line=40, end_line=41, statement=statement)
    assert mark(statement=statement) != mark(statement=statement + "2")
    assert mark(statement=statement) != mark(statement=statement, rule="ban-drop-table")


def test_a_failed_replay_is_a_result_in_every_form() -> None:
    broken = msgspec.structs.replace(REPORT, projects=(BROKEN,))
    (run,) = json.loads(to_sarif(broken))["runs"]
    assert "replay" in {result["ruleId"] for result in run["results"]}
    assert "replay" in {issue["check_name"] for issue in json.loads(to_gitlab(broken))}
    assert ElementTree.fromstring(to_junit(broken)).find(".//failure[@type='replay']") is not None


def test_nothing_found_is_an_empty_list_and_no_failure() -> None:
    assert json.loads(to_sarif(CLEAR))["runs"][0]["results"] == []
    assert json.loads(to_gitlab(CLEAR)) == []
    root = ElementTree.fromstring(to_junit(CLEAR))
    assert root.findall(".//failure") == []
    assert root.findall(".//testcase")


def test_gitlab_gives_each_finding_lines_and_a_severity() -> None:
    issue, weaker = json.loads(
        to_gitlab(
            report_of(
                finding(),
                msgspec.structs.replace(finding(severity="warning"), line=None, end_line=None),
            )
        )
    )
    assert issue["severity"] == "critical"
    assert issue["location"]["lines"]["begin"] == 4
    assert weaker["severity"] == "major"
    assert weaker["location"]["lines"] == {"begin": 1, "end": 1}


@pytest.mark.parametrize("fail_on", ["error", "warning"])
def test_junit_fails_from_the_threshold_on(fail_on: str) -> None:
    report = msgspec.structs.replace(report_of(finding(severity="warning")), fail_on=fail_on)
    root = ElementTree.fromstring(to_junit(report))
    assert len(root.findall(".//failure")) == (fail_on == "warning")
    assert len(root.findall(".//testcase/system-out")) == (fail_on == "error")


@given(strings, strings)
def test_no_text_breaks_a_form(text: str, path: str) -> None:
    path = path or "x"
    report = report_of(finding(message=text, path=path, statement=text, why=text))
    result = json.loads(to_sarif(report))["runs"][0]["results"][0]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote(uri) == path.encode("utf-8", "replace").decode()
    json.loads(to_gitlab(report))
    ElementTree.fromstring(to_junit(report))


def test_the_command_line_writes_each_form(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from checker.cli import main
    from checker.report.json import to_json

    (tmp_path / "report.json").write_bytes(to_json(REPORT))
    for form, start in (("sarif", "{"), ("gitlab", "["), ("junit", "<?xml")):
        result = CliRunner().invoke(
            main, ["render", str(tmp_path / "report.json"), "--format", form]
        )
        assert result.exit_code == 0
        assert result.output.startswith(start)
