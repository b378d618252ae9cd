"""How similar names are, and the thresholds from which one looks like a rename of the other."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

LIKE_TABLE = 0.8
"""The share of columns that two tables have in common from which they look like one renamed."""
LIKE_NAME = 0.5
"""The resemblance of two names from which one looks like the other renamed."""
ALIKE = 0.8
"""The resemblance from which it does so in spite of other differences."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^A-Z_]+")


def resemblance(old: str, new: str) -> float:
    """From 0 to 1; the words in which both end (``Id``) count for nothing."""
    one, other = _words(old), _words(new)
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    if not one or not other:
        one, other = _words(old), _words(new)
    return SequenceMatcher(None, "".join(one), "".join(other)).ratio()


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]
