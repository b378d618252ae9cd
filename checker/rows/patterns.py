"""Finds values of several columns that satisfy conditions about them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from random import Random

from checker.rows.catalog import Check, FillTable
from checker.rows.session import FillSession, Refused
from checker.rows.sources import Cell, Pattern, ValueSource, relation

_TRIED = 2500
_KEPT = 160
_GIVEN = 24
_ROWS = 3
"""A pattern holds if its conditions hold in this many rows."""


def find_patterns(
    session: FillSession,
    table: FillTable,
    checks: Sequence[Check],
    sources: Mapping[int, ValueSource],
    texts: Mapping[int, Sequence[str]],
    random: Random,
) -> tuple[list[Pattern], list[Check]]:
    """Patterns that satisfy all checks, the tamest first, then such that each option occurs; or
    none, and the checks that could not be satisfied together.

    For each condition, the values that satisfied the earlier ones are combined with the options of
    its new columns, and the server decides which combinations satisfy it.
    """
    left = list(checks)
    known: set[int] = set()
    patterns: list[dict[int, Cell]] = [{}]
    satisfied: list[Check] = []
    while left:
        check = min(left, key=lambda c: (len(c.columns - known), not c.columns & known, c.name))
        left.remove(check)
        satisfied.append(check)
        new = sorted(check.columns - known)
        options: list[list[Cell]] = [_options(table, n, sources[n], texts[n]) for n in new]
        joined = _join(patterns, new, options, random)
        known |= check.columns
        patterns = _filter(session, table, check, sources, joined)
        if not patterns:
            return [], satisfied
        patterns = _keep(patterns, _KEPT, random)
    return [Pattern(p) for p in _cover(patterns)], []


def _options(
    table: FillTable, number: int, source: ValueSource, texts: Sequence[str]
) -> list[Cell]:
    own: list[Cell] = [] if source.empty else [True]
    return [*own, *([None] if table.column(number).nullable else []), *texts]


def _join(
    patterns: list[dict[int, Cell]], new: list[int], options: list[list[Cell]], random: Random
) -> list[dict[int, Cell]]:
    """All combinations if there are few, otherwise simple and random ones, some of them nearly all
    NULL.
    """
    if not new:
        return patterns
    if not all(options):
        return []
    count = prod(map(len, options))
    if count * len(patterns) <= _TRIED:
        combined: list[tuple[Cell, ...]] = list(product(*options))
        return [{**p, **dict(zip(new, c, strict=True))} for p in patterns for c in combined]
    firsts = [o[0] for o in options]
    nulls = [None if None in o else o[0] for o in options]
    simple: dict[tuple[Cell, ...], None] = {tuple(firsts): None, tuple(nulls): None}
    for i, those in enumerate(options):
        for value in those:
            for rest in (firsts, nulls):
                simple[*rest[:i], value, *rest[i + 1 :]] = None
    for turn in range(_TRIED):
        rate = (turn % 8) / 8
        simple[
            tuple(None if None in o and random.random() < rate else random.choice(o)
                  for o in options)
        ] = None  # fmt: skip
    some = list(simple)[: max(len(simple) // len(patterns), _TRIED // len(patterns), 20)]
    if len(patterns) == 1:
        some = list(simple)
    return [{**p, **dict(zip(new, c, strict=True))} for p in patterns for c in some]


def _filter(
    session: FillSession,
    table: FillTable,
    check: Check,
    sources: Mapping[int, ValueSource],
    patterns: list[dict[int, Cell]],
) -> list[dict[int, Cell]]:
    numbers = sorted(check.columns)
    made = {
        n: f"CASE WHEN json_typeof(v -> {i}) = 'boolean' THEN {sources[n].sql} ELSE v ->> {i} END"
        for i, n in enumerate(numbers)
    }
    item = relation(table, made)
    condition = f"(SELECT coalesce(({check.expression}), true) FROM {item})"  # noqa: S608
    data = [[p[n] for n in numbers] for p in patterns]
    turns = f"(SELECT generate_series(1, {_ROWS})::bigint AS k) n"
    try:
        holds = session.ask(
            f"SELECT json_agg(ok ORDER BY i) FROM (SELECT i, bool_and({condition}) AS ok "  # noqa: S608
            f"FROM json_array_elements($1) WITH ORDINALITY AS p(v, i), {turns} GROUP BY i) s",
            data,
        )
    except Refused:
        query = f"SELECT to_json(bool_and({condition})) FROM (SELECT $1 AS v) p, {turns}"  # noqa: S608
        holds = [answer.get("ok") for answer in session.each(query, data)]
    return [p for p, ok in zip(patterns, holds or (), strict=True) if ok]


def _keep(patterns: list[dict[int, Cell]], most: int, random: Random) -> list[dict[int, Cell]]:
    """The tamest and a random choice of the others."""
    ranked = sorted(patterns, key=lambda p: Pattern(p).tameness, reverse=True)
    tamest, others = ranked[: most // 2], ranked[most // 2 :]
    return tamest + random.sample(others, min(len(others), most - len(tamest)))


def _cover(patterns: list[dict[int, Cell]]) -> list[dict[int, Cell]]:
    """The tamest, then those with a value that none before has."""
    ranked = sorted(patterns, key=lambda p: Pattern(p).tameness, reverse=True)
    chosen: list[dict[int, Cell]] = []
    seen: set[tuple[int, Cell]] = set()
    for pattern in ranked:
        parts = {(n, v) for n, v in pattern.items()}
        if not chosen or not parts <= seen:
            chosen.append(pattern)
            seen |= parts
    return chosen[:_GIVEN]
