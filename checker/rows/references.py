"""The keys that rows can reference, and rows changed to reference them.

The server does not check foreign keys while triggers are off, so they are checked here: against the
rows of tables already filled, and the planned rows of others (in a cycle, or the table itself).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from checker.rows.catalog import FillForeignKey, FillTable
from checker.rows.planning import Plan
from checker.rows.session import FillSession

Row = dict[int, str | None]
Key = tuple[str | None, ...]
_MOST = 5000
_ANCHORS = 10
"""How many rows a table not filled yet is sure to get."""


class Keys:
    """The keys of all tables of one fill, and whether they can be referred to."""

    def __init__(self, session: FillSession, plans: Mapping[int, Plan]) -> None:
        self._session = session
        self._plans = plans
        self._done: dict[int, FillTable] = {}
        self._read: dict[tuple[int, tuple[int, ...]], dict[Key, None]] = {}
        self._used: dict[tuple[int, str], set[Key]] = defaultdict(set)
        self._planned: dict[tuple[int, tuple[int, ...]], list[Key]] = {}

    def learn(self, table: FillTable) -> None:
        """Marks the table as filled: references to it are now checked against its rows."""
        self._done[table.oid] = table

    def filled(self, table: int) -> bool:
        """Whether a table has been filled."""
        return table in self._done

    def _held(self, reference: FillForeignKey) -> dict[Key, None] | None:
        """The referenceable keys of a filled table."""
        at = reference.table, reference.keys
        table = self._done.get(reference.table)
        if table is None or at in self._read:
            return self._read.get(at)
        columns = [table.column(n).sql for n in reference.keys]
        texts = ", ".join(f"{c}::text" for c in columns)
        present = " AND ".join(f"{c} IS NOT NULL" for c in columns)
        held = [] if table.kind == "f" else self._session.ask(
            f"SELECT json_agg(to_json(ARRAY[{texts}])) FROM (SELECT * FROM {table.rows} "  # noqa: S608
            f"WHERE {present} ORDER BY tableoid, ctid LIMIT {_MOST}) s"
        )  # fmt: skip
        self._read[at] = dict.fromkeys(sorted(tuple(key) for key in held or ()))
        return self._read[at]

    def lacking(self, table: FillTable) -> FillForeignKey | None:
        """A reference that every row must have, to a table that has no rows and gets none."""
        for reference in table.references:
            nullable = [table.column(n).nullable for n in reference.columns]
            optional = all(nullable) if reference.full else any(nullable)
            if self._hopeless(reference) and not optional:
                return reference
        return None

    def unavailable(self, table: FillTable, number: int) -> bool:
        """Whether a column can only be NULL, since what it references has no rows."""
        return any(
            number in r.columns and table.column(number).nullable and self._hopeless(r)
            for r in table.references
        )

    def _hopeless(self, reference: FillForeignKey) -> bool:
        held = self._held(reference)
        if held is not None:
            return not held
        plan = self._plans.get(reference.table)
        return plan is None or plan.problem is not None

    def some(self, reference: FillForeignKey) -> list[Key]:
        """A few keys that rows may share: the first and others from all over."""
        held = list(self._held(reference) or ())
        return held[:: max(len(held) // 6, 1)][:8]

    def settle(self, table: FillTable, row: Row, given: set[int], turn: int) -> Row | None:
        """The row with references that hold, changed where they did not, but not in the columns
        that are ``given``; None where none fits.
        """
        row, fixed = dict(row), set(given)
        for reference in sorted(table.references, key=lambda r: (r.table == table.oid, r.name)):
            columns = reference.columns
            value = tuple(row[n] for n in columns)
            used = self._used[table.oid, reference.name] if _once(table, reference) else set()
            if value in used or not self._holds(reference, value, table, row):
                options = self._options(reference, table, row, turn)
                fits = (
                    o for o in options
                    if o not in used
                    and all(o[i] == row[n] for i, n in enumerate(columns) if n in fixed)
                )  # fmt: skip
                key = next(fits, None) or _absent(table, reference, value, fixed)
                if key is None:
                    return None
                row |= zip(columns, key, strict=True)
            fixed.update(columns)
        return row

    def sound(self, table: FillTable, row: Row) -> bool:
        """Whether all references of a row hold."""
        return all(
            self._holds(r, tuple(row[n] for n in r.columns), table, row) for r in table.references
        )

    def use(self, table: FillTable, row: Row) -> None:
        """Records the keys that a row references where no other row may reference them."""
        for reference in table.references:
            key = tuple(row[n] for n in reference.columns)
            if None not in key and _once(table, reference):
                self._used[table.oid, reference.name].add(key)

    def _holds(self, reference: FillForeignKey, value: Key, table: FillTable, row: Row) -> bool:
        if None in value:
            return not reference.full or not any(v is not None for v in value)
        held = self._held(reference)
        if held is not None:
            return value in held
        if reference.table == table.oid and value == tuple(row[n] for n in reference.keys):
            return True
        return value in self._planned_keys(reference)[:_ANCHORS]

    def _options(
        self, reference: FillForeignKey, table: FillTable, row: Row, turn: int
    ) -> Sequence[Key]:
        held = self._held(reference)
        if held is not None:
            keys = list(held)
            start = turn % len(keys) if keys else 0
            return keys[start:] + keys[:start]
        planned = self._planned_keys(reference)
        own = tuple(row[n] for n in reference.keys) if reference.table == table.oid else None
        unique = _once(table, reference)
        anchors = planned[:_ANCHORS]
        start = turn % len(anchors) if anchors else 0
        near = anchors[start:] + anchors[:start]
        if own is None:
            return planned[turn:] + near if unique else near + planned
        return [own, *near] if unique else [*near, own]

    def _planned_keys(self, reference: FillForeignKey) -> list[Key]:
        """The keys that the first rows of a table will have."""
        at = reference.table, reference.keys
        if at not in self._planned:
            plan = self._plans.get(reference.table)
            if plan is None:
                return []
            made = ", ".join(
                f"CAST({plan.sources[n].sql} AS {plan.table.column(n).type_sql})::text"
                for n in reference.keys
            )
            planned = self._session.ask(
                f"SELECT json_agg(to_json(ARRAY[{made}]) ORDER BY k) "  # noqa: S608
                "FROM (SELECT generate_series(1, 60)::bigint AS k) n"
            )
            self._planned[at] = list(dict.fromkeys(tuple(key) for key in planned))
        return self._planned[at]


def _once(table: FillTable, reference: FillForeignKey) -> bool:
    """Whether no two rows may reference the same."""
    return any(u.columns <= set(reference.columns) for u in table.uniques)


def _absent(table: FillTable, reference: FillForeignKey, value: Key, fixed: set[int]) -> Key | None:
    """The key with NULL where that makes the reference void."""
    free = [n not in fixed and table.column(n).nullable for n in reference.columns]
    if reference.full:
        gone = [f or v is None for f, v in zip(free, value, strict=True)]
        return tuple(None for _ in value) if all(gone) else None
    if not any(free):
        return None
    first = free.index(True)
    return tuple(None if i == first else v for i, v in enumerate(value))
