"""Where a column's ordinary values come from, and the SQL that makes them of a row's number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from checker.model.changes import literal, quote
from checker.rows.catalog import FillTable


class ValueSource(Struct, frozen=True):
    """The value of row ``k`` of a column: SQL that makes a text of ``k``, different for each, or
    the texts to take in turn, each for ``stride`` rows.
    """

    series: str | None = None
    texts: tuple[str, ...] = ()
    stride: int = 1

    @property
    def empty(self) -> bool:
        return self.series is None and not self.texts

    @property
    def sql(self) -> str:
        if self.series is not None:
            return f"({self.series})"
        if not self.texts:
            return "NULL"
        texts = ", ".join(map(literal, self.texts))
        return f"(ARRAY[{texts}])[1 + (((k - 1) / {self.stride}) % {len(self.texts)})::int]"


Cell = str | bool | None
"""A text, NULL, or True for the value from the column's source."""


class Pattern(Struct, frozen=True):
    """Values of some columns that satisfy conditions together."""

    cells: Mapping[int, Cell]

    @property
    def tameness(self) -> tuple[int, int]:
        """The fewer NULLs and the more values from sources, the tamer."""
        values = list(self.cells.values())
        return (-values.count(None), sum(v is True for v in values))


class Patterns(Struct, frozen=True):
    """The patterns of one group of columns: those that any number of rows may have, and those that
    give a unique column a value, which one row may have.
    """

    repeated: tuple[Pattern, ...]
    once: tuple[Pattern, ...] = ()


def text_literal(text: str) -> str:
    """A text as a constant of SQL, with its type."""
    return f"{literal(text)}::text"


def chosen(
    source: ValueSource, repeated: Sequence[Cell], once: Sequence[Cell], *, after: int
) -> str:
    """SQL for a column of which the rows take some options in turn, but those ``after`` so many
    rows others, each one time.
    """
    own = source.sql
    parts, single = (
        [own if o is True else "NULL" if o is None else text_literal(str(o)) for o in options]
        for options in (repeated, once)
    )
    cases = " ".join(f"WHEN {i} THEN {part}" for i, part in enumerate(parts))
    text = parts[0] if len(set(parts)) == 1 else f"(CASE (k - 1) % {len(parts)} {cases} END)"
    if not single:
        return text
    cases = " ".join(f"WHEN {after + i} THEN {part}" for i, part in enumerate(single, 1))
    return f"(CASE k {cases} ELSE {text} END)"


def relation(table: FillTable, columns: Mapping[int, str]) -> str:
    """A FROM item with the names of the table's columns, the generated ones among them, from SQL
    of texts for some: what a condition of the table can be evaluated on.
    """
    known = [c for c in table.columns if c.number in columns]
    made = [f"CAST({columns[c.number]} AS {c.type_sql}) AS {c.sql}" for c in known]
    text = f"(SELECT {', '.join(made)}) AS {quote(table.name)}"
    for number, generated in enumerate(table.generated):
        if generated.columns <= columns.keys():
            name = quote(generated.name)
            text += f" CROSS JOIN LATERAL (SELECT {generated.expression} AS {name}) AS g{number}"
    return text


def turned(texts: Sequence[str], by: int) -> tuple[str, ...]:
    """Each column starts elsewhere, so that columns of one type do not move in step."""
    by %= len(texts)
    return (*texts[by:], *texts[:by])
