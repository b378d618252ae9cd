"""What each database makes of a migration, as far as rules have to know."""

from __future__ import annotations

import re

from msgspec import Struct

from checker.model import Provider

_POSTGRESQL_ONLY = re.compile(r"::|ALTER (COLUMN|INDEX|TYPE)|CONSTRAINT|NOT VALID|TRUNCATE")


class Dialect(Struct, frozen=True):
    """One database.

    ``postgresql_sql`` says that it takes PostgreSQL's SQL, ``postgresql_locks`` that it takes
    PostgreSQL's locks too, refuses with its SQLSTATEs, and has what avoids both (NOT VALID,
    CONCURRENTLY). ``writes_fixes`` says whether a fix for PostgreSQL can be translated for it, with
    names in ``quotes``. ``unique_nulls`` says that a unique index treats two NULLs as equal,
    ``schema_is_database`` that DROP SCHEMA drops a database with everything in it.
    """

    postgresql_sql: bool = False
    postgresql_locks: bool = False
    writes_fixes: bool = True
    quotes: str = '"'
    unique_nulls: bool = False
    schema_is_database: bool = False

    def translated(self, sql: str) -> str | None:
        """PostgreSQL's SQL in this dialect; None where it has no such statement."""
        if self.postgresql_sql:
            return sql
        if not self.writes_fixes or _POSTGRESQL_ONLY.search(sql):
            return None
        return sql.replace('"', self.quotes)


DIALECTS: dict[Provider, Dialect] = {
    "postgresql": Dialect(postgresql_sql=True, postgresql_locks=True),
    "cockroachdb": Dialect(postgresql_sql=True),
    "mysql": Dialect(quotes="`", schema_is_database=True),
    "sqlite": Dialect(),
    "sqlserver": Dialect(writes_fixes=False, unique_nulls=True),
    "mongodb": Dialect(),
}
