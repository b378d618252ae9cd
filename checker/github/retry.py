"""How long to wait before a call to GitHub is made again.

Source: GitHub's documentation, "Rate limits for the REST API" and "Best practices".
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests

_SECONDARY = ("secondary rate limit", "abuse detection")
_SECONDARY_WAIT = 60.0


def wait(response: requests.Response | None, attempt: int, now: float) -> float | None:
    """Seconds until another attempt makes sense, None where none does.

    ``response`` is None where none came; ``attempt`` counts from 0; ``now`` is the time as
    seconds since the epoch. Waiting for a limit follows GitHub's own word first.
    """
    pause = float(2**attempt)
    if response is None:
        return pause
    if response.status_code >= 500:
        told = _retry_after(response, now)
        return pause if told is None else told
    if response.status_code not in (403, 429):
        return None
    told = _retry_after(response, now)
    if told is not None:
        return told
    reset = response.headers.get("x-ratelimit-reset", "")
    if response.headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(float(reset) - now, 1.0)
    if response.status_code == 429 or any(word in response.text.lower() for word in _SECONDARY):
        return _SECONDARY_WAIT * pause
    return None


def _retry_after(response: requests.Response, now: float) -> float | None:
    """The header Retry-After: seconds, or a date (RFC 9110, 10.2.3)."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return max((aware - datetime.fromtimestamp(now, UTC)).total_seconds(), 0.0)
