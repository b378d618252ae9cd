"""Which row is which after a statement.

PostgreSQL gives rows no name that survives an update or a rewrite. So a row is found again by a key
that it still has, else by being just as it was, else by what it still resembles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

from checker.witness.losses.snapshot import Row

Pairs = list[tuple[int, int]]
Same = Callable[[int, str, str], bool]


def match(
    before: Sequence[Row], after: Sequence[Row], keys: Collection[Sequence[int]], same: Same
) -> Pairs:
    """Pairs of positions in both lists, whose rows have the same columns at the same places and
    canonical values.

    ``keys`` are places that are unique together. ``same(place, old, new)`` says whether a value
    says what another said. Rows without a partner are gone, or new.
    """
    pairs = _by_key(before, after, keys)
    old, new = _rest(len(before), {i for i, _ in pairs}), _rest(len(after), {j for _, j in pairs})
    if not old or not new:
        return pairs
    alike = _identical(before, after, old, new)
    pairs += alike
    old = _without(old, {i for i, _ in alike})
    new = _without(new, {j for _, j in alike})
    if not keys and len(old) == len(new):
        # An update and a rewrite leave the rows in their order.
        return pairs + list(zip(old, new, strict=True))
    return pairs + _resembling(before, after, old, new, same)


def _by_key(before: Sequence[Row], after: Sequence[Row], keys: Collection[Sequence[int]]) -> Pairs:
    """The rows that have kept a key: by the key that finds most of them."""
    best: Pairs = []
    for key in keys:
        places: dict[Row, int] = {}
        for j, row in enumerate(after):
            value = tuple(row[place] for place in key)
            if None not in value:
                places[value] = j
        found = [
            (i, j)
            for i, row in enumerate(before)
            if (j := places.get(tuple(row[place] for place in key), -1)) >= 0
        ]
        if len({j for _, j in found}) == len(found) > len(best):
            best = found
        if len(best) == len(before):
            break
    return best


def _identical(
    before: Sequence[Row], after: Sequence[Row], old: list[int], new: list[int]
) -> Pairs:
    places: defaultdict[Row, list[int]] = defaultdict(list)
    for j in reversed(new):
        places[after[j]].append(j)
    return [(i, places[before[i]].pop()) for i in old if places.get(before[i])]


def _resembling(
    before: Sequence[Row], after: Sequence[Row], old: list[int], new: list[int], same: Same
) -> Pairs:
    """Rows of which at least half of the columns are as they were, in their order."""
    pairs: Pairs = []
    for i in old:
        row = before[i]
        best, score = None, (len(row) + 1) // 2 or 1
        for j in new:
            kept = sum(
                a == b or (a is not None and b is not None and same(place, a, b))
                for place, (a, b) in enumerate(zip(row, after[j], strict=True))
            )
            if kept > score or (kept == score and best is None):
                best, score = j, kept
            if kept == len(row):
                break
        if best is not None:
            pairs.append((i, best))
            new.remove(best)
    return pairs


def _rest(count: int, taken: set[int]) -> list[int]:
    return [i for i in range(count) if i not in taken]


def _without(positions: list[int], taken: set[int]) -> list[int]:
    return [i for i in positions if i not in taken]
