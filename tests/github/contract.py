"""GitHub's own description of its API, where it is at hand, as judge of the fake and of us."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

DESCRIPTION = Path(__file__).parents[3] / "shared" / "github" / "openapi-slice.json"
AVAILABLE = DESCRIPTION.exists()

# The validator has no template for a path of several segments.
_MULTI_SEGMENT = re.compile(r"(/repos/[^/]+/[^/]+/(?:contents|compare)/)(.+)")

# Calls whose description is not at hand.
_BEYOND = re.compile(
    r"/repos/[^/]+/[^/]+/(?:pulls|pulls/\d+/comments|pulls/comments/\d+|git/trees/\w+|commits/[^/]+)"
)

# The description tells a directory, a list, by the field `type` that no list has; and the fake
# tells of a pull request only what is read.
_IN_PART = re.compile(r"/contents/|/pulls/\d+$")


@functools.cache
def _description() -> tuple[OpenAPI, dict[str, dict[str, dict[str, dict[str, object]]]]]:
    spec = json.loads(DESCRIPTION.read_text())
    api = OpenAPI.from_dict(spec, config=Config(spec_validator_cls=None))  # type: ignore[arg-type]
    return api, spec["paths"]


def violations(
    method: str, target: str, body: bytes, status: int, kind: str, answer: bytes
) -> list[str]:
    """What GitHub's description has against a request and its answer."""
    if not AVAILABLE:
        return []
    api, paths = _description()
    url = urlsplit(target)
    path = _MULTI_SEGMENT.sub(lambda m: m[1] + quote(unquote(m[2]), safe=""), url.path)
    if _BEYOND.fullmatch(path):
        return []
    request = MockRequest(
        "https://api.github.com",
        method.lower(),
        path,
        args=dict(parse_qsl(url.query)),
        data=body,
    )
    try:
        api.validate_request(request)
        described = _declares(paths, method, path, status) and not _IN_PART.search(path)
        if described and kind.startswith("application/json"):
            api.validate_response(request, MockResponse(answer, status, content_type=kind))
    except OpenAPIError as error:
        return [f"{method} {target}: {error} {error.__cause__ or ''}"]
    return []


def _fits(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) is not None


def _declares(
    paths: dict[str, dict[str, dict[str, dict[str, object]]]], method: str, path: str, status: int
) -> bool:
    """GitHub answers with more statuses than it describes."""
    for template, operations in paths.items():
        if _fits(template, path):
            return str(status) in operations[method.lower()]["responses"]
    return False


def example(name: str) -> Any:
    """The least that GitHub's description takes for a schema of this name."""
    schemas = json.loads(DESCRIPTION.read_text())["components"]["schemas"]

    def of(schema: dict[str, Any]) -> Any:
        if "$ref" in schema:
            return of(schemas[schema["$ref"].rpartition("/")[2]])
        if schema.get("nullable"):
            return None
        for key in ("oneOf", "anyOf", "allOf"):
            if key in schema:
                return of(schema[key][0])
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type", "object")
        if kind == "object":
            properties = schema.get("properties", {})
            return {key: of(properties[key]) for key in schema.get("required", ())}
        if kind == "string":
            formats = {"date-time": "2026-11-22T09:00:00Z", "uri": "https://github.example/x"}
            return formats.get(schema.get("format", ""), "x")
        return {"array": [], "integer": 1, "number": 1, "boolean": False}.get(kind)

    return of(schemas[name])
