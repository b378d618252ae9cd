"""How much of a stranger's text is read, and for how long: every bound, and what happens there.

A bound is far above what honest files need. Whoever reads a text says in one sentence that the
bound was reached, and where; nothing is cut off silently.
"""

from __future__ import annotations

FILE_BYTES = 64 << 20
"""Bytes of any file of a repository, at the head or the base: more is an InputError."""

CONFIGURATION_BYTES = 256 << 10
"""Bytes of the checker's own configuration file: more is an InputError."""

YAML_DEPTH = 50
"""Levels of a YAML text. Deeper is an InputError in the configuration; a lock file says nothing."""

YAML_VALUES = 1_000_000
"""Values of a YAML text with its aliases written out; more is treated as in YAML_DEPTH."""

JSON_BYTES = 20 << 20
"""Bytes of a report to render and of the file of an event: more is an InputError. The report of the
largest history at hand has a twentieth of them.
"""

PRISMA_CONFIG_CHARACTERS = 256 << 10
"""Characters of a prisma.config file: more counts as not said, and so does each path in it over
PRISMA_PATH_CHARACTERS.
"""

PRISMA_PATH_CHARACTERS = 4096
"""Characters of a path that a prisma.config file puts together."""

SCHEMA_CHARACTERS = 1_000_000
"""Characters of all files of a schema together: more is a problem of the schema."""

SCHEMA_NESTING = 50
"""Levels of an expression in a schema: deeper is a problem of the schema."""

SCHEMA_BROKEN_LINES = 30
"""Broken lines of one schema file that are told; the rest of the file is then left out."""

SQLGLOT_STEPS, SQLGLOT_STEPS_PER_TOKEN = 1_000, 50
"""How often sqlglot may step over a token in one statement: so often, and so often again for each
token that it has. Then the statement counts as not understood. Honest ones need two steps a token.
"""

SQL_SECONDS = 30.0
"""Seconds of PostgreSQL's own grammar for one script, whose lexer takes the square of the time for
``/*/*/*…``: more is a problem of the script.
"""

SQLPARSER_SECONDS, SQLPARSER_CRASHES = 60.0, 10
"""Seconds of the Rust crate sqlparser for the scripts that one process reads, and how many scripts
it may fail to survive: what is left counts as unreadable, so that Prisma sends it whole.
"""
