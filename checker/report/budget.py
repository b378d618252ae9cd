"""Fits a page into a number of bytes by leaving out whole sections."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct


class PageSection(Struct, frozen=True):
    """A part of a page, with the line ends that follow it.

    ``rank`` says how expendable it is; sections of rank 0 stay, and those with the highest rank
    go first. ``part`` and ``of`` name it where it is left out: ``details`` of a
    ``warning``. The first section of a ``group`` is what the others of it stand in, such as the
    head of a table: without it they go as well. ``end`` is what closes it after the last of them.
    """

    text: str
    rank: int = 0
    part: str = ""
    of: str = ""
    group: int | None = None
    end: str = ""

    @property
    def size(self) -> int:
        """Bytes in UTF-8."""
        return len(self.text.encode()) + len(self.end.encode())


def fit(
    sections: Sequence[PageSection], limit: int, more: Callable[[Sequence[PageSection]], str]
) -> str:
    """The page of at most ``limit`` bytes: the sections that fit into it, in their order.

    Where some are left out, ``more`` is asked for the text that names them; it stands before the
    last of ``sections``, the foot of the page.
    """
    if sum(section.size for section in sections) <= limit:
        return _page(sections)
    room = limit - len(more([section for section in sections if section.rank]).encode())
    heads: dict[int | None, int] = {}
    kept: set[int] = set()
    for index in sorted(range(len(sections)), key=lambda index: sections[index].rank):
        section = sections[index]
        head = index if section.group is None else heads.setdefault(section.group, index)
        stands = head == index or head in kept
        if section.rank == 0 or (stands and section.size <= room):
            kept.add(index)
            room -= section.size
    page = [section for index, section in enumerate(sections) if index in kept]
    out = [section for index, section in enumerate(sections) if index not in kept]
    return _page(page[:-1]) + more(out) + _page(page[-1:])


def _page(sections: Sequence[PageSection]) -> str:
    last = {section.group: index for index, section in enumerate(sections)}
    ends: dict[int, str] = {}
    for index, section in enumerate(sections):
        if section.end:
            closes = index if section.group is None else last[section.group]
            ends[closes] = section.end + ends.get(closes, "")
    return "".join(section.text + ends.get(i, "") for i, section in enumerate(sections))
