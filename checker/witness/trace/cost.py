"""What the cost of a statement grows with, told from what it touched at two sizes of the tables.

Nothing is timed: PostgreSQL counts the blocks that are asked for, and the sizes of new files say
what was written. Figures are compared by difference, so that what every statement touches (catalogs
aside, a table's first pages, an index's metapage, the free space map) cancels out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from checker.model import Cost, Work

# A scan asks for every page once. Half of them leaves room for a visibility map that spares pages.
ENOUGH = 0.5
# Fewer pages of difference tell nothing: then the kind of access has to do.
MEASURABLE = 2


class Touched(Struct, frozen=True):
    """What one statement did to one table, with pages and blocks of 8 kB.

    ``pages`` is the table's size before it, ``blocks`` how often a block of the table was asked
    for and ``part_blocks`` one of its indexes or its TOAST table. ``scans`` are sequential,
    ``probes`` those of its indexes. ``changed`` rows were updated or deleted, ``inserted`` added.
    ``rewritten`` is the size of its new file, where it was given one, and ``built`` that of each
    index that was.
    """

    pages: int
    blocks: int = 0
    part_blocks: int = 0
    scans: int = 0
    probes: int = 0
    changed: int = 0
    inserted: int = 0
    rewritten: int | None = None
    built: Mapping[str, int] = {}

    @property
    def any(self) -> bool:
        """Whether there was any work at all."""
        counts = (self.blocks, self.part_blocks, self.scans, self.probes, self.changed)
        return any((*counts, self.inserted, self.built, self.rewritten is not None))


Access = Literal["executor", "command", "sample"]


def classify(
    table: str, small: Touched, large: Touched | None, *, access: Access, reason: str | None
) -> Work | None:
    """The work on one table; None where it is constant.

    ``access`` says what read the table: a query (which may read a small table in full and a large
    one by an index), a command that changes the schema, or ANALYZE, which reads a sample of
    limited size. A table that is not scanned but probed by its indexes or inserted into, once for
    each row of another table, costs nothing that grows with its own size: so it is with the parent
    where a foreign key is checked row by row.
    """
    other = large or small
    sizes = other.pages - small.pages
    if reason and other.pages:  # it is PostgreSQL that says so, whatever the sizes
        cost: Cost = "rewrite"
    elif large is None or sizes < MEASURABLE:
        cost = _by_kind(other, access)
    else:
        cost = _by_growth(small, large, sizes, access)
    if cost == "constant":
        return None
    written = _written(other) - (_written(small) if large else 0)
    touched = other.blocks + other.part_blocks
    if large:
        touched -= small.blocks + small.part_blocks
    return Work(
        table,
        cost,
        pages=max(0, touched + written),
        table_pages=max(0, sizes if large else small.pages),
        reason=(reason or None) if cost == "rewrite" else None,
        indexes=tuple(sorted(other.built)),
    )


def _by_growth(small: Touched, large: Touched, sizes: int, access: Access) -> Cost:
    enough = ENOUGH * sizes
    rewritten = (large.rewritten or 0) - (small.rewritten or 0)
    # At least a row for each page: a fixed number of rows grows with nothing.
    if rewritten >= enough or large.changed - small.changed >= enough:
        return "rewrite"
    if any(pages > small.built.get(name, 0) for name, pages in large.built.items()):
        return "index"
    by_others = large.probes > small.probes or large.inserted > small.inserted
    if access == "sample" or (by_others and not large.scans):
        return "constant"
    grown = max(large.blocks - small.blocks, large.part_blocks - small.part_blocks)
    return "scan" if grown >= enough else "constant"


def _by_kind(touched: Touched, access: Access) -> Cost:
    """Without two sizes: what would grow if the table had more rows."""
    if not touched.pages:
        return "constant"
    if touched.rewritten:
        return "rewrite"
    if touched.built:
        return "index"
    return "scan" if touched.scans and access == "command" else "constant"


def _written(touched: Touched) -> int:
    return (touched.rewritten or 0) + sum(touched.built.values())
