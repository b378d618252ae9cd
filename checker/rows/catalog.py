"""The facts about tables that are needed to make rows for them. Plain values, no I/O.

Expressions are PostgreSQL's own text (``pg_get_expr``), qualified wherever pg_catalog does not
hold what they name. Columns are known by their attribute numbers.
"""

from __future__ import annotations

from msgspec import Struct

from checker.model.changes import quote


class FillType(Struct, frozen=True):
    """A type as ``pg_type`` knows it. ``kind`` is its ``typtype``, ``name`` its bare name.

    ``element`` is an array's element, a range's subtype, a multirange's range or a domain's base,
    with that one's modifier; ``labels`` are an enum's, ``fields`` a composite's types with their
    modifiers, ``checks`` a domain's constraints.
    """

    oid: int
    name: str
    kind: str
    builtin: bool
    element: int = 0
    modifier: int = -1
    array: bool = False
    labels: tuple[str, ...] = ()
    fields: tuple[tuple[int, int], ...] = ()
    checks: tuple[str, ...] = ()


class FillColumn(Struct, frozen=True):
    """A column that an INSERT may name. ``type_sql`` is its type with modifiers, as SQL.

    ``sequence`` is the one that numbers it, as SQL, with its increment.
    """

    number: int
    name: str
    type: int
    modifier: int
    type_sql: str
    nullable: bool
    sequence: str | None = None
    step: int = 1

    @property
    def sql(self) -> str:
        return quote(self.name)


class Generated(Struct, frozen=True):
    """A generated column: its expression and the columns from which that is computed."""

    number: int
    name: str
    expression: str
    columns: frozenset[int]


class Check(Struct, frozen=True):
    """A condition on rows of the table: a CHECK, or that a partition takes them.

    ``columns`` are the insertable ones on which it depends.
    """

    name: str
    expression: str
    columns: frozenset[int]

    def __str__(self) -> str:
        return self.name


class Unique(Struct, frozen=True):
    """A unique index or an exclusion constraint. ``columns`` are all on which it depends.

    ``plain`` says that it is about exactly these columns' values in all rows.
    """

    name: str
    columns: frozenset[int]
    plain: bool
    primary: bool = False


class FillForeignKey(Struct, frozen=True):
    """``columns`` reference ``keys`` of ``table``, in pairs. ``full`` is MATCH FULL."""

    name: str
    columns: tuple[int, ...]
    table: int
    keys: tuple[int, ...]
    full: bool


class FillTable(Struct, frozen=True):
    """A table that can hold rows. ``label`` is how a report names it, ``sql`` how SQL does.

    ``kind`` is its ``relkind``. ``root`` is the partitioned table of which it is a part.
    """

    oid: int
    schema: str
    name: str
    kind: str
    owner: str
    columns: tuple[FillColumn, ...] = ()
    generated: tuple[Generated, ...] = ()
    checks: tuple[Check, ...] = ()
    uniques: tuple[Unique, ...] = ()
    references: tuple[FillForeignKey, ...] = ()
    root: int | None = None
    partitions: int = 0

    @property
    def label(self) -> str:
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        return f"{quote(self.schema)}.{quote(self.name)}"

    @property
    def rows(self) -> str:
        """Its own rows as SQL, without those of tables that inherit from it."""
        return self.sql if self.kind == "p" else f"ONLY {self.sql}"

    def column(self, number: int) -> FillColumn:
        return next(c for c in self.columns if c.number == number)


class FillCatalog(Struct, frozen=True):
    """All tables and the types that their columns need, by oid."""

    tables: dict[int, FillTable]
    types: dict[int, FillType]
