from __future__ import annotations

import pytest

from checker.model import LockMode, TableLock
from checker.witness.trace.locks import MODES, Lock, held_of, strongest, table_locks


def test_the_words_of_pg_locks() -> None:
    assert held_of(
        [(1, "AccessShareLock"), (2, "ShareUpdateExclusiveLock"), (3, "SIReadLock")]
    ) == {
        (1, "ACCESS SHARE"),
        (2, "SHARE UPDATE EXCLUSIVE"),
    }
    words = ["".join(p.capitalize() for p in mode.split()) + "Lock" for mode in MODES]
    assert len(held_of(list(enumerate(words)))) == len(MODES) == 8


@pytest.mark.parametrize(
    ("modes", "expected"),
    [
        (("SHARE", "ROW EXCLUSIVE"), "SHARE"),
        (("EXCLUSIVE", "ACCESS EXCLUSIVE", "SHARE ROW EXCLUSIVE"), "ACCESS EXCLUSIVE"),
        (("ACCESS SHARE", "ROW SHARE"), "ROW SHARE"),
    ],
)
def test_the_strongest_mode(modes: tuple[LockMode, ...], expected: LockMode) -> None:
    assert strongest(modes) == expected


def test_a_lock_on_an_index_is_one_on_its_table() -> None:
    locks = [
        Lock("t", "t", "SHARE"),
        Lock("t_i", "t", "ACCESS EXCLUSIVE"),
        Lock("t", "t", "ROW EXCLUSIVE", held=True),
        Lock("a_view", None, "ACCESS EXCLUSIVE"),
        Lock("other.u", "other.u", "ACCESS SHARE"),
    ]
    assert table_locks(locks) == (
        TableLock("other.u", "ACCESS SHARE"),
        TableLock("t", "ACCESS EXCLUSIVE"),
        TableLock("t", "ROW EXCLUSIVE", held=True),
    )
