"""How alike two scripts are, by the measure with which git detects renames.

A script is cut into chunks that end with a line or after 64 bytes. The bytes of the chunks that
both scripts have, relative to the size of the larger, are the similarity (git's source:
diffcore-delta.c, and estimate_similarity in diffcore-rename.c). A carriage return before a line
feed does not count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

RENAME_AT_LEAST = 0.5
_CHUNK = re.compile(rb"[^\n]{0,63}\n|[^\n]{1,64}")
# git gives up as well where so many files come and go that comparing them all takes too long.
_MOST_PAIRS = 250_000


class Pair(Struct, frozen=True):
    """A removed script and the new one that it became."""

    old: str
    new: str


def find_renames(removed: Mapping[str, bytes], new: Mapping[str, bytes]) -> list[Pair]:
    """Pairs of removed and new scripts, the most similar first; each script is in one at most.

    Identical ones come first. Where several are equally similar, names that have the same words
    after their timestamp go together. A new script that holds most of another removed one besides
    became of several, and is a rename of none.
    """
    old_chunks = {name: _chunks(data) for name, data in removed.items()}
    new_chunks = {name: _chunks(data) for name, data in new.items()}
    only_exact = len(removed) * len(new) > _MOST_PAIRS
    kept = set(removed.values()) & set(new.values())
    scored = []
    for old, data in removed.items():
        for name, other in new.items():
            if data == other:
                score = 2.0
            elif only_exact:
                continue
            else:
                score = _similarity(old_chunks[old], new_chunks[name], len(data), len(other))
                besides = (o for o in removed if o != old and removed[o] not in kept)
                if score >= RENAME_AT_LEAST and any(
                    _copied(old_chunks[o], new_chunks[name]) > len(removed[o]) * RENAME_AT_LEAST
                    for o in besides
                ):
                    continue
            if score >= RENAME_AT_LEAST:
                scored.append((-score, _label(old) != _label(name), old, name))
    pairs: list[Pair] = []
    taken: set[tuple[str, str]] = set()
    for _, _, old, name in sorted(scored):
        if ("old", old) not in taken and ("new", name) not in taken:
            taken |= {("old", old), ("new", name)}
            pairs.append(Pair(old, name))
    return pairs


def _chunks(data: bytes) -> Counter[bytes]:
    """The bytes that each different chunk of a script covers."""
    covered: Counter[bytes] = Counter()
    for chunk in _CHUNK.findall(data.replace(b"\r\n", b"\n")):
        covered[chunk] += len(chunk)
    return covered


def _similarity(old: Counter[bytes], new: Counter[bytes], old_size: int, new_size: int) -> float:
    larger = max(old_size, new_size)
    if min(old_size, new_size) < larger * RENAME_AT_LEAST:
        return 0.0
    return _copied(old, new) / larger


def _copied(old: Counter[bytes], new: Counter[bytes]) -> int:
    """The bytes of the chunks that both have."""
    return sum(min(size, new[chunk]) for chunk, size in old.items() if chunk in new)


def _label(name: str) -> str:
    return name.lstrip("0123456789")
