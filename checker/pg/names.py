"""The condition on schemas that every catalog query shares."""

from __future__ import annotations

from typing import LiteralString

OWN_SCHEMA: LiteralString = "n.nspname !~ '^(pg_|information_schema$)'"
"""With pg_namespace as ``n``: a schema that is not the server's own. PostgreSQL reserves the names
that begin with ``pg_`` (docs 5.10), those of temporary tables among them.
"""
