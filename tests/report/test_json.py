"""The JSON form: read back, described by its schema, refused where it does not fit."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
from hypothesis import given

from checker.errors import InputError
from checker.report.json import from_json, json_schema, json_schema_file, to_json
from tests.report.evil import strings
from tests.report.samples import CLEAR, FINDINGS, PROJECT, REPORT, THREE

PUBLISHED = Path(__file__).parents[2] / "docs" / "report.schema.json"


@pytest.mark.parametrize("report", [REPORT, CLEAR, THREE])
def test_read_back_and_described(report: object) -> None:
    assert isinstance(report, type(REPORT))
    data = to_json(report)
    assert from_json(data) == report
    assert to_json(from_json(data)) == data
    jsonschema.Draft202012Validator(json_schema()).validate(json.loads(data))


@given(value=strings)
def test_any_string_is_carried(value: str) -> None:
    found = msgspec.structs.replace(FINDINGS[0], message=value, path=value)
    project = msgspec.structs.replace(PROJECT, findings=(found,))
    read = from_json(to_json(msgspec.structs.replace(REPORT, projects=(project,))))
    assert read.projects[0].findings[0].message == value.encode("utf-8", "replace").decode()


def test_the_contract_names_stand() -> None:
    read = json.loads(to_json(THREE))
    assert {"version", "verdict", "tool", "projects"} <= set(read)
    project = read["projects"][1]
    assert {"path", "provider", "prisma_version", "migrations", "replay", "findings"} <= set(
        project
    )
    assert {"name", "state"} <= set(project["migrations"][0])
    assert {"status", "server", "applied", "seconds", "failure"} <= set(project["replay"])
    assert {"migration", "line", "sqlstate", "message"} <= set(project["replay"]["failure"])
    named = {"rule", "severity", "migration", "path", "line", "message", "evidence", "fix"}
    assert named <= set(read["projects"][0]["findings"][0])
    assert to_json(THREE).endswith(b"}\n")


def test_the_published_schema_is_current() -> None:
    assert PUBLISHED.read_bytes() == json_schema_file(), (
        "write it anew: python -c 'import sys; from checker.report.json import json_schema_file; "
        "sys.stdout.buffer.write(json_schema_file())' > docs/report.schema.json"
    )
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"x": ' * 5_000 + b"1" + b"}" * 5_000,
        to_json(REPORT)[:-3],
        to_json(REPORT).replace(b'"verdict": "fail"', b'"verdict": "great"'),
        to_json(REPORT).replace(b'"version": 1', b'"version": 2', 1),
        to_json(REPORT).replace(b'"line": 4', b'"line": "4"'),
    ],
)
def test_what_is_no_report_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        from_json(data)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
