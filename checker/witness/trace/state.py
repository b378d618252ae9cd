"""What a statement did, told from what was seen before and after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from checker.model import Command, Drop, LockMode, Observation, Statement, Work
from checker.pg.session import ServerError
from checker.witness.trace.cost import Access, Touched, classify
from checker.witness.trace.locks import Held, Lock, held_of, strongest_by_relation, table_locks
from checker.witness.trace.recording import (
    Counted,
    Event,
    Recorded,
    WatchedRelation,
    command_of,
    drop_of,
    qualified,
    reason_of,
)

TABLES = ("r", "p", "m", "f")


class Traced(Struct, frozen=True):
    """What one statement did. All tables and relations are those from before the first migration,
    with the names that they had then.

    ``error`` is the first failure, also where the statement ``ran`` in a later attempt.
    ``rewrites`` are tables that were given new files, with PostgreSQL's reason or an empty text
    where it tells none (TRUNCATE, CLUSTER, REFRESH); ``indexes`` those built or rebuilt, by table.
    ``touched`` is None where nothing was counted.
    """

    migration: str
    statement: Statement
    commands: tuple[Command, ...] = ()
    drops: tuple[Drop, ...] = ()
    locks: tuple[Lock, ...] = ()
    rewrites: Mapping[str, str] = {}
    scans: tuple[str, ...] = ()
    indexes: Mapping[str, tuple[str, ...]] = {}
    touched: Mapping[str, Touched] | None = None
    error: ServerError | None = None
    ran: bool = True

    @property
    def worked_on(self) -> frozenset[str]:
        """The tables that it read, changed, dropped or locked, and not merely found locked."""
        counted = (self.touched or {}).items()
        return frozenset({
            *(lock.relation for lock in self.locks if not lock.held and lock.table is None),
            *(lock.table for lock in self.locks if not lock.held and lock.table is not None),
            *(table for table, work in counted if work.any),
            *self.rewrites,
            *self.scans,
            *(drop.table or drop.name for drop in self.drops),
        })  # fmt: skip

    @property
    def access(self) -> Access:
        if self.statement.kind == "ANALYZE":
            return "sample"
        return "command" if self.commands else "executor"


class State:
    """What is known of the relations while the migrations run. It is told of each statement."""

    def __init__(self, relations: Mapping[int, WatchedRelation]) -> None:
        self.relations = dict(relations)
        self._taken: set[tuple[int, LockMode]] = set()

    def committed(self) -> None:
        """A transaction ended, and its locks with it."""
        self._taken.clear()

    def undone(self, seen: Recorded) -> None:
        """A transaction, or a part of it, was rolled back: files are the old ones again."""
        for counted in seen.relations:
            if relation := self.relations.get(counted.oid):
                relation.filenode, relation.pages = counted.filenode, counted.pages

    def traced(
        self,
        migration: str,
        statement: Statement,
        before: Recorded,
        after: Recorded,
        *,
        watched: Held | None = None,
        counted: bool = True,
    ) -> Traced:
        """What happened between two moments. ``watched`` are the locks of a statement that ran
        outside of a transaction; ``counted`` says that the figures of both are to be trusted.
        """
        events = after.events
        old = {c.oid: c for c in before.relations}
        reasons = dict(reason_of(e) for e in events if e.what == "r")
        changes = [
            _Change(relation, c, old.get(c.oid))
            for c in after.relations
            if (relation := self._relation(c))
        ]
        rewrites = {
            c.relation.name: reasons.get(c.relation.oid, "")
            for c in changes
            if c.new_file and c.relation.kind in TABLES
        }
        indexes: dict[str, tuple[str, ...]] = {}
        for change in changes:
            if change.new_file and change.relation.is_index:
                table = self.relations[change.relation.table].name
                indexes[table] = (*indexes.get(table, ()), change.relation.name)
        if watched is None:
            locks = self._locks(held_of(before.locks), held_of(after.locks))
        else:
            locks = self._named(watched | _inferred(changes, statement.kind), held=False)
        touched = self._touched(changes) if counted else None
        scanned = {c.relation.name for c in changes if c.scans and c.relation.kind in TABLES}
        for change in changes:
            change.settle()
        return Traced(
            migration,
            statement,
            commands=tuple(command_of(e) for e in events if e.what == "c"),
            drops=self._drops(events),
            locks=locks,
            rewrites=rewrites,
            scans=tuple(sorted(scanned)) if counted else (),
            indexes=indexes,
            touched=touched,
        )

    def _relation(self, counted: Counted) -> WatchedRelation | None:
        """The relation as it was at the start; an index is one of its table's from when it is
        seen first.
        """
        relation = self.relations.get(counted.oid)
        table = self.relations.get(counted.index_of)
        if relation is None and table is not None and table.kind in TABLES:
            name = qualified(counted.schema, counted.name)
            # An index that is made anew may be given the file of the one that it replaces.
            filenode = counted.filenode if counted.filenode in self._filenodes() else -1
            relation = WatchedRelation(
                counted.oid, name, counted.kind, table.oid, filenode, 0, new=True
            )
            self.relations[counted.oid] = relation
        return relation

    def _filenodes(self) -> set[int]:
        return {relation.filenode for relation in self.relations.values() if relation.filenode}

    def _locks(self, before: Held, after: Held) -> tuple[Lock, ...]:
        held = before & self._taken
        taken = after - before
        self._taken |= taken
        return self._named(taken, held=False) + self._named(held, held=True)

    def _named(self, locks: Held, *, held: bool) -> tuple[Lock, ...]:
        found = []
        for oid, mode in strongest_by_relation(locks).items():
            relation = self.relations.get(oid)
            if relation is None or relation.new or relation.is_toast:
                continue
            table = self.relations.get(relation.table)
            found.append(Lock(relation.name, table.name if table else None, mode, held))
        return tuple(sorted(found, key=lambda lock: lock.relation))

    def _drops(self, events: list[Event]) -> tuple[Drop, ...]:
        return tuple(drop_of(e, self.relations) for e in events if e.what == "d")

    def _touched(self, changes: list[_Change]) -> dict[str, Touched]:
        found: dict[str, Touched] = {}
        for change in changes:
            if table := self.relations.get(change.relation.table):
                found[table.name] = change.added_to(found.get(table.name, Touched(table.pages)))
        return found


class _Change:
    """How the figures of one relation changed between two moments."""

    def __init__(self, relation: WatchedRelation, now: Counted, before: Counted | None) -> None:
        self.relation = relation
        self._now = now
        self.new_file = now.filenode != relation.filenode
        self.scans = now.scans - (before.scans if before else 0)
        self.blocks = now.blocks - (before.blocks if before else 0)
        self.changed = now.changed - (before.changed if before else 0)
        self.inserted = now.inserted - (before.inserted if before else 0)

    def added_to(self, touched: Touched) -> Touched:
        """What was done to a table, with this relation, which is the table or a part of it."""
        if self.relation.kind in TABLES:
            return replace(
                touched,
                blocks=self.blocks,
                scans=self.scans,
                changed=self.changed,
                inserted=self.inserted,
                rewritten=self._now.pages if self.new_file else None,
            )
        touched = replace(touched, part_blocks=touched.part_blocks + self.blocks)
        if not self.relation.is_index:
            return touched
        built = touched.built
        if self.new_file:
            built = {**built, self.relation.name: self._now.pages}
        return replace(touched, probes=touched.probes + self.scans, built=built)

    def settle(self) -> None:
        """From now on this is how the relation is."""
        self.relation.filenode, self.relation.pages = self._now.filenode, self._now.pages


def _inferred(changes: Iterable[_Change], kind: str) -> Held:
    """The locks without which this could not have happened (PostgreSQL docs 13.3.1)."""
    found: set[tuple[int, LockMode]] = set()
    for change in changes:
        if change.relation.kind not in TABLES:
            continue
        oid = change.relation.oid
        if change.new_file:
            found.add((oid, "ACCESS EXCLUSIVE"))
        elif kind == "VACUUM" and change.blocks:
            found.add((oid, "SHARE UPDATE EXCLUSIVE"))
        elif change.changed or change.inserted:
            found.add((oid, "ROW EXCLUSIVE"))
        elif change.scans:
            found.add((oid, "ACCESS SHARE"))
    return frozenset(found)


def observation(small: Traced, large: Traced | None = None) -> Observation:
    """What was seen of one statement, on smaller tables and, if it ran there too, on larger ones.

    Losses and failures on rows are the caller's to add.
    """
    statement = small.statement
    measured = bool(
        small.ran
        and large is not None
        and large.ran
        and small.touched is not None
        and large.touched is not None
    )
    return Observation(
        migration=small.migration,
        start=statement.start,
        line=statement.line,
        end_line=statement.end_line,
        kind=statement.kind,
        commands=small.commands,
        drops=small.drops,
        locks=table_locks(small.locks),
        work=tuple(_work(small, large if measured else None)),
        measured=measured,
    )


def _work(small: Traced, large: Traced | None) -> Iterator[Work]:
    for table, touched in sorted((small.touched or {}).items()):
        other = (large.touched or {}).get(table, touched) if large else None
        reason = small.rewrites.get(table)
        work = classify(table, touched, other, access=small.access, reason=reason)
        if work:
            yield work
