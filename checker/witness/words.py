"""Words for what the replay saw. They carry names between backticks: renderers make them safe."""

from __future__ import annotations

from checker.model import Cost, DataFailure, LockMode, Loss, Spared, TableLock, Work

WAITS: dict[LockMode, str] = {
    "SHARE": "writes wait",
    "SHARE ROW EXCLUSIVE": "writes wait",
    "EXCLUSIVE": "writes wait",
    "ACCESS EXCLUSIVE": "reads and writes wait",
}
"""Who waits for whom holds the lock; nobody that matters to an application for the others."""
WORK: dict[Cost, str] = {
    "constant": "",
    "scan": "all of it is read",
    "index": "an index is built over all of it",
    "rewrite": "all of it is rewritten",
}


def loss_words(loss: Loss) -> str:
    """``60 of 60 values of `User.email` are gone``."""
    if loss.kind == "rows":
        what = f"rows of `{loss.table}` are gone"
    elif loss.kind == "column":
        what = f"values of `{loss.table}.{loss.column}` are gone"
    else:
        what = f"values of `{loss.table}.{loss.column}` are not what they were"
    said = f"{loss.lost:,} of {loss.total:,} {what}"
    if loss.moved_to:
        places = ", ".join(f"`{place}`" for place in loss.moved_to)
        said += f", and all of them found again in {places}"
    return said


def spared_words(spared: Spared) -> str:
    """The table or column, and why nothing of it was lost."""
    name = spared.table if spared.column is None else f"{spared.table}.{spared.column}"
    return f"`{name}`: {spared.reason}"


def failure_words(failure: DataFailure) -> str:
    """``fails with 23505 on two rows with the same `email` ``."""
    return f"fails with {failure.sqlstate} on {failure.rows}"


def lock_words(lock: TableLock) -> str:
    """``ACCESS EXCLUSIVE on `User` ``."""
    return f"{lock.mode} on `{lock.table}`"


def work_words(work: Work, lock: TableLock | None = None) -> str:
    """What is done to the whole table, and under which lock."""
    said = f"{WORK[work.cost]}"
    if work.reason:
        said += f" ({work.reason})"
    return f"{lock_words(lock)} while {said}" if lock is not None else f"`{work.table}`: {said}"
