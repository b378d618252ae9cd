"""Code, the session and its transaction, and statements that change nothing."""

from __future__ import annotations

from msgspec import Struct

from checker.model.changes.names import Name


class RunCode(Struct, frozen=True):
    """Code whose effect only a replay shows: a DO block, CALL, a SELECT that calls a function."""

    kind: str
    name: Name | None = None


class ControlTransaction(Struct, frozen=True):
    """``what``: BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, ROLLBACK TO, PREPARE TRANSACTION."""

    what: str


class SetParameter(Struct, frozen=True):
    """SET or RESET of a run-time parameter; ``value`` is None for RESET and DEFAULT."""

    name: str
    value: str | None
    local: bool = False


class LockTable(Struct, frozen=True):
    table: Name
    mode: str


class Maintain(Struct, frozen=True):
    """VACUUM, ANALYZE, CLUSTER, REINDEX, REFRESH MATERIALIZED VIEW: no row changes its value."""

    what: str
    name: Name | None = None
    concurrently: bool = False


class ReadRows(Struct, frozen=True):
    """A query that changes neither schema nor rows by itself."""


class Opaque(Struct, frozen=True):
    """A statement that was not understood. ``what`` says which kind it is."""

    what: str
