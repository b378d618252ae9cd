"""Objects that have no module of their own here, privileges and comments."""

from __future__ import annotations

from msgspec import Struct

from checker.model.changes.names import Name


class CreateObject(Struct, frozen=True):
    """An object that has no change of its own here; ``kind`` as in SQL (``VIEW``, ``FUNCTION``).

    ``source`` names the relations that a view's query reads, ``columns`` the columns that it names,
    with ``*`` among them where it takes all.
    """

    kind: str
    name: Name
    on: Name | None = None
    replace: bool = False
    if_not_exists: bool = False
    source: tuple[Name, ...] = ()
    columns: tuple[str, ...] = ()


class AlterObject(Struct, frozen=True):
    """``argument`` is the new schema of SET SCHEMA, or the column of OWNED BY, ``on`` its table."""

    kind: str
    name: Name
    what: str
    on: Name | None = None
    argument: str | None = None


class RenameObject(Struct, frozen=True):
    kind: str
    name: Name
    to: str
    on: Name | None = None


class DropObject(Struct, frozen=True):
    kind: str
    name: Name
    on: Name | None = None
    cascade: bool = False
    if_exists: bool = False


class ChangePrivileges(Struct, frozen=True):
    """GRANT, REVOKE, ALTER DEFAULT PRIVILEGES, OWNER TO, REASSIGN OWNED."""

    what: str
    names: tuple[Name, ...] = ()
    roles: tuple[str, ...] = ()


class Comment(Struct, frozen=True):
    kind: str
    name: Name
