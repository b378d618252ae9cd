"""Decides for each table which values its columns can take, by asking the server.

Columns that foreign keys join take their values from one source: row ``k`` of each table then
refers to row ``k`` of every other, so that composite, cyclic and self-references all hold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from random import Random

from msgspec import Struct

from checker.rows.catalog import Check, FillCatalog, FillColumn, FillTable
from checker.rows.conditions import alone, unsatisfied
from checker.rows.hints import Hints, linked, unite
from checker.rows.mining import mine
from checker.rows.patterns import find_patterns
from checker.rows.session import FillSession, Refused
from checker.rows.sources import Pattern, Patterns, ValueSource, relation, turned
from checker.rows.values import Proposals, shifted

TRIED = 200
"""How many values of a series are tried against conditions that some may fail."""

_RANDOM = ("uuid", "text", "varchar", "citext")
_TEXTS = ("text", "varchar", "bpchar", "citext")
_ROOM = 16  # a modifier of fewer characters than tell all keys apart, four added by PostgreSQL
_APART = 1_000_000
_FAR = 900_000  # more than any table has rows


class Accepted(Struct, frozen=True):
    """The values that the server accepts for a type, in their canonical text."""

    source: ValueSource
    ordinary: tuple[str, ...]


class Plan(Struct, frozen=True):
    """How rows of a table are made. ``sources`` and ``awkward`` are by column; ``patterns`` are the
    choices for each group of columns that share conditions. ``problem`` says why no row can be
    made.
    """

    table: FillTable
    sources: dict[int, ValueSource]
    awkward: dict[int, tuple[str, ...]]
    patterns: tuple[Patterns, ...] = ()
    problem: str | None = None


class Planner:
    """Plans the tables of one fill."""

    def __init__(
        self,
        session: FillSession,
        catalog: FillCatalog,
        tables: Sequence[FillTable],
        rows: int,
        seed: int,
        hints: Hints,
        *,
        tame: bool,
    ) -> None:
        """``tame`` asks for values that are all different and present."""
        self._session = session
        self._tame = tame
        self._hints = hints
        self._catalog = catalog
        self._proposals = Proposals(catalog.types)
        self._rows = rows
        self._seed = seed
        self._types: dict[str, Accepted] = {}
        self._odd_texts: dict[str, list[str]] = {}
        self._tables = {t.oid: t for t in tables}
        self._linked: set[tuple[int, int]] = set()
        self._shared = self._join()
        self._sources: dict[tuple[int, int], tuple[ValueSource, str | None]] = {}
        named = sorted(tables, key=lambda table: table.label)
        every = [(t.oid, c.number) for t in named for c in t.columns]
        self._ranks = {key: rank for rank, key in enumerate(every)}

    def plan(self, table: FillTable) -> Plan:
        """The plan for a table."""
        unique = {c for u in table.uniques for c in u.columns}
        bound = {n for check in table.checks if len(check.columns) > 1 for n in check.columns}
        sources, awkward = {}, {}
        problem = None
        for column in table.columns:
            key = (table.oid, column.number)
            source, why = self._source(key)
            accepted = self.accepted(column)
            odd = () if self._tame and column.number not in bound else self._odd(table, column)
            awkward[column.number] = tuple(self._passing(table, column, odd))
            free = len(self._shared[key]) == 1 and column.number not in unique
            if free and not self._tame and accepted.ordinary:
                labels = self._labels(column)
                ordinary = [*labels, *accepted.ordinary[:3]] if labels else accepted.ordinary
                texts = self._passing(table, column, ordinary)
                source = ValueSource(None, turned(texts, column.number)) if texts else source
            if source.empty and not column.nullable and why:
                problem = problem or why
            sources[column.number] = source
        self._spread(table, sources)
        plan = Plan(table, sources, awkward, problem=problem)
        return plan if problem else self._with_patterns(plan)

    def accepted(self, column: FillColumn) -> Accepted:
        """The values that the server accepts for a column's type."""
        if column.type_sql not in self._types:
            self._types[column.type_sql] = self._accept(column)
        return self._types[column.type_sql]

    def texts(self, column: FillColumn, proposed: Iterable[str]) -> list[str]:
        """Those of the texts that the column's type takes, as it writes them."""
        # Cast twice, since a rounded value may not be readable.
        query = (
            f"SELECT to_json(CAST(CAST(($1 #>> '{{}}') AS {column.type_sql})::text "
            f"AS {column.type_sql})::text)"
        )
        answers = self._session.each(query, list(dict.fromkeys(proposed)))
        taken = [a["ok"] for a in answers if "ok" in a and a["ok"] is not None]
        return list(dict.fromkeys(taken))

    def _random(self, salt: str = "") -> Random:
        return Random(f"{self._seed} {salt}")  # noqa: S311

    def _accept(self, column: FillColumn) -> Accepted:
        values = self._proposals.of(column.type, column.modifier)
        hints: list[str] = []
        chain = self._catalog.types[column.type]
        while chain.kind == "d":
            hints += mine(chain.checks, self._random())
            chain = self._catalog.types[chain.element]
        ordinary = self.texts(column, values.ordinary)
        source = ValueSource(None, tuple(dict.fromkeys(ordinary)))
        for series in values.series:
            source = self._try_series(column, series) or source
            if source.series or source.texts:
                break
        if source.series is None:
            more = [*self.texts(column, hints), *self._awkward(column)[:8]]
            source = ValueSource(None, tuple(dict.fromkeys((*source.texts, *more))))
        return Accepted(source, tuple(ordinary))

    def _awkward(self, column: FillColumn) -> list[str]:
        """The awkward values that the server accepts for a column's type; tame rows seldom ask."""
        if column.type_sql not in self._odd_texts:
            values = self._proposals.of(column.type, column.modifier)
            self._odd_texts[column.type_sql] = self.texts(column, values.awkward)
        return self._odd_texts[column.type_sql]

    def _try_series(self, column: FillColumn, series: str) -> ValueSource | None:
        """The series if the server accepts all of its values and they differ, otherwise the
        accepted ones.
        """
        text = f"CAST({series} AS {column.type_sql})::text"
        try:
            made = self._session.ask(
                f"SELECT json_agg({text} ORDER BY k) "  # noqa: S608
                f"FROM (SELECT generate_series(1, {TRIED})::bigint AS k) s"
            )
        except Refused:
            query = f"SELECT to_json({text}) FROM (SELECT ($1 #>> '{{}}')::bigint AS k) s"  # noqa: S608
            answers = self._session.each(query, list(range(1, TRIED + 1)))
            made = [a["ok"] for a in answers if "ok" in a]
        different = tuple(dict.fromkeys(t for t in made if t is not None))
        if len(different) == TRIED:
            return ValueSource(series)
        return ValueSource(None, different) if different else None

    def _join(self) -> dict[tuple[int, int], list[tuple[int, int]]]:
        """The columns that foreign keys join, directly or not; each in a list with itself."""
        groups = {(t.oid, c.number): [(t.oid, c.number)] for t in self._tables.values()
                  for c in t.columns}  # fmt: skip
        for table in self._tables.values():
            for reference in table.references:
                for own, key in zip(reference.columns, reference.keys, strict=True):
                    unite(groups, (table.oid, own), (reference.table, key))
        for one, other in linked(self._tables.values(), self._hints.links):
            self._linked.add(one)
            unite(groups, one, other)
        return groups

    def _source(self, key: tuple[int, int]) -> tuple[ValueSource, str | None]:
        """The source that a column shares with the columns joined to it, or why it has none."""
        if key in self._sources:
            return self._sources[key]
        members = [(self._tables[t], self._tables[t].column(c)) for t, c in self._shared[key]]
        members.sort(key=lambda m: (m[0].label, m[1].number))
        lead = min(members, key=lambda m: self._narrowness(m[1]))
        source = self._apart(self.accepted(lead[1]).source, lead[1], members[0])
        narrowed = self._narrow(source, lead[1], members)
        for member in self._shared[key]:
            self._sources[member] = narrowed
        return narrowed

    def _apart(
        self, source: ValueSource, lead: FillColumn, first: tuple[FillTable, FillColumn]
    ) -> ValueSource:
        """The source with values that no column has which is not joined to this one.

        In production too, random keys of two tables never agree, while numbers that are counted do.
        """
        name = self._catalog.types[lead.type].name
        random = name in _RANDOM and not 0 < lead.modifier < _ROOM
        if self._tame or source.series is None or not random:
            return source
        rank = self._ranks[first[0].oid, first[1].number]
        return ValueSource(shifted(source.series, rank * _APART))

    def _labels(self, column: FillColumn) -> list[str]:
        """What a column of text may hold by the hints."""
        is_text = self._catalog.types[column.type].name in _TEXTS
        return self.texts(column, self._hints.texts) if is_text else []

    def _orphans(self, table: FillTable, column: FillColumn) -> list[str]:
        """Values of a column that no row has of the one that it refers to."""
        series = self._source((table.oid, column.number))[0].series
        texts = f"CAST({series} AS {column.type_sql})::text"
        far = f"generate_series({_FAR}, {_FAR + 1})::bigint"
        query = f"SELECT json_agg({texts}) FROM (SELECT {far} AS k) s"  # noqa: S608
        return self._session.ask(query) if series else []

    def _odd(self, table: FillTable, column: FillColumn) -> Sequence[str]:
        """The awkward values for a column; those of a primary key say which table it is."""
        awkward = self._awkward(column)
        name = self._catalog.types[column.type].name
        primary = any(u.primary and u.columns == {column.number} for u in table.uniques)
        if name in _RANDOM and primary:
            rank = self._ranks[table.oid, column.number]
            return () if name == "uuid" else self.texts(column, [f"{t}~{rank}" for t in awkward])
        if (table.oid, column.number) in self._linked:
            awkward = [*self._orphans(table, column), *awkward]
        labels = self._labels(column)
        near = [*(text.swapcase() for text in labels[:2]), *(f"{text} " for text in labels[:1])]
        return [*self.texts(column, near), *awkward]

    def _narrowness(self, column: FillColumn) -> tuple[int, int, int]:
        name = self._catalog.types[column.type].name
        size = {"int2": 0, "int4": 1, "int8": 2}.get(name, 3)
        limit = column.modifier if column.modifier > 0 else 1 << 30
        return (self.accepted(column).source.series is not None, limit, size)

    def _narrow(
        self, source: ValueSource, lead: FillColumn, members: list[tuple[FillTable, FillColumn]]
    ) -> tuple[ValueSource, str | None]:
        checks = [(t, c, check) for t, c in members for check in alone(t, c)]
        texts = list(source.texts)
        if not texts and source.series is None:
            return source, f"no value of type {lead.type_sql} could be made"
        if not checks and (source.series is not None or len(members) == 1):
            return source, None
        accepted = self.accepted(lead)
        if source.series is not None:
            made = self._session.ask(
                f"SELECT json_agg(CAST({source.series} AS {lead.type_sql})::text) "  # noqa: S608
                f"FROM (SELECT generate_series(1, {TRIED})::bigint AS k) s"
            )
            texts = list(made)
        hints = mine((check.expression for _, _, check in checks), self._random())
        passing = list(
            dict.fromkeys(
                [*texts, *accepted.ordinary, *self.texts(lead, hints), *self._awkward(lead)]
            )
        )
        for table, column in members:
            passing = self._passing(table, column, passing)
            if not passing:
                return ValueSource(), unsatisfied(alone(table, column))
        if source.series is not None and passing[: len(texts)] == texts:
            return source, None
        return ValueSource(None, tuple(passing[: max(self._rows, 1)])), None

    def _passing(self, table: FillTable, column: FillColumn, texts: Sequence[str]) -> list[str]:
        """The texts that satisfy the conditions on this column alone."""
        checks = alone(table, column)
        if not checks or not texts:
            return list(texts)
        condition = " AND ".join(f"coalesce(({check.expression}), true)" for check in checks)
        item = relation(table, {column.number: "v"})
        test = f"EXISTS (SELECT FROM {item} WHERE {condition})"
        try:
            passing: list[str] = self._session.ask(
                f"SELECT json_agg(v ORDER BY i) FROM json_array_elements_text($1) "  # noqa: S608
                f"WITH ORDINALITY AS t(v, i) WHERE {test}",
                list(texts),
            )
        except Refused:
            query = f"SELECT to_json({test}) FROM (SELECT $1 #>> '{{}}' AS v) s"  # noqa: S608
            answers = self._session.each(query, list(texts))
            passing = [t for t, a in zip(texts, answers, strict=True) if a.get("ok")]
        return passing or []

    def _spread(self, table: FillTable, sources: dict[int, ValueSource]) -> None:
        """Makes combinations of few values differ: each column changes only after those before it
        have cycled.
        """
        for unique in table.uniques:
            few = [n for n in sorted(unique.columns) if n in sources and sources[n].texts]
            if len(few) < len(unique.columns & sources.keys()) or len(few) < 2:
                continue
            few.sort(key=lambda n: len(self._shared[table.oid, n]) == 1)
            stride = 1
            for number in few:
                if len(self._shared[table.oid, number]) == 1:
                    sources[number] = ValueSource(None, sources[number].texts, stride)
                stride *= len(sources[number].texts)

    def _with_patterns(self, plan: Plan) -> Plan:
        table = plan.table
        groups: list[list[Check]] = []
        for check in (c for c in table.checks if len(c.columns) > 1):
            near = [g for g in groups if any(c.columns & check.columns for c in g)]
            groups = [g for g in groups if g not in near]
            groups.append([c for g in near for c in g] + [check])
        choices = []
        for group in groups:
            hints = mine((c.expression for c in group), self._random())
            options: dict[int, list[str]] = defaultdict(list)
            for number in sorted({n for c in group for n in c.columns}):
                column = table.column(number)
                accepted = self.accepted(column)
                texts = [*plan.sources[number].texts[:8], *accepted.ordinary[:3]]
                mined = self._passing(table, column, self.texts(column, hints))[:14]
                texts += [*mined, *plan.awkward[number][:6]]
                options[number] = self._passing(table, column, list(dict.fromkeys(texts)))
            random = self._random(table.label)
            patterns, failed = find_patterns(
                self._session, table, group, plan.sources, options, random
            )
            if not patterns:
                return Plan(table, plan.sources, plan.awkward, problem=unsatisfied(failed))
            choices.append(_sorted(table, patterns[:1] if self._tame else patterns))
        return Plan(table, plan.sources, plan.awkward, tuple(choices))


def _sorted(table: FillTable, patterns: list[Pattern]) -> Patterns:
    unique = {n for u in table.uniques for n in u.columns}
    single = [any(isinstance(v, str) for n, v in p.cells.items() if n in unique) for p in patterns]
    repeated = tuple(p for p, s in zip(patterns, single, strict=True) if not s)
    once = tuple(p for p, s in zip(patterns, single, strict=True) if s)
    return Patterns(repeated, once) if repeated else Patterns(once)
