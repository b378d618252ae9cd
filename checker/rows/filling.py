"""Fills one table after its plan.

The server judges each row. A refused row is made again without the values at fault, so that awkward
values end up in as many rows as the constraints allow, each among ordinary ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

from msgspec import Struct

from checker.rows.catalog import FillColumn
from checker.rows.planning import Plan
from checker.rows.references import Keys
from checker.rows.session import FillSession, Refused
from checker.rows.sources import chosen

Row = dict[int, str | None]
Cell = tuple[tuple[int, str | None], ...]
"""The awkward values of a row: of one column, or of all columns of a foreign key."""

PLAIN = 10
"""The first rows, which stay unchanged so that others can refer to them."""
_ROUNDS = 6


class _Attempt(Struct, frozen=True):
    row: Row
    cells: tuple[Cell, ...]


class TableFiller:
    """Makes the rows of one table."""

    def __init__(self, session: FillSession, plan: Plan, keys: Keys, rows: int, seed: int) -> None:
        self._session = session
        self._plan = plan
        self._table = plan.table
        self._keys = keys
        self._rows = rows
        self._random = Random(f"{seed} {plan.table.label}")  # noqa: S311
        self._made = 0
        self._base: list[Row] = []
        self._refusals: Counter[tuple[str, str]] = Counter()

    def fill_at_once(self) -> int:
        """Inserts ordinary rows made by the server itself; gives how many. Raises Refused."""
        table = self._table
        made = ", ".join(f"CAST({self._sql(c)} AS {c.type_sql})" for c in table.columns)
        count: int = self._session.ask(
            f"WITH made AS (INSERT INTO {table.sql} {self._names} SELECT {made} "  # noqa: S608
            f"FROM (SELECT generate_series(1, {self._rows})::bigint AS k) n "
            "ON CONFLICT DO NOTHING RETURNING 1) SELECT to_json(count(*)) FROM made"
        )
        return count

    def fill(self, *, awkward: bool) -> int:
        """Inserts rows one by one; gives how many. Raises Refused."""
        self._base = self._ordinary(3 * self._rows + PLAIN)
        plain = min(PLAIN, max(self._rows // 4, 1))
        attempts = [_Attempt(row, ()) for row in self._base[:plain]]
        if awkward:
            attempts += self._distributed(self._base[plain : self._rows - self._rows // 10])
        position = len(attempts)
        for _ in range(_ROUNDS):
            room = self._rows - self._made
            refused = self._place(attempts[:room])
            waiting = [*refused, *(a.cells for a in attempts[room:] if a.cells)]
            free = self._base[position:]
            attempts = [_Attempt(b, c) for b, c in zip(free, waiting, strict=False)]
            position += len(attempts)
            if not attempts or self._made >= self._rows:
                break
        before = -1
        while before < self._made < self._rows and position < len(self._base):
            before = self._made
            more = self._base[position : position + self._rows - self._made]
            position += len(more)
            self._place([_Attempt(row, ()) for row in more])
        if self._made < self._rows:
            self._vary()
        return self._made

    @property
    def refusal(self) -> str:
        """The server's most frequent message."""
        ((cause, said), _), *_ = self._refusals.most_common(1) or [(("", "no row was made"), 0)]
        if any(c.name == cause for c in self._table.checks):
            return f'CHECK "{cause}" could not be satisfied together with the other constraints'
        return f"every row was refused: {said}"

    @property
    def _names(self) -> str:
        if not self._table.columns:
            return ""
        return f"({', '.join(c.sql for c in self._table.columns)}) OVERRIDING SYSTEM VALUE"

    def _sql(self, column: FillColumn) -> str:
        """SQL for the ordinary value of a column in row ``k``."""
        if self._keys.unavailable(self._table, column.number):
            return "NULL"
        for group in self._plan.patterns:
            if column.number in group.repeated[0].cells:
                repeated, once = (
                    [p.cells[column.number] for p in some] for some in (group.repeated, group.once)
                )
                return chosen(self._plan.sources[column.number], repeated, once, after=PLAIN)
        return self._plan.sources[column.number].sql

    def _ordinary(self, count: int) -> list[Row]:
        made = ", ".join(f"CAST({self._sql(c)} AS {c.type_sql})::text" for c in self._table.columns)
        rows = self._session.ask(
            f"SELECT json_agg(to_json(ARRAY[{made}]::text[]) ORDER BY k) "  # noqa: S608
            f"FROM (SELECT generate_series(1, {count})::bigint AS k) n"
        )
        numbers = [c.number for c in self._table.columns]
        return [dict(zip(numbers, row, strict=True)) for row in rows]

    def _distributed(self, base: Sequence[Row]) -> list[_Attempt]:
        """Rows with the awkward cells spread over them, as few in each as possible."""
        if not base:
            return []
        groups = self._cells()
        self._random.shuffle(groups)
        slots: list[list[Cell]] = [[] for _ in base]
        at = 0
        for group in groups:
            self._random.shuffle(group)
            for cell in group[: len(slots)]:  # cells of one column go to different rows
                slots[at % len(slots)].append(cell)
                at += 1
        return [_Attempt(row, tuple(cells)) for row, cells in zip(base, slots, strict=True)]

    def _cells(self) -> list[list[Cell]]:
        """The awkward cells, by their columns."""
        table = self._table
        groups: list[list[Cell]] = []
        referring = {n for f in table.references for n in f.columns}
        alone = {next(iter(u.columns)) for u in table.uniques if u.plain and len(u.columns) == 1}
        first = self._base[0]
        for column in table.columns:
            number = column.number
            values: list[str | None] = [None] if column.nullable else []
            if number not in referring:
                values += [t for t in self._plan.awkward[number] if _numbers(column, t)]
                if number not in alone:
                    values.append(first[number])
            groups.append([((number, value),) for value in dict.fromkeys(values)])
        for reference in table.references:
            some = self._keys.some(reference)
            groups.append([tuple(zip(reference.columns, key, strict=True)) for key in some])
            if len(reference.columns) > 1 and all(
                table.column(n).nullable for n in reference.columns
            ):
                groups.append([tuple((n, None) for n in reference.columns)])
        return [group for group in groups if group]

    def _place(self, attempts: Sequence[_Attempt]) -> list[tuple[Cell, ...]]:
        """Inserts rows. Returns the cells of refused rows, to be tried separately."""
        rows, tried = [], []
        again: list[tuple[Cell, ...]] = []
        referring = {n for f in self._table.references for n in f.columns}
        for number, attempt in enumerate(attempts):
            changed = attempt.row | {n: v for cell in attempt.cells for n, v in cell}
            awkward = {n for cell in attempt.cells for n, _ in cell}
            changed = self._anchored(changed, referring - awkward, number)
            row = self._keys.settle(self._table, changed, awkward, number)
            if row is None:
                again += _apart(attempt.cells, referring)
                self._refusals["", "no row of a table that it references fits"] += 1
            else:
                rows.append(row)
                tried.append(attempt)
        for row, attempt, answer in zip(rows, tried, self._insert(rows), strict=True):
            if answer is None:
                self._made += 1
                self._keys.use(self._table, row)
                continue
            self._refusals[answer["cause"], answer["error"]] += 1
            again += _apart(attempt.cells, self._blamed(answer["cause"]))
        return again

    def _anchored(self, row: Row, free: set[int], number: int) -> Row:
        """The row, or the row with the references of one of the first rows: those also satisfy
        conditions on several references together.
        """
        if not free or self._keys.sound(self._table, row):
            return row
        if any(u.columns <= free for u in self._table.uniques):
            return row
        first = self._base[number % PLAIN]
        other = row | {n: first[n] for n in free}
        return other if self._keys.sound(self._table, other) else row

    def _insert(self, rows: Sequence[Row]) -> list[dict[str, Any] | None]:
        """Inserts rows, all at once if the server takes all. The errors, None for no error."""
        if not rows:
            return []
        columns = self._table.columns
        data = [[row[c.number] for c in columns] for row in rows]
        made = ", ".join(f"CAST(v ->> {i} AS {c.type_sql})" for i, c in enumerate(columns))
        into = f"WITH made AS (INSERT INTO {self._table.sql} {self._names} SELECT {made} FROM "  # noqa: S608
        tail = " RETURNING 1) SELECT to_json(count(*)) FROM made"
        if len(rows) > 1:
            try:
                self._session.ask(f"{into} json_array_elements($1) AS r(v){tail}", data)
                return [None] * len(rows)
            except Refused:
                pass
        answers = self._session.each(f"{into} (SELECT $1 AS v) r{tail}", data)
        return [None if "ok" in answer else answer for answer in answers]

    def _blamed(self, cause: str) -> set[int]:
        """The columns of the constraint that refused a row."""
        constrained = [u.columns for u in self._table.uniques if u.name == cause]
        constrained += [c.columns for c in self._table.checks if c.name == cause and cause]
        return {n for columns in constrained for n in columns}

    def _vary(self) -> None:
        """Tries ordinary rows with other values in the columns of the constraint that refuses."""
        causes = [cause for (cause, _), _ in self._refusals.most_common(3)]
        blamed = {n for cause in causes for n in self._blamed(cause)}
        for number in sorted(blamed):
            column = self._table.column(number)
            others: list[str | None] = [None] if column.nullable else []
            others += [r[number] for r in self._base[: self._rows]]
            others = list(dict.fromkeys(others))
            for shift in range(1, min(len(others), 8) + 1):
                before = self._made
                rows = [
                    _Attempt(row, (((number, others[(i + shift) % len(others)]),),))
                    for i, row in enumerate(self._base[: self._rows - self._made])
                ]
                self._place(rows)
                if self._made >= self._rows:
                    return
                if self._made == before:
                    break


def _apart(cells: Sequence[Cell], blamed: set[int]) -> list[tuple[Cell, ...]]:
    """How to retry the cells of a refused row: the cells at fault alone and the others together;
    all in another row where none is at fault; in halves where the fault is unknown. A cell refused
    alone is given up.
    """
    guilty = [c for c in cells if any(n in blamed for n, _ in c)]
    if blamed and cells and not guilty:
        return [tuple(cells)]
    if len(cells) < 2:
        return []
    if not guilty or len(guilty) == len(cells):
        half = len(cells) // 2
        return [tuple(cells[:half]), tuple(cells[half:])]
    rest = tuple(c for c in cells if c not in guilty)
    return [rest, *((c,) for c in guilty)]


def _numbers(column: FillColumn, text: str) -> bool:
    """Whether a sequence can continue after a number in its column."""
    if column.sequence is None:
        return True
    try:
        number = int(text)
    except ValueError:
        return True
    most = (
        1000
        if "small" in column.type_sql
        else 3_000_000_000
        if "big" in column.type_sql
        else 1 << 20
    )
    return abs(number) <= most
