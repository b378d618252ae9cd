"""Who owns a file, as CODEOWNERS says.

Source: GitHub's documentation, "About code owners": the first of three places counts, the last
pattern that matches wins, and one without owners takes them away.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")

_PARTS = re.compile(r"(/\*\*/|\*\*|\*|\?)")
_AS_REGEX = {"/**/": "/(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def read_owners(read: Callable[[str], bytes | None]) -> str:
    """The text of CODEOWNERS through a function that reads files; empty where there is none."""
    found = (read(place) for place in PLACES)
    data = next((data for data in found if data is not None), b"")
    return data.decode("utf-8", "replace")


def owners_of(path: str, text: str) -> tuple[str, ...]:
    """The owners of a path, without their ``@``: logins and ``organization/team``.

    Addresses of mail are left out: they name nobody whom an interface tells of.
    """
    owners: tuple[str, ...] = ()
    for line in text.splitlines():
        words = re.split(r"(?<!\\)\s+", line.strip())
        if not words[0] or words[0].startswith("#"):
            continue
        if _pattern(words[0].replace("\\ ", " ")).fullmatch(path):
            names = (word.split("#", 1)[0] for word in words[1:])
            owners = tuple(name[1:] for name in names if len(name) > 1 and name[0] == "@")
    return owners


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """As in .gitignore, but ``docs/*`` stands for files of that directory alone."""
    body = pattern.strip("/")
    anchored = pattern.startswith("/") or "/" in body
    parts = _PARTS.split(body)
    regex = "".join(_AS_REGEX.get(part) or re.escape(part) for part in parts)
    below = "" if body.endswith("/*") else "/.*" if pattern.endswith("/") else "(?:/.*)?"
    return re.compile(f"{'' if anchored else '(?:.*/)?'}{regex}{below}", re.DOTALL)
