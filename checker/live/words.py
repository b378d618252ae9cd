"""Lists in sentences."""

from __future__ import annotations

from collections.abc import Sequence

_SHOWN = 5


def listed(names: Sequence[str]) -> str:
    """``a``, ``b`` and 3 more."""
    shown = ", ".join(f"`{name}`" for name in names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN:,} more"


def are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def told(texts: Sequence[str], shown: int = 3) -> str:
    """The first of some sentences, in one."""
    kept = "; ".join(texts[:shown])
    return kept if len(texts) <= shown else f"{kept}; and {len(texts) - shown:,} more"
