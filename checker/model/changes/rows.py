"""What is done to rows."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from checker.model.changes.names import Name


class InsertRows(Struct, frozen=True):
    """INSERT or COPY … FROM; ``source`` names the tables that a query reads."""

    table: Name
    source: tuple[Name, ...] = ()
    columns: tuple[str, ...] = ()


class UpdateRows(Struct, frozen=True):
    """UPDATE; ``restricted`` is False where no condition, or one that is always true, limits it.
    ``joined`` says that rows of other tables decide which rows it takes.
    """

    table: Name
    columns: tuple[str, ...] = ()
    restricted: bool = True
    joined: bool = False


class DeleteRows(Struct, frozen=True):
    """DELETE; ``restricted`` and ``joined`` as for an UPDATE."""

    table: Name
    restricted: bool = True
    joined: bool = False


class RowStatement(Struct, frozen=True):
    """An UPDATE or DELETE of one table: the new values by column, and its condition, as SQL."""

    table: Name
    values: Mapping[str, str]
    condition: str | None


class TruncateTable(Struct, frozen=True):
    table: Name
    cascade: bool = False
