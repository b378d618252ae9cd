"""One table before and after a statement, its partitions put together.

A row may go from one partition to another, and the same column has another number in each: so all
partitions of a table are read as one, also one that has been detached since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from checker.witness.losses.snapshot import ColumnSnapshot, Row, Snapshot, TableSnapshot
from checker.witness.losses.values import canonical


class TableSide(NamedTuple):
    """Some columns of a table at one moment, by number; values are canonical."""

    kinds: dict[int, str]
    rows: list[Row]


class ComparedTable:
    """A table that was there before. ``head`` is the table itself, of a partitioned one the root;
    ``members`` are the relations in which its rows stood.
    """

    def __init__(
        self, head: TableSnapshot, members: list[TableSnapshot], before: Snapshot, after: Snapshot
    ) -> None:
        self.head = head
        self.members = members
        self._oids = {member.oid: member for member in members}
        self._before = before
        self._after = after

    @cached_property
    def _remaining(self) -> list[TableSnapshot]:
        """Where the rows can be now."""
        return [
            relation
            for relation in self._after.relations.values()
            if relation.oid in self._oids
            or (relation.root == self.head.oid and not relation.partitioned)
        ]

    @cached_property
    def _new_head(self) -> TableSnapshot | None:
        """The relation that tells which columns there are now; None where the table is gone."""
        return self._after.relations.get(self.head.oid) or next(iter(self._remaining), None)

    @property
    def dropped(self) -> bool:
        return self._new_head is None

    @property
    def readable(self) -> bool:
        """Whether its rows could be read both times."""
        return all(r.held is not None for r in (*self.members, *self._remaining))

    @property
    def untouched(self) -> bool:
        """Whether all is as it was, which needs no look at the rows."""
        return len(self._remaining) == len(self.members) and all(
            old is not None and old.held == new.held and old.columns == new.columns
            for new in self._remaining
            for old in [self._oids.get(new.oid)]
        )

    @cached_property
    def kept(self) -> list[ColumnSnapshot]:
        """The columns that are still there, as they were before."""
        if self._new_head is None:
            return []
        places = self._new_places(self._new_head)
        return [c for c in self.head.columns if c.number in places]

    def before(self) -> list[Row]:
        """The rows as they were, with the values of all columns; labels under their name now."""
        rows: list[Row] = []
        for member in self.members:
            places = {column.name: place for place, column in enumerate(member.columns)}
            order = [(places[column.name], column.kind) for column in self.head.columns]
            rows += _canonical(member.rows, order)
        renamed = [self._renamed(column) for column in self.head.columns]
        if any(renamed):
            rows = [
                tuple(
                    names.get(value, value) if value is not None else None
                    for value, names in zip(row, renamed, strict=True)
                )
                for row in rows
            ]
        return rows

    def _renamed(self, column: ColumnSnapshot) -> dict[str, str]:
        """What the labels of an enum are called now that are called otherwise."""
        old = self._before.labels.get(column.type, {}) if column.kind == "enum" else {}
        new = self._after.labels.get(column.type, {})
        return {name: new[oid] for oid, name in old.items() if new.get(oid, name) != name}

    def after(self) -> TableSide:
        """The rows as they are, with the columns that were kept and then those that are new."""
        if self._new_head is None:
            return TableSide({}, [])
        columns = [self._now(column) for column in self.kept] + self._added
        rows: list[Row] = []
        for relation in self._remaining:
            places = self._new_places(relation)
            order = [(places.get(column.number), column.kind) for column in columns]
            rows += _canonical(relation.rows, order)
        return TableSide({column.number: column.kind for column in columns}, rows)

    @cached_property
    def _added(self) -> list[ColumnSnapshot]:
        """The columns that are new; not asked of a partition whose table is gone."""
        if self._new_head is None or self._new_head.oid != self.head.oid:
            return []
        return [c for c in self._new_head.columns if c.number not in self.head.places]

    def _now(self, column: ColumnSnapshot) -> ColumnSnapshot:
        assert self._new_head is not None
        place = self._new_places(self._new_head)[column.number]
        return ColumnSnapshot(column.number, column.name, self._new_head.columns[place].kind)

    def _new_places(self, relation: TableSnapshot) -> dict[int, int]:
        """Where in a row of this relation the columns stand, by their number in the head."""
        if relation.oid == self.head.oid:
            return relation.places
        names = {column.name: place for place, column in enumerate(relation.columns)}
        member = self._oids.get(relation.oid)
        if member is None:
            columns = self._after.relations[self.head.oid].columns
            return {c.number: names[c.name] for c in columns if c.name in names}
        own = {column.name: column.number for column in member.columns}  # is what it was
        places = {c.number: relation.places.get(own[c.name]) for c in self.head.columns}
        places |= {column.number: names.get(column.name) for column in self._added}
        return {number: place for number, place in places.items() if place is not None}


def _canonical(rows: tuple[Row, ...], order: Sequence[tuple[int | None, str]]) -> list[Row]:
    return [
        tuple(
            None if place is None or (value := row[place]) is None else canonical(value, kind)
            for place, kind in order
        )
        for row in rows
    ]


def tables(before: Snapshot, after: Snapshot) -> list[ComparedTable]:
    """Every table that had rows, each with what has become of it."""
    members: defaultdict[int, list[TableSnapshot]] = defaultdict(list)
    for relation in before.relations.values():
        root = relation.root if relation.root in before.relations else relation.oid
        if not relation.partitioned:
            members[root].append(relation)
    return [
        ComparedTable(before.relations[root], found, before, after)
        for root, found in members.items()
        if any(member.held != "[]" for member in found)
    ]
