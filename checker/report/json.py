"""The report as JSON, the form that other programs read, and its published JSON Schema."""

from __future__ import annotations

import inspect
import json
from typing import Any

import msgspec

from checker.bounds import JSON_BYTES
from checker.errors import InputError
from checker.model import Report
from checker.report.safe import line

VERSION = 1
"""The version of the JSON form. It grows when a reader of the old form would be misled."""

_SCHEMA_HEAD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": f"urn:prisma-migration-checker:report:{VERSION}",
    "title": "Report of the Prisma Migration Checker",
    "description": (
        "What `migration-checker check --format json` writes. Fields may be added within a "
        "version; none is removed or changes its meaning."
    ),
}


def to_json(report: Report) -> bytes:
    """The report as indented UTF-8 JSON with a line end. The same report gives the same bytes."""
    text = json.dumps(msgspec.to_builtins(report), indent=2, ensure_ascii=False)
    # Half a surrogate pair, which a file name may carry, has no place in UTF-8.
    return text.encode("utf-8", "replace") + b"\n"


def from_json(data: bytes) -> Report:
    """Reads what ``to_json`` wrote.

    Raises InputError where it is no report, or one of another version.
    """
    if len(data) > JSON_BYTES:
        raise InputError(f"The report is bigger than {JSON_BYTES >> 20} MB: it cannot be rendered.")
    try:
        report = msgspec.json.decode(data, type=Report)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            f"The report cannot be read ({line(str(error))}): give a file that "
            "`migration-checker check --format json` wrote."
        ) from None
    if report.version != VERSION:
        raise InputError(
            f"The report has version {report.version} and this release reads version {VERSION}: "
            "write and read it with the same release."
        )
    return report


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the report, as published in docs/report.schema.json."""
    return {**_SCHEMA_HEAD, **dedented(msgspec.json.schema(Report))}


def dedented(schema: Any) -> Any:
    """A JSON Schema with the docstrings as Python 3.13 keeps them, whichever version this is."""
    if isinstance(schema, dict):
        return {
            key: inspect.cleandoc(value)
            if key == "description" and isinstance(value, str)
            else dedented(value)
            for key, value in schema.items()
        }
    return [dedented(item) for item in schema] if isinstance(schema, list) else schema


def json_schema_file() -> bytes:
    """The content of docs/report.schema.json."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False).encode() + b"\n"
