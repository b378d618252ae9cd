"""How much of a stranger's text is read, and for how long: every bound, and what happens there.

A bound is far above what honest files need. Whoever reads a text says in one sentence that the
bound was reached, and where; nothing is cut off silently.
"""

from __future__ import annotations

CONFIGURATION_BYTES = 256 << 10
"""Bytes of the checker's own configuration file: more is an InputError."""

YAML_DEPTH = 50
"""Levels of a YAML text. Deeper is an InputError in the configuration; a lock file says nothing."""

YAML_VALUES = 1_000_000
"""Values of a YAML text with its aliases written out; more is treated as in YAML_DEPTH."""
