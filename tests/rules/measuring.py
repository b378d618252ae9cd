"""What a statement does on the server: which locks it takes, what it rewrites and what it reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, LiteralString, NamedTuple

import psycopg
from psycopg import sql

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
SELECT c.oid, CASE nspname WHEN 'public' THEN '' ELSE nspname || '.' END || relname,
  c.relkind::text, pg_relation_filenode(c.oid), coalesce(pg_stat_get_xact_numscans(c.oid), 0),
  indrelid
FROM pg_class c
JOIN pg_namespace n ON n.oid = relnamespace
LEFT JOIN pg_index ON indexrelid = c.oid
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
  AND c.relkind IN ('r', 'p', 'm', 'i', 'I')
"""
_LOCKS: LiteralString = """
SELECT relation, mode FROM pg_locks WHERE locktype = 'relation' AND pid = %s
"""


@dataclass(frozen=True)
class Measured:
    """Of the tables and materialized views that were there before the transaction: the strongest
    lock that the statement took anew and the strongest that is held after it, as positions in
    MODES; which were read from end to end; and which of them, or of their indexes, have new files.
    ``indexed`` are those of which an index was built or rebuilt, ``views`` the materialized views,
    which nobody writes to.
    """

    taken: dict[str, int]
    held: dict[str, int]
    scanned: frozenset[str]
    rewritten: frozenset[str]
    indexed: frozenset[str]
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
        born = _relations(connection).keys()
        for statement in statements:
            before, held = _relations(connection), _locks(connection)
            connection.execute(statement.encode())
            after, locks = _relations(connection), _locks(connection)
            found.append(_measured(before, after, locks - held, locks, born))
    return found


def observe(
    connection: psycopg.Connection[Any],
    statement: str,
    connect: Callable[[], psycopg.Connection[Any]],
) -> Measured:
    """What a statement does that runs in no transaction, watched while it waits for others.

    Each table has a session that keeps it from being altered, until the statement waits for that.
    What it locks only where nothing makes it wait is not seen, nor what it reads.
    """
    before = _relations(connection)
    locks: set[tuple[int, str]] = set()
    with ExitStack() as stack:
        others = {}
        for name, kind, *_ in before.values():
            if kind in "rp":
                other = stack.enter_context(connect())
                other.autocommit = False
                table = sql.Identifier(*name.rsplit(".", 1))
                other.execute(sql.SQL("LOCK TABLE ONLY {} IN ROW EXCLUSIVE MODE").format(table))
                others[other.info.backend_pid] = other
        watcher = stack.enter_context(connect())
        pid = connection.info.backend_pid
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(connection.execute, statement.encode())
            try:
                while not running.done():
                    row = watcher.execute("SELECT pg_blocking_pids(%s)", [pid]).fetchone()
                    blockers = [other for other in row[0] if other in others] if row else []
                    if blockers:
                        locks |= set(watcher.execute(_LOCKS, [pid]))
                    for blocker in blockers:
                        others[blocker].rollback()
            finally:
                for other in others.values():
                    other.rollback()
            running.result()
    return _measured(before, _relations(connection), locks, locks, before.keys())


class Relation(NamedTuple):
    """``kind`` as in pg_class, ``scans`` how often it was read in this transaction, ``table`` that
    of an index.
    """

    name: str
    kind: str
    file: int | None
    scans: int
    table: int | None


def _measured(
    before: dict[int, Relation],
    after: dict[int, Relation],
    taken: set[tuple[int, str]],
    held: set[tuple[int, str]],
    born: Collection[int],
) -> Measured:
    before = {oid: relation for oid, relation in before.items() if oid in born}
    tables = {oid: r for oid, r in before.items() if r.kind not in "iI"}
    changed = {oid for oid, r in before.items() if oid in after and after[oid].file != r.file}
    built = [r.table for oid, r in after.items() if oid in changed or oid not in before]
    return Measured(
        taken=_strongest(taken, tables),
        held=_strongest(held, tables),
        scanned=frozenset(
            r.name for oid, r in tables.items() if oid in after and after[oid].scans > r.scans
        ),
        rewritten=frozenset(before[oid].name for oid in changed),
        indexed=frozenset(tables[oid].name for oid in built if oid in tables),
        views=frozenset(r.name for r in tables.values() if r.kind == "m"),
    )


def _relations(connection: psycopg.Connection[Any]) -> dict[int, Relation]:
    return {oid: Relation(*rest) for oid, *rest in connection.execute(_RELATIONS)}


def _locks(connection: psycopg.Connection[Any]) -> set[tuple[int, str]]:
    return set(connection.execute(_LOCKS, [connection.info.backend_pid]))


def _strongest(locks: set[tuple[int, str]], tables: dict[int, Relation]) -> dict[str, int]:
    found: dict[str, int] = {}
    for oid, mode in locks:
        if oid in tables:
            name = tables[oid].name
            found[name] = max(found.get(name, -1), MODES.index(mode))
    return found
