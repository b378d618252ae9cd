"""Which rows and values were there before a statement and are not there after it.

Tables and columns are told by their oid and number, which survive renames. New rows, values for
what was NULL, and a value that only is written otherwise in its new type are no losses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from checker.model import Loss, Spared
from checker.witness.losses.matching import match
from checker.witness.losses.moved import Finder, is_copied
from checker.witness.losses.snapshot import ColumnSnapshot, Row, Snapshot
from checker.witness.losses.tables import ComparedTable, TableSide, tables
from checker.witness.losses.values import same

_FINITE = ("enum", "bool")  # of whose values each can have another name


class LossComparison(Struct, frozen=True):
    """What was lost, and what is gone without being a loss."""

    losses: tuple[Loss, ...] = ()
    spared: tuple[Spared, ...] = ()


def compare(before: Snapshot, after: Snapshot, start: Snapshot | None = None) -> LossComparison:
    """What is lost between two snapshots of the same tables.

    ``start`` is how all was before the pull request (``before``, where none is given): only what
    was there then can be lost, under the name that it had then.
    """
    start = start or before
    finder = Finder(start, after)
    losses: list[Loss] = []
    spared: list[Spared] = []
    for table in tables(before, after):
        if table.untouched or not table.readable:
            continue
        known = start.relations.get(table.head.oid)
        if known is None:
            if table.dropped:
                spared.append(Spared(table.head.label, "this pull request made the table"))
            continue
        compared = _Compared(table, {c.number: c.name for c in known.columns}, known.label, finder)
        losses += compared.losses()
        spared += compared.spared
    return LossComparison(tuple(losses), tuple(spared))


def confirm(found: LossComparison, whole: LossComparison) -> LossComparison:
    """What a statement lost that is still lost at the end of the pull request.

    ``whole`` compares the end with the start: what a later statement has given back is no loss,
    and what it was moved to at last is taken from there.
    """
    rows = {loss.table: loss for loss in whole.losses if loss.kind == "rows"}
    columns = {(loss.table, loss.column): loss for loss in whole.losses if loss.kind != "rows"}
    losses, spared = [], list(found.spared)
    for loss in found.losses:
        last = columns.get((loss.table, loss.column)) or rows.get(loss.table)
        if last is None:
            parts = [part for (table, _), part in columns.items() if table == loss.table]
            if loss.kind != "rows" or not parts:
                spared.append(Spared(loss.table, "it is there again at the end", loss.column))
                continue
        moved = last.moved_to if last is not None and last.kind == loss.kind else ()
        moved = moved or loss.moved_to
        losses.append(replace(loss, moved_to=moved))
    return LossComparison(tuple(losses), tuple(spared))


class _Compared:
    """One table, row by row. ``names`` are those of the columns at the start, by number."""

    def __init__(
        self, table: ComparedTable, names: dict[int, str], label: str, finder: Finder
    ) -> None:
        self._table = table
        self._names = names
        self._label = label
        self._finder = finder
        self._places = table.head.places
        self._before = table.before()
        self._now: TableSide = table.after()
        self._kept = table.kept
        self.spared: list[Spared] = []
        paired = {} if table.dropped else dict(self._match())
        self._pairs = [(row, self._now.rows[paired[i]]) for i, row in self._rows() if i in paired]
        self._lost = [row for i, row in self._rows() if i not in paired]

    def losses(self) -> list[Loss]:
        found = self._rows_lost()
        kept = {column.number: place for place, column in enumerate(self._kept)}
        for column in self._table.head.columns:
            if column.number in kept:
                found += self._changed(column, kept[column.number])
            elif self._pairs:
                found += self._gone(column)
        return found

    def _rows(self) -> list[tuple[int, Row]]:
        return list(enumerate(self._before))

    def _match(self) -> list[tuple[int, int]]:
        places = [self._places[column.number] for column in self._kept]
        index = {column.number: place for place, column in enumerate(self._kept)}
        old = [tuple(row[place] for place in places) for row in self._before]
        new = [row[: len(places)] for row in self._now.rows]
        keys = [
            [index[n] for n in key] for key in self._table.head.keys if all(n in index for n in key)
        ]
        return match(old, new, keys, self._same)

    def _same(self, place: int, old: str, new: str) -> bool:
        column = self._kept[place]
        return same(old, column.kind, new, self._now.kinds[column.number])

    def _rows_lost(self) -> list[Loss]:
        """The rows that are gone: as such, or column by column where only some were copied."""
        lost, total = len(self._lost), len(self._before)
        if not lost:
            return []
        head = self._table.head
        values = {c: _values(self._lost, self._places[c.number]) for c in head.columns}
        held = {column: own for column, own in values.items() if own}
        moved = self._finder.find_rows(held, head.keys, apart_from=head.oid)
        if len(moved) in (0, len(held)):
            return [Loss(self._label, "rows", lost, total, None, tuple(moved.values()))]
        return [
            Loss(
                self._label,
                "column",
                len(own),
                len(_values(self._before, self._places[column.number])),
                self._names.get(column.number, column.name),
                (moved[column],) if column in moved else (),
            )
            for column, own in held.items()
        ]

    def _gone(self, column: ColumnSnapshot) -> list[Loss]:
        """A dropped column, as far as its rows are still there."""
        place = self._places[column.number]
        total = len(_values([row for row, _ in self._pairs], place))
        name = self._names.get(column.number)
        if name is None or not total:
            reason = "all values were NULL" if name else "this pull request added the column"
            self.spared.append(Spared(self._label, reason, name or column.name))
            return []
        moved = self._moved(column, self._pairs)
        return [Loss(self._label, "column", total, total, name, moved)]

    def _changed(self, column: ColumnSnapshot, new_place: int) -> list[Loss]:
        """Values of a column that is still there, which are NULL or say something else now."""
        place = self._places[column.number]
        kind, new_kind = column.kind, self._now.kinds[column.number]
        name = self._names.get(column.number)
        held = [(row, now) for row, now in self._pairs if row[place] is not None]
        changed = [
            (row, now)
            for row, now in held
            for old, new in [(row[place], now[new_place])]
            if old is not None and (new is None or not same(old, kind, new, new_kind))
        ]
        if not changed or name is None:
            return []
        renamed = _renames(held, place, new_place)
        if kind != new_kind and kind in _FINITE and renamed:
            return []
        moved = self._moved(column, changed)
        lost, total = len(changed), len(held)
        return [Loss(self._label, "values", lost, total, name, moved, alike=not renamed)]

    def _moved(self, column: ColumnSnapshot, pairs: Sequence[tuple[Row, Row]]) -> tuple[str, ...]:
        """The column that holds these values now: beside them, or in another table."""
        place = self._places[column.number]
        own = self._table.head.oid
        others = self._finder.of(own)
        for new_place, number in enumerate(self._now.kinds):
            beside = [
                (old, now[new_place]) for row, now in pairs if (old := row[place]) is not None
            ]
            other = others.get(number)
            if other and number != column.number and is_copied(beside, column.kind, other):
                return (self._finder.take(other),)
        values = _values([row for row, _ in pairs], place)
        found = self._finder.find(values, column.name, column.kind, apart_from=own)
        return (found,) if found else ()


def _values(rows: Sequence[Row], place: int) -> list[str]:
    return [value for row in rows if (value := row[place]) is not None]


def _renames(held: Sequence[tuple[Row, Row]], place: int, new_place: int) -> bool:
    """Whether each old value has become a value of its own."""
    became: defaultdict[str | None, set[str | None]] = defaultdict(set)
    for row, now in held:
        became[now[new_place]].add(row[place])
    seen = [old for olds in became.values() for old in olds]
    return None not in became and len(seen) == len(set(seen)) == len(became)
