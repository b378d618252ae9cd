"""Reading SQL: what every statement of a script changes, in the words of ``checker.model.changes``.

PostgreSQL is read with PostgreSQL's own grammar, the other dialects with sqlglot. Either
library is imported only when a script needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from checker.model import Provider, Script, SyntaxProblem
from checker.model.changes import RowStatement


def read(sql: str, provider: Provider) -> Script:
    """Read a migration script; it never raises, whatever the text.

    A script that PostgreSQL's grammar rejects has a ``problem`` and no statements. CockroachDB is
    read with PostgreSQL's grammar, so its own extensions are such a problem. In the other dialects
    a statement that was not understood is ``Opaque``, because no grammar at hand is the server's
    own.
    """
    return _READERS[provider](sql, provider)


def _read_postgres(sql: str, _: Provider) -> Script:
    from checker.sql.postgres.reader import read_postgres  # noqa: PLC0415 - loads libpg_query

    return read_postgres(sql)


def _read_generic(sql: str, provider: Provider) -> Script:
    from checker.sql.dialects.reader import read_generic  # noqa: PLC0415 - loads sqlglot

    return read_generic(sql, provider)


def read_rows(text: str, provider: Provider) -> RowStatement | None:
    """What an UPDATE or DELETE of one table sets, and where; None for any other statement, and in
    a dialect that is not PostgreSQL's.
    """
    if _READERS[provider] is not _read_postgres:
        return None
    from checker.sql.postgres.parts import row_statement  # noqa: PLC0415 - loads libpg_query

    return row_statement(text, aliased=True)


def _read_nothing(_sql: str, _: Provider) -> Script:
    return Script(problem=SyntaxProblem("MongoDB has no SQL migrations", 1))


_READERS: Mapping[Provider, Callable[[str, Provider], Script]] = {
    "postgresql": _read_postgres,
    "cockroachdb": _read_postgres,
    "mysql": _read_generic,
    "sqlite": _read_generic,
    "sqlserver": _read_generic,
    "mongodb": _read_nothing,
}
