"""GitHub's own description of its API, where it is at hand, as judge of the fake and of us."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

DESCRIPTION = Path(__file__).parents[3] / "shared" / "github" / "openapi-slice.json"
AVAILABLE = DESCRIPTION.exists()

# The validator has no template for a path of several segments.
_MULTI_SEGMENT = re.compile(r"(/repos/[^/]+/[^/]+/(?:contents|compare)/)(.+)")


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
    request = MockRequest(
        "https://api.github.com",
        method.lower(),
        path,
        args=dict(parse_qsl(url.query)),
        data=body,
    )
    try:
        api.validate_request(request)
        # The description tells a directory, a list, by the field `type` that no list has.
        described = _declares(paths, method, path, status) and "/contents/" not in path
        if described and kind.startswith("application/json"):
            api.validate_response(request, MockResponse(answer, status, content_type=kind))
    except OpenAPIError as error:
        return [f"{method} {target}: {error} {error.__cause__ or ''}"]
    return []


def _declares(
    paths: dict[str, dict[str, dict[str, dict[str, object]]]], method: str, path: str, status: int
) -> bool:
    """GitHub answers with more statuses than it describes."""
    for template, operations in paths.items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return str(status) in operations[method.lower()]["responses"]
    return False
