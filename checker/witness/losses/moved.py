"""Where values that are gone from a column have been copied before.

Only what has been written since the start of the pull request counts: two columns that held the
same all along are no copies of each other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from checker.witness.losses.snapshot import ColumnSnapshot, Snapshot, TableSnapshot
from checker.witness.losses.values import canonical, same


class ColumnPlace(Struct, frozen=True):
    """A column of the table with this oid: all of its values, and those that it had at first."""

    table: int
    number: int
    label: str
    name: str
    kind: str
    counted: Counter[str]
    at_first: Counter[str] = Counter()

    def has_got(self, values: Counter[str]) -> bool:
        """Whether it holds all of these values, as often as they occur, and did not at first."""
        return values <= self.counted and not values <= self.at_first


class Finder:
    """Finds values again in ``after``. A column is the new place of one other column only."""

    def __init__(self, start: Snapshot, after: Snapshot) -> None:
        self._start = start
        self._after = after
        self._taken: set[str] = set()

    @cached_property
    def _columns(self) -> list[ColumnPlace]:
        """The columns of all tables that stay and are not just as they were at the start."""
        first, now = _parts(self._start), _parts(self._after)
        held = {oid: _held(parts) for oid, parts in first.items()}
        columns: list[ColumnPlace] = []
        for oid, parts in now.items():
            if _held(parts) == held.get(oid):
                continue
            old = _columns(self._start, oid, first.get(oid, []))
            before = {column.number: column.counted for column in old}
            columns += [
                replace(column, at_first=before.get(column.number, Counter()))
                for column in _columns(self._after, oid, parts)
            ]
        return columns

    def of(self, table: int) -> dict[int, ColumnPlace]:
        """The columns of a table that no other column has been found in, by number."""
        return {
            column.number: column
            for column in self._columns
            if column.table == table and column.label not in self._taken
        }

    def find(
        self, values: Sequence[str], name: str, kind: str, *, apart_from: int | None = None
    ) -> str | None:
        """The column that has got all of these values, best one of the same name. ``apart_from`` is
        the oid of a table that is not looked at.
        """
        if not _tells(values) or _is_common(values):
            return None
        others = [c for c in self._columns if c.table != apart_from]
        found = self._first(others, values, name, kind)
        return self.take(found) if found else None

    def find_rows(
        self,
        columns: Mapping[ColumnSnapshot, Sequence[str]],
        keys: Collection[Sequence[int]],
        *,
        apart_from: int,
    ) -> dict[ColumnSnapshot, str]:
        """Where rows are now, by the columns that they had; nothing where they are gone.

        They are elsewhere where all of their values are, or most and among them a key or all that
        is no key. Values that are found by chance count only beside such as are not.
        """
        sure = [c for c, values in columns.items() if _tells(values) and not _is_common(values)]
        others = [c for c in self._columns if c.table != apart_from]
        found: dict[ColumnSnapshot, ColumnPlace] = {}
        for column in sure or columns:
            self._add(found, column, columns[column], others)
        if not (_is_most(found, sure, keys) if sure else len(found) == len(columns)):
            self._taken -= {column.label for column in found.values()}
            return {}
        tables = {column.table for column in found.values()}
        beside = [column for column in others if column.table in tables]
        for column in columns:
            if column not in found and column not in sure:
                self._add(found, column, columns[column], beside)
        return {column: found[column].label for column in columns if column in found}

    def _add(
        self,
        found: dict[ColumnSnapshot, ColumnPlace],
        column: ColumnSnapshot,
        values: Sequence[str],
        among: Sequence[ColumnPlace],
    ) -> None:
        to = self._first(among, values, column.name, column.kind)
        if to is not None:
            self.take(to)
            found[column] = to

    def _first(
        self, among: Sequence[ColumnPlace], values: Sequence[str], name: str, kind: str
    ) -> ColumnPlace | None:
        """The first column that has got all of these values, best one of the same name."""
        wanted = Counter(values)
        for column in sorted(among, key=lambda c: c.name != name):
            if column.label in self._taken:
                continue
            if column.has_got(wanted) or _converted(wanted, kind, column):
                return column
        return None

    def take(self, column: ColumnPlace) -> str:
        self._taken.add(column.label)
        return column.label


_FEW = 200  # different values that are compared one by one


def is_copied(pairs: Sequence[tuple[str, str | None]], kind: str, to: ColumnPlace) -> bool:
    """Whether another column of the same rows says now what the first one said, and did not at
    first. The pairs are the values of both.
    """
    return (
        _tells([old for old, _ in pairs])
        and all(new is not None and same(old, kind, new, to.kind) for old, new in pairs)
        and not Counter(new for _, new in pairs) <= to.at_first
    )


def _tells(values: Sequence[str]) -> bool:
    """Whether finding these again means anything: a single value is found by chance."""
    return len(values) == 1 or len(set(values)) > 1


_COMMON = frozenset({"", "0", "1", "false", "true", "{}", "[]"})


def _is_common(values: Sequence[str]) -> bool:
    """Whether these are values that stand in many columns."""
    return set(values) <= _COMMON


def _is_most(
    found: Collection[ColumnSnapshot],
    sure: Collection[ColumnSnapshot],
    keys: Collection[Sequence[int]],
) -> bool:
    """Whether most of the columns are found, and what tells the rows apart, or all but that."""
    numbers = {column.number for column in found}
    rest = {column.number for column in sure} - {number for key in keys for number in key}
    known = any(set(key) <= numbers for key in keys) or (bool(rest) and rest <= numbers)
    return known and 2 * len(found) > len(sure)


def _converted(wanted: Counter[str], kind: str, column: ColumnPlace) -> bool:
    """Whether each value is there in the other column's type."""
    if column.kind == kind or len(wanted) > _FEW:
        return False
    found: Counter[str] = Counter()
    for value, count in wanted.items():
        match = next((v for v in column.counted if same(value, kind, v, column.kind)), None)
        if match is None:
            return False
        found[match] += count
    return column.has_got(found)


def _parts(snapshot: Snapshot) -> dict[int, list[TableSnapshot]]:
    """The relations in which the rows of each table stand, by the table's oid."""
    parts: defaultdict[int, list[TableSnapshot]] = defaultdict(list)
    for relation in snapshot.relations.values():
        if not relation.temporary and not relation.partitioned:
            root = relation.root if relation.root in snapshot.relations else relation.oid
            parts[root].append(relation)
    return parts


def _held(
    parts: Sequence[TableSnapshot],
) -> list[tuple[int, str | None, tuple[ColumnSnapshot, ...]]]:
    return [(relation.oid, relation.held, relation.columns) for relation in parts]


def _columns(snapshot: Snapshot, oid: int, parts: Sequence[TableSnapshot]) -> Iterator[ColumnPlace]:
    head = snapshot.relations.get(oid)
    for column in head.columns if head and parts else ():
        values: list[str] = []
        for relation in parts:
            names = {c.name: place for place, c in enumerate(relation.columns)}
            values += _values(relation, names[column.name], column.kind)
        label = f"{head.label}.{column.name}" if head else column.name
        yield ColumnPlace(oid, column.number, label, column.name, column.kind, Counter(values))


def _values(relation: TableSnapshot, place: int, kind: str) -> list[str]:
    return [canonical(value, kind) for row in relation.rows if (value := row[place]) is not None]
