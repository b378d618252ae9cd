"""Lists in sentences, and names for the sides of a comparison."""

from __future__ import annotations

from collections.abc import Sequence

from checker.model.sentences import SideWords

APPLIED_AND_DATABASE = SideWords(
    "is made by the applied migrations and not in the database",
    "is in the database and made by no applied migration",
    "after the applied migrations",
    "in the database",
)
DATABASE_AND_SCHEMA = SideWords(
    "is in the database and not in schema.prisma",
    "is in schema.prisma and not in the database",
    "in the database",
    "in schema.prisma",
)
_SHOWN = 5


def listed(names: Sequence[str]) -> str:
    """``a``, ``b`` and 3 more."""
    shown = ", ".join(f"`{name}`" for name in names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN:,} more"


def are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def told(texts: Sequence[str], shown: int = 3) -> str:
    """The first few sentences, joined into one."""
    kept = "; ".join(texts[:shown])
    return kept if len(texts) <= shown else f"{kept}; and {len(texts) - shown:,} more"
