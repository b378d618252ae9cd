"""What is known of the rows that production may hold beyond what the schema says."""

from __future__ import annotations

from msgspec import Struct


class Link(Struct, frozen=True):
    """Columns that refer to those of another table without a foreign key, in pairs. Tables are
    given by schema and name.
    """

    table: tuple[str, str]
    columns: tuple[str, ...]
    referenced: tuple[str, str]
    keys: tuple[str, ...]


class Hints(Struct, frozen=True):
    """``texts`` are what columns of text may hold, and ``links`` the columns most of whose values
    are those of others.
    """

    texts: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
