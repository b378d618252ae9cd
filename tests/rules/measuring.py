"""What a statement does on the server: which locks it takes, what it rewrites and what it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

# From weak to strong (PostgreSQL 13.3.1, Table-Level Locks), as pg_locks spells them.
MODES = [
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
]
BLOCKS_WRITERS = MODES.index("ShareLock")

_RELATIONS = """
SELECT c.oid, c.relname, c.relkind::text, pg_relation_filenode(c.oid),
  coalesce(pg_stat_get_xact_numscans(c.oid), 0)
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'm', 'i')
"""
_LOCKS = """
SELECT relation, mode FROM pg_locks
WHERE locktype = 'relation' AND granted AND pid = pg_backend_pid()
"""


@dataclass(frozen=True)
class Measured:
    """Of the tables and materialized views that were there before the transaction: the strongest
    lock that the statement took anew and the strongest that is held after it, as positions in
    MODES; which were read from end to end; and which of them, or of their indexes, have new files.
    ``views`` are the materialized views, which nobody writes to.
    """

    taken: dict[str, int]
    held: dict[str, int]
    scanned: frozenset[str]
    rewritten: frozenset[str]
    views: frozenset[str]

    @property
    def strongest(self) -> int:
        return max(self.taken.values(), default=-1)

    def stops_writers_while_working(self) -> set[str]:
        """The tables that are read or rewritten while their writers wait."""
        work = (self.scanned | self.rewritten) - self.views
        return {name for name, mode in self.held.items() if mode >= BLOCKS_WRITERS} & work


def measure(connection: psycopg.Connection[Any], statements: Sequence[str]) -> list[Measured]:
    """What each statement does, all in one transaction, which is rolled back.

    Raises psycopg.errors.ActiveSqlTransaction for a statement that runs in none.
    """
    found = []
    with connection.transaction(force_rollback=True):
        born = {row[0] for row in connection.execute(_RELATIONS)}
        for statement in statements:
            before, held = _relations(connection, born), _locks(connection)
            connection.execute(statement.encode())
            after, locks = _relations(connection, born), _locks(connection)
            names = {oid: name for oid, (name, kind, *_) in before.items() if kind != "i"}
            changed = {oid for oid in after if after[oid][2] != before[oid][2]}
            found.append(
                Measured(
                    taken=_strongest(locks - held, names),
                    held=_strongest(locks, names),
                    scanned=frozenset(
                        name for oid, name in names.items()
                        if oid in after and after[oid][3] > before[oid][3]
                    ),
                    rewritten=frozenset(before[oid][0] for oid in changed),
                    views=frozenset(name for name, kind, *_ in before.values() if kind == "m"),
                )
            )  # fmt: skip
    return found


def _relations(
    connection: psycopg.Connection[Any], born: set[int]
) -> dict[int, tuple[str, str, int, int]]:
    """By oid the name, whether it is a table, its file, and how often it was read."""
    return {row[0]: row[1:] for row in connection.execute(_RELATIONS) if row[0] in born}


def _locks(connection: psycopg.Connection[Any]) -> set[tuple[int, str]]:
    return set(connection.execute(_LOCKS))


def _strongest(locks: set[tuple[int, str]], names: dict[int, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for oid, mode in locks:
        if oid in names:
            found[names[oid]] = max(found.get(names[oid], -1), MODES.index(mode))
    return found
