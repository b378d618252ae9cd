"""The schema beside the history: how they differ, what changes, and who stumbles over it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Thing = Literal[
    "schema",
    "extension",
    "enum",
    "enum_value",
    "table",
    "column",
    "primary_key",
    "index",
    "unique_index",
    "foreign_key",
]


class DefaultValue(Struct, frozen=True):
    """What fills a column where nothing is given.

    ``numbered`` is a sequence of its own or an identity; ``values`` are the text of a ``value``,
    the elements of a ``list``, or the SQL of an ``expression``, where there is one.
    """

    kind: Literal["none", "value", "list", "now", "sequence", "expression", "numbered"]
    values: tuple[str, ...] = ()


class Reference(Struct, frozen=True):
    """Where a foreign key leads. ``schema`` is the PostgreSQL schema of ``table``."""

    schema: str
    table: str
    columns: tuple[str, ...]
    on_delete: str
    on_update: str


class Definition(Struct, frozen=True):
    """What one side says of a thing; what is None is not part of the difference.

    Of a column ``type`` (``VarChar(30)``; of an enum with ``type_schema``, that of PostgreSQL),
    ``arity`` and ``default``; of what is called otherwise its ``name``; of a foreign key
    the ``reference``; of an index or an extension the rest as ``sql``.
    """

    name: str | None = None
    type: str | None = None
    type_schema: str | None = None
    arity: Literal["required", "nullable", "list"] | None = None
    default: DefaultValue | None = None
    reference: Reference | None = None
    sql: str | None = None


class Difference(Struct, frozen=True):
    """One thing in which the history's outcome and schema.prisma differ.

    ``ahead`` is the side that has more: the schema (a migration is missing), the history (the
    schema lacks what the migrations make), or ``both`` where each says something else of the same
    thing. ``inherited`` differences were there before this pull request. Where two other sides are
    compared, the one to begin with stands for the history, the one to arrive at for the schema.

    ``kind``, ``schema`` (of PostgreSQL), ``table`` (or the enum of a value), ``name`` and
    ``columns`` say what differs. ``history_has`` and ``schema_has`` are what the sides say, None
    where a side lacks it. ``text`` is the sentence made of these facts when the report is complete;
    ``kind`` is None only in a report of a release that wrote nothing but the sentence.
    """

    ahead: Literal["schema", "history", "both"]
    text: str = ""
    inherited: bool = False
    kind: Thing | None = None
    schema: str = ""
    table: str = ""
    name: str = ""
    columns: tuple[str, ...] = ()
    history_has: Definition | None = None
    schema_has: Definition | None = None

    @property
    def key(self) -> Difference:
        """What two differences have in common that are the same: all but the words and whose it is.

        One of a report that has no facts is only like itself.
        """
        return self if self.kind is None else replace(self, text="", inherited=False)


class SchemaFault(Struct, frozen=True):
    """Why Prisma refuses the schema, and where; ``inherited`` where it refuses the base's too."""

    path: str
    line: int
    message: str
    inherited: bool = False


class Drift(Struct, frozen=True):
    """The history's outcome compared with schema.prisma, in Prisma's eyes.

    ``changes`` are the differences, ``script`` is the migration that closes the gap and ``name``
    what to call it (without the time). ``renames`` is SQL to consider instead, where something
    dropped looks like something added. ``unmodelled`` lists what the database holds and Prisma does
    not look at, and ``faults`` what is wrong with the schema itself. ``not_verified`` and
    ``skipped`` come with a ``reason``.
    """

    status: Literal["in_sync", "drift", "not_verified", "skipped"]
    changes: tuple[Difference, ...] = ()
    script: str = ""
    name: str | None = None
    renames: str | None = None
    unmodelled: tuple[str, ...] = ()
    reason: str | None = None
    faults: tuple[SchemaFault, ...] = ()

    @property
    def fresh(self) -> tuple[Difference, ...]:
        """The differences that this pull request brings."""
        return tuple(change for change in self.changes if not change.inherited)


Mark = Literal["", "added", "removed", "changed"]


class PictureColumn(Struct, frozen=True):
    """A column of a picture. ``keys`` are ``PK``, ``FK`` and ``UK``, as far as it is one."""

    name: str
    type: str
    mark: Mark = ""
    keys: tuple[str, ...] = ()


class PictureTable(Struct, frozen=True):
    """A table of a picture with the columns worth showing; ``more`` are left out."""

    name: str
    columns: tuple[PictureColumn, ...] = ()
    mark: Mark = ""
    more: int = 0


class PictureLink(Struct, frozen=True):
    """A foreign key from one table to another, by what it is over."""

    table: str
    references: str
    label: str
    mark: Mark = ""


class Picture(Struct, frozen=True):
    """The tables that a change touches and their neighbours, as they were and as they will be.

    ``more`` changed tables are left out.
    """

    tables: tuple[PictureTable, ...]
    links: tuple[PictureLink, ...] = ()
    more: int = 0


Instances = Literal["old", "new", "both"]


class Break(Struct, frozen=True):
    """A call of Prisma Client that works on one database and fails on the other.

    ``instances`` of the code say whose: built of the base, of this change, or of either.
    ``operation`` is the client's (``findMany``). ``message`` is PostgreSQL's with its ``sqlstate``,
    or without one what of the answer the client cannot read. ``always`` says that every such call
    fails; else it depends on the values. ``text`` is the sentence made of these facts when the
    report is complete; ``operation`` is empty only in a report of a release that wrote nothing
    else.
    """

    model: str
    text: str = ""
    field: str | None = None
    always: bool = True
    instances: Instances = "old"
    operation: str = ""
    message: str = ""
    sqlstate: str | None = None


class Rollout(Struct, frozen=True):
    """How code and database get on while the one is deployed and the other not yet.

    ``old`` is what code built from the base's schema.prisma fails on once the migrations have run,
    ``new`` what code of this change fails on before they have. ``lasting`` is what code of this
    change fails on after them as well, within the database's own functions; it is not in ``old``.
    """

    old: tuple[Break, ...] = ()
    new: tuple[Break, ...] = ()
    lasting: tuple[Break, ...] = ()
