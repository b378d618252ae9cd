"""How large the tables are in production: a file of counts without data, and what they cost.

``migration-checker stats`` writes it, a team commits it. With it a finding can say how much has to
be read or rewritten. How long that takes depends on disk, memory and load; so it is a range, and
called an estimate.

The rates behind the range are in megabytes a second. Reading: a slow network disk to a table in
memory. Rewriting: with the write-ahead log, and its indexes built again. Measured with PostgreSQL
17.10 on a table of 269 MB in memory, two busy cores, no write-ahead log: a new CHECK 342 to 704, a
new type 103 to 116 (with two indexes 67, counted with them), an index on text 104 and on integers
231.
"""

from __future__ import annotations

import datetime

import msgspec
from msgspec import Struct

from checker.errors import InputError
from checker.model.changes import DEFAULT_SCHEMA
from checker.model.observed import Cost

STATS_FILE = ".migration-checker-stats.json"
PAGE = 8192  # bytes (PostgreSQL docs 19.17, block_size, as nearly every server has it)
LIMIT = 16 * 2**20  # bytes of such a file

RATES: dict[Cost, tuple[float, float]] = {
    "scan": (100, 1000),
    "index": (40, 250),
    "rewrite": (50, 200),
}
"""Megabytes a second, at worst and at best."""


class Size(Struct, frozen=True):
    """A table's size: ``rows`` as the server estimates them, ``pages`` of 8 kB of its own rows,
    and the bytes of these, of its indexes and of values stored apart (docs 73.2, TOAST).
    """

    rows: int
    pages: int
    table_bytes: int
    index_bytes: int = 0
    toast_bytes: int = 0

    def touched(self, cost: Cost) -> int:
        """The pages that work of this kind has to read, or to write."""
        if cost == "constant":
            return 0
        if cost == "rewrite":
            return -(-(self.table_bytes + self.index_bytes + self.toast_bytes) // PAGE)
        return self.pages


class Scale(Struct, frozen=True):
    """How large a table is in production: its ``size`` on a ``date``, and the dearest work that the
    replay saw a statement do to it. Without these two the settings just call it large.
    """

    table: str
    date: datetime.date | None = None
    size: Size | None = None
    cost: Cost = "constant"


class Sizes(Struct, frozen=True):
    """The sizes of all tables on one day. Tables of public have their bare name."""

    date: datetime.date
    server: str
    tables: dict[str, Size]
    version: int = 1

    def of(self, table: str) -> Size | None:
        """The size of a table, ``schema.name`` outside of public."""
        return self.tables.get(table.removeprefix(f"{DEFAULT_SCHEMA}."))

    @classmethod
    def parse(cls, data: bytes, source: str) -> Sizes:
        """The content of such a file; ``source`` names it in messages. Raises InputError."""
        advice = "let `migration-checker stats` write it again"
        if len(data) > LIMIT:
            raise InputError(f"{source} is larger than {LIMIT >> 20} MB; {advice}")
        try:
            sizes = msgspec.json.decode(data, type=Sizes)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InputError(f"{source} is not a file of table sizes ({error}); {advice}") from None
        if sizes.version != 1:
            raise InputError(f"{source} has version {sizes.version}, not 1; {advice}")
        return sizes

    def dump(self) -> bytes:
        """The content of the file: one line a table, so that changes read well in a review."""
        head = msgspec.json.encode({"version": self.version, "date": self.date}).decode()[1:-1]
        lines = [
            f"    {msgspec.json.encode(name).decode()}: {msgspec.json.encode(size).decode()}"
            for name, size in sorted(self.tables.items())
        ]
        server = msgspec.json.encode(self.server).decode()
        return (
            f'{{\n  {head},\n  "server": {server},\n  "tables": {{\n'
            + ",\n".join(lines)
            + "\n  }\n}\n"
        ).encode()


def duration(pages: int, kind: Cost) -> tuple[float, float]:
    """About how many seconds it takes at best and at worst to work through pages of 8 kB."""
    if kind == "constant":
        return 0.0, 0.0
    worst, best = RATES[kind]
    megabytes = pages * PAGE / 1e6
    return megabytes / best, megabytes / worst
