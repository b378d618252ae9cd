"""Which locks a statement takes that refuses a transaction, seen from other sessions.

Looking again and again would see now this lock and now that. Instead the statement is made to stop
where it takes its locks: the watcher holds locks on all tables beforehand, and what the stopped
statement holds and waits for is the same in every run.

* At the first lock of any mode: the watcher holds ACCESS EXCLUSIVE, which conflicts with all.
* Was that a weak one, as VACUUM takes to find its table, then at the first of the stronger ones:
  it holds SHARE UPDATE EXCLUSIVE.
* From then on it holds ROW EXCLUSIVE. SHARE and stronger modes wait for that (PostgreSQL docs
  13.3.1); and CONCURRENTLY waits, with its own locks held, for every transaction that could still
  use the old state (docs, CREATE INDEX, "Building Indexes Concurrently"). As ROW EXCLUSIVE does not
  conflict with itself, two sessions take turns: one lets go what the other holds already.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import TypeVar

import psycopg

from checker.pg.connection import Connection, connect_superuser, run
from checker.witness.trace.locks import Held, held_of

T = TypeVar("T")

INTERVAL = 0.001  # seconds between two looks
TURNS = 100  # how often the statement is stopped at most
_WEAK = {"AccessShareLock", "RowShareLock", "RowExclusiveLock"}
_CONFLICTING = {
    "ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock",
}  # fmt: skip
_TABLES = """
SELECT c.oid::bigint, format('%%I.%%I', n.nspname, c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY (%s) AND c.relkind IN ('r', 'p') ORDER BY c.oid
"""
_LOCKS = """
SELECT locktype, relation::bigint, mode, granted, virtualxid FROM pg_catalog.pg_locks
WHERE pid = %s AND (locktype = 'relation' OR NOT granted)
"""


def watch(
    superuser: Mapping[str, str], process: int, tables: Collection[int], work: Callable[[], T]
) -> tuple[T, Held]:
    """Does some work in the session of a server process, and says which locks on relations it held
    or waited for wherever the watcher stopped it.

    Raises psycopg.Error where the watcher loses its connections.
    """
    with ExitStack() as stack:
        sessions = [stack.enter_context(connect_superuser(superuser)) for _ in range(2)]
        executor = stack.enter_context(ThreadPoolExecutor(1))
        watcher = _Watcher(sessions, process, tables)
        try:
            watcher.stop_everything()
            future = executor.submit(work)
            watcher.follow(future)
        finally:  # or the work would wait for us, and we for it
            for session in sessions:
                with suppress(psycopg.Error):
                    run(session, "ROLLBACK")
                session.close()
        return future.result(), held_of(watcher.seen)


class _Watcher:
    def __init__(self, sessions: list[Connection], process: int, tables: Collection[int]) -> None:
        self._holder, self._other = sessions
        self._process = process
        self._tables: dict[int, str] = dict(
            self._other.execute(_TABLES.encode(), (list(tables),)).fetchall()
        )
        self.seen: set[tuple[int, str]] = set()

    def stop_everything(self) -> None:
        try:
            run(self._holder, "BEGIN; SET LOCAL lock_timeout = '5s'")
            self._lock(self._tables, "ROW EXCLUSIVE")
            run(self._holder, "SAVEPOINT row_exclusive")
            self._lock(self._tables, "SHARE UPDATE EXCLUSIVE")
            run(self._holder, "SAVEPOINT share_update_exclusive")
            self._lock(self._tables, "ACCESS EXCLUSIVE")
        except psycopg.Error:  # more tables than the server has room for locks
            self._release(self._holder)

    def follow(self, future: Future[T]) -> None:
        """Lets the work go on from stop to stop, until it is done."""
        turns = 0
        stepped_down = False
        while not future.done():
            rows = self._other.execute(_LOCKS.encode(), (self._process,)).fetchall()
            waiting = [row for row in rows if not row[3]]
            if not waiting or turns > TURNS:
                time.sleep(INTERVAL)
                continue
            self.seen |= {(row[1], row[2]) for row in rows if row[0] == "relation"}
            turns += 1
            if turns == 1 and waiting[0][2] in _WEAK:
                run(self._holder, "ROLLBACK TO share_update_exclusive")
            elif not stepped_down:
                run(self._holder, "ROLLBACK TO row_exclusive")
                stepped_down = True
            else:
                self._take_turns({r[1] for r in rows if r[1] and r[2] in _CONFLICTING})
            if turns > TURNS:
                self._release(self._holder)
            # The same stop must not be taken for the next one.
            self._await_change(future, waiting)

    def _take_turns(self, taken: set[int]) -> None:
        """The other session holds what the statement does not want for itself; the first ends."""
        old, self._holder, self._other = self._holder, self._other, self._holder
        run(self._holder, "BEGIN; SET LOCAL lock_timeout = '100ms'")
        try:
            self._lock({o: n for o, n in self._tables.items() if o not in taken}, "ROW EXCLUSIVE")
        except psycopg.errors.LockNotAvailable:
            self._release(self._holder)
        self._release(old)

    def _lock(self, tables: Mapping[int, str], mode: str) -> None:
        if tables:
            run(self._holder, f"LOCK TABLE {', '.join(tables.values())} IN {mode} MODE")

    def _release(self, session: Connection) -> None:
        with suppress(psycopg.Error):
            run(session, "ROLLBACK")

    def _await_change(self, future: Future[T], waiting: list[tuple[object, ...]]) -> None:
        deadline = time.monotonic() + 1
        while not future.done() and time.monotonic() < deadline:
            rows = self._other.execute(_LOCKS.encode(), (self._process,)).fetchall()
            if [row for row in rows if not row[3]] != waiting:
                return
            time.sleep(INTERVAL)
