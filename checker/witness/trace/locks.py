"""The modes of locks on tables, from weak to strong, and what a statement took of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from msgspec import Struct

from checker.model import LockMode, TableLock

MODES: tuple[LockMode, ...] = get_args(LockMode)
# pg_locks writes them in one word (PostgreSQL docs 54.12).
_BY_WORD: dict[str, LockMode] = {
    "".join(part.capitalize() for part in mode.split()) + "Lock": mode for mode in MODES
}

Held = frozenset[tuple[int, LockMode]]


class Lock(Struct, frozen=True):
    """The strongest lock on a relation that was there at the start. ``table`` is the one that it
    is or is a part of, None for a view or a sequence. ``held`` as in ``TableLock``.
    """

    relation: str
    table: str | None
    mode: LockMode
    held: bool = False


def held_of(locks: Iterable[tuple[int, str]]) -> Held:
    """Rows of pg_locks; what is no lock on a table's level (SIReadLock) is left out."""
    return frozenset((oid, _BY_WORD[word]) for oid, word in locks if word in _BY_WORD)


def strongest(modes: Iterable[LockMode]) -> LockMode:
    return max(modes, key=MODES.index)


def strongest_by_relation(held: Held) -> dict[int, LockMode]:
    found: dict[int, LockMode] = {}
    for oid, mode in held:
        found[oid] = strongest((mode, found.get(oid, mode)))
    return found


def table_locks(locks: Iterable[Lock]) -> tuple[TableLock, ...]:
    """The strongest lock on each table: a lock on an index keeps others from the table, as every
    query that reads the table opens its indexes.
    """
    found: dict[tuple[str, bool], LockMode] = {}
    for lock in locks:
        if lock.table is not None:
            place = (lock.table, lock.held)
            found[place] = strongest((lock.mode, found.get(place, lock.mode)))
    return tuple(TableLock(table, mode, held) for (table, held), mode in sorted(found.items()))
