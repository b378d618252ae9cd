"""What the replay saw of a statement and no finding reports: it becomes a finding of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from checker.model import (
    Finding,
    LockMode,
    Loss,
    Migration,
    Observation,
    Statement,
    TableLock,
    Unread,
    Work,
)
from checker.model.changes import (
    DEFAULT_SCHEMA,
    AlterColumnType,
    AlterTable,
    Change,
    DeleteRows,
    MoveTable,
    Name,
    RenameTable,
    TruncateTable,
    UpdateRows,
)
from checker.rules import Context, find_rule, rules_by_fact
from checker.sql.catalog.catalog import Catalog
from checker.verdict.settings import Judged

MODES: tuple[LockMode, ...] = get_args(LockMode)
FELT: tuple[LockMode, ...] = ("SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE")
"""The locks that writers wait for (PostgreSQL docs 13.3.1)."""
_MUCH = 4  # a quarter of the values
RAISED = "P0001"  # raise_exception (PostgreSQL docs, Appendix A)


def rename(names: dict[str, str], changes: Iterable[Change]) -> None:
    """Keep the names that tables had before the pull request, by those that they have now."""
    for change in changes:
        if isinstance(change, RenameTable | MoveTable):
            old = _plain(change.table)
            to = Name(change.table.name, change.to)
            if isinstance(change, RenameTable):
                to = Name(change.to, change.table.schema)
            names[_plain(to)] = names.pop(old, old)


def felt_work(observation: Observation) -> Iterator[tuple[Work, TableLock]]:
    """The work that grows with a table while others wait for a lock on it."""
    for work in observation.work:
        locks = [lock for lock in observation.locks if lock.table == work.table]
        strongest = max(locks, key=lambda lock: MODES.index(lock.mode), default=None)
        if work.cost != "constant" and strongest is not None and strongest.mode in FELT:
            yield work, strongest


def unread(
    statement: Statement,
    observation: Observation,
    reported: Iterable[Finding],
    names: Mapping[str, str],
) -> list[Unread]:
    """What the replay saw of a statement and none of its findings reports.

    ``names`` are those that renamed tables had before, which is what observations call them.
    """
    claimed = {claim for finding in reported for claim in find_rule(finding.rule).claims}
    facts: list[Unread] = []
    if "loss" not in claimed:
        facts += [
            Unread(loss=loss)
            for loss in observation.losses
            if not loss.moved_to and not _intended(statement.changes, loss, names)
        ]
    if observation.failure is not None:
        # What a block of the migration raises itself is its author's own check.
        own = statement.kind == "DO" and observation.failure.sqlstate == RAISED
        facts += [Unread(failure=observation.failure)] if not (own or "failure" in claimed) else []
    elif "work" not in claimed:
        facts += [
            Unread(work=work, lock=lock.mode)
            for work, lock in felt_work(observation)
            if not (lock.held and work.cost == "scan")  # it adds little to what took the lock
        ]
    return facts


def findings_of(
    judged: Judged,
    migration: Migration,
    statement: Statement,
    facts: Iterable[Unread],
    before: Catalog,
) -> Iterator[Finding]:
    """What the rules say of it; ``before`` is the schema before the statement."""
    for fact in facts:
        for rule in rules_by_fact().get(Unread, ()):
            context = Context(
                rule,
                judged.project,
                judged.history,
                before=before,
                statement=statement,
                migration=migration,
                fact=fact,
            )
            yield from rule.check(fact, context)


def _intended(changes: Iterable[Change], loss: Loss, names: Mapping[str, str]) -> bool:
    """Whether the statement says itself that it deletes rows of the table or sets its values.

    It does not say that all of them are taken where other tables decide, nor that an expression
    after USING makes much of them alike, as no lower() does. The rows of a partition that is
    detached are still there, in a table of their own.
    """
    every = loss.lost == loss.total
    much = loss.alike and loss.lost * _MUCH >= loss.total
    for change in changes:
        match change:
            case DeleteRows() if loss.kind == "rows" and not (change.joined and every):
                table = _plain(change.table)
            case TruncateTable() if loss.kind == "rows":
                table = _plain(change.table)
            case AlterTable() if loss.kind == "rows" and change.what == "DETACH PARTITION":
                table = _plain(change.table)
            case AlterColumnType() if change.using is not None and not much:
                table = _plain(change.table)
            case UpdateRows() if loss.kind == "values" and not (change.joined and every):
                table = _plain(change.table)
            case _:
                continue
        if names.get(table, table) == loss.table:
            return True
    return False


def _plain(name: Name) -> str:
    """A table as observations name it."""
    return str(name).removeprefix(f"{DEFAULT_SCHEMA}.")
