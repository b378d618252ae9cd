"""What a database holds, as values that can be compared with those of another database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from checker.model import Part

Outline: TypeAlias = Mapping[Part, Mapping[str, str]]
"""Every part with its properties, by aspect."""
