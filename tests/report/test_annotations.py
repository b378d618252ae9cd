"""Annotations, read back as the runner reads them."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given

from checker.model import Finding, Report
from checker.report import annotations as annotating
from checker.report import safe
from tests.report.evil import strings
from tests.report.samples import BROKEN, CLEAR, MIGRATIONS, PROJECT, REPORT, TOLD, finding


def report_of(*findings: Finding) -> Report:
    project = msgspec.structs.replace(PROJECT, findings=findings)
    return msgspec.structs.replace(REPORT, projects=(project,))


def as_the_runner_reads(command: str) -> tuple[str, dict[str, str], str]:
    """Name, properties, message: the runner's own steps in its own order."""
    assert command.startswith("::")
    head, message = command[2:].split("::", 1)
    name, _, rest = head.partition(" ")
    properties: dict[str, str] = {}
    for pair in filter(None, rest.split(",")):
        key, _, value = pair.partition("=")
        value = value.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":")
        properties[key] = value.replace("%2C", ",").replace("%25", "%")
    return name, properties, message.replace("%0A", "\n").replace("%25", "%")


def test_a_finding_stands_beside_its_lines() -> None:
    found = finding(end_line=6, message="50% gone", why="Why,\nthen: so", advice="wait")
    name, properties, message = as_the_runner_reads(annotating.annotations(report_of(found))[0])
    assert name == "error"
    assert properties == {
        "file": f"{MIGRATIONS}/20261120101500_profile/migration.sql",
        "line": "4",
        "endLine": "6",
        "title": "ban-drop-column",
    }
    assert message == "50% gone\nWhy,\nthen: so\nInstead: wait"


@pytest.mark.parametrize(("count", "printed", "more"), [(9, 9, ""), (10, 10, "1"), (40, 10, "31")])
def test_never_more_than_github_shows(count: int, printed: int, more: str) -> None:
    commands = annotating.annotations(report_of(*(finding(line=n + 1) for n in range(count))))
    assert len(commands) == printed
    plural = "" if more == "1" else "s"
    said = f"and {more} more error{plural}: see the job summary"
    assert commands[-1].endswith(said) == bool(more)


def test_the_gravest_come_first() -> None:
    severities = ("notice", "error", "warning", "error")
    commands = annotating.annotations(
        report_of(*(finding(severity=severity) for severity in severities))
    )
    assert [command[2:].split(" ")[0] for command in commands] == [
        *("error", "error", "warning", "notice")
    ]


def test_a_failed_replay_is_an_error_at_its_line() -> None:
    (command,) = annotating.annotations(msgspec.structs.replace(REPORT, projects=(BROKEN,)))
    name, properties, message = as_the_runner_reads(command)
    assert (name, properties["line"]) == ("error", "7")
    assert properties["file"] == f"{MIGRATIONS}/20261122000000_totals/migration.sql"
    assert 'column "totl" does not exist' in message


def test_a_failure_that_a_finding_tells_is_told_once() -> None:
    (command,) = annotating.annotations(msgspec.structs.replace(REPORT, projects=(TOLD,)))
    assert "history-does-not-replay" in command


def test_nothing_is_printed_when_all_is_clear() -> None:
    assert annotating.annotations(CLEAR) == []


@given(path=strings, rule=strings, message=strings)
def test_no_foreign_string_becomes_a_command(path: str, rule: str, message: str) -> None:
    found = finding(path=path, rule=rule, message=message, why="")
    (command,) = annotating.annotations(report_of(found))
    assert not set("\r\n") & set(command)
    name, properties, read = as_the_runner_reads(command)
    assert name == "error"
    assert set(properties) == {"file", "line", "endLine", "title"}
    assert properties["file"].replace("\u200b", "") == safe.line(path)
    assert safe.clean(message).startswith(read.replace("\u200b", "").removesuffix("…"))
