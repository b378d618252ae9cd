"""Fits a page into a number of bytes by leaving out whole sections."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct


class Section(Struct, frozen=True):
    """A part of a page, with the line ends that follow it.

    ``rank`` says how dear it is; sections of rank 0 stay, and of the others those with the
    highest rank go first. ``item`` names what the section shows, where it shows one of several
    things of the same kind: what is left out is counted by item, not by section.
    """

    text: str
    rank: int = 0
    item: int | None = None

    @property
    def size(self) -> int:
        """Bytes in UTF-8."""
        return len(self.text.encode())


def fit(sections: Sequence[Section], limit: int, more: Callable[[int], Section]) -> list[Section]:
    """The sections that fit into ``limit`` bytes, in their order.

    Where some are left out, ``more`` is asked for a section that tells how many items they had;
    it stands before the last of ``sections``, the foot of the page.
    """
    if sum(section.size for section in sections) <= limit:
        return list(sections)
    items = {section.item for section in sections if section.item is not None}
    room = limit - more(len(items)).size
    kept: set[int] = set()
    for index in sorted(range(len(sections)), key=lambda index: sections[index].rank):
        section = sections[index]
        if section.rank == 0 or section.size <= room:
            kept.add(index)
            room -= section.size
    out = {s.item for i, s in enumerate(sections) if i not in kept and s.item is not None}
    page = [section for index, section in enumerate(sections) if index in kept]
    return [*page[:-1], more(len(out)), *page[-1:]]
