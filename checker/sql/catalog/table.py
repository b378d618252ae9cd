"""One table as a history leaves it. ``schema`` holds them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from msgspec.structs import replace

from checker.model.changes import Column, Constraint, Name, Type
from checker.sql.expression import proves_not_null, rename_in

RelationKind = Literal[
    "table", "partitioned table", "foreign table", "materialized view", "view", "sequence", "index"
]
# The constraints that PostgreSQL enforces by an index of the same name.
INDEXED = ("primary_key", "unique", "exclude")


@dataclass(slots=True)
class KnownColumn:
    """The current state of a column. ``added`` is the number of the pull request that adds it,
    ``updated`` of the one that last gave it values by an UPDATE; 0 is the merged history. A column
    that is not ``local`` exists only because a parent of its table has it. ``default_type`` is the
    column's type when its default was set, if it has changed since: the default is still cast from
    that type. ``given`` is the default with which it was added, the value of the rows of that time.
    """

    column: Column
    added: int
    updated: int = 0
    local: bool = True
    default_type: Type | None = None
    given: str | None = None


@dataclass(slots=True, eq=False)
class KnownIndex:
    """An index, or a constraint that has one. ``columns`` as in CreateIndex.

    ``created`` is the number of the pull request that makes it; 0 is the merged history.
    ``uses`` are the columns that its expressions and its condition ``where`` name. ``parent`` is
    the partitioned table's index that it is a part of. ``plain`` as in CreateIndex.
    """

    name: str
    columns: tuple[str, ...]
    unique: bool
    partial: bool = False
    created: int = 0
    method: str = "btree"
    include: tuple[str, ...] = ()
    where: str | None = None
    uses: tuple[str, ...] = ()
    nulls_not_distinct: bool = False
    parent: KnownIndex | None = None
    plain: bool = True

    def involves(self, column: str) -> bool:
        return column in self.columns or column in self.include or column in self.uses

    def rename_column(self, old: str, new: str) -> None:
        if old in self.uses:
            self.columns = tuple(
                rename_in(key, old, new) if key.startswith("(") else key for key in self.columns
            )
            self.where = rename_in(self.where, old, new) if self.where else None
        self.columns = _renamed(self.columns, old, new)
        self.include = _renamed(self.include, old, new)
        self.uses = _renamed(self.uses, old, new)


@dataclass(slots=True)
class KnownDomain:
    """A domain: its base type and its conditions on every value."""

    type: Type
    not_null: bool = False
    default: str | None = None
    constraints: tuple[Constraint, ...] = ()


@dataclass(slots=True, eq=False)
class KnownTable:
    """The current state of a table, materialized view or view.

    ``created`` is the number of the pull request that creates it, and ``emptied`` of the one that
    last deleted all its rows; 0 is the merged history. ``unique`` holds every set of columns in
    which no two rows agree, even where this pull request has dropped the index that ensured it.

    ``complete`` is False where some columns are unknown: those of a query, or of another unknown
    table. ``parents`` are the tables that it inherits from or, with ``is_partition``, the one that
    it is a partition of; ``sources`` what a view's query reads, and ``reads`` the columns that it
    names.
    """

    name: Name
    created: int
    emptied: int = 0
    columns: dict[str, KnownColumn] = field(default_factory=dict)
    constraints: dict[str, Constraint] = field(default_factory=dict)
    indexes: dict[str, KnownIndex] = field(default_factory=dict)
    unique: list[frozenset[str]] = field(default_factory=list)
    kind: RelationKind = "table"
    complete: bool = True
    is_partition: bool = False
    parents: list[KnownTable] = field(default_factory=list)
    children: list[KnownTable] = field(default_factory=list)
    sources: list[KnownTable] = field(default_factory=list)
    reads: set[str] = field(default_factory=set)

    def column(self, name: str) -> Column | None:
        known = self.columns.get(name)
        return known.column if known else None

    def is_unique(self, columns: Iterable[str]) -> bool:
        """Whether no two rows can agree in all of these columns; a unique subset suffices."""
        wanted = frozenset(columns)
        return any(kept <= wanted for kept in self.unique)

    def proves_not_null(self, column: str) -> bool:
        """Whether a valid CHECK (or NOT NULL constraint) keeps NULL out of the column."""
        return any(
            not constraint.not_valid
            and (
                (constraint.kind == "not_null" and column in constraint.columns)
                or (
                    constraint.kind == "check"
                    and proves_not_null(constraint.expression or "", column)
                )
            )
            for constraint in self.constraints.values()
        )

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The columns of the primary key; empty without one."""
        keys = (c.columns for c in self.constraints.values() if c.kind == "primary_key")
        return next(keys, ())

    def family(self) -> Iterator[KnownTable]:
        """The table itself and all that inherit from it, its partitions among them."""
        yield self
        for child in self.children:
            yield from child.family()

    def add_column(self, column: Column, added: int, *, local: bool = True) -> None:
        """Add a column, or merge its definition into an inherited one."""
        inherited = self.column(column.name)
        if inherited is not None:
            column = replace(
                column,
                not_null=column.not_null or inherited.not_null,
                default=column.default or inherited.default,
            )
        self.columns[column.name] = KnownColumn(column, added, local=local, given=column.default)

    def drop_column(self, name: str) -> None:
        """Indexes and constraints over the column go with it (ALTER TABLE, DROP COLUMN)."""
        self.columns.pop(name, None)
        self.indexes = {k: i for k, i in self.indexes.items() if not i.involves(name)}
        self.constraints = {
            k: c
            for k, c in self.constraints.items()
            if name not in c.columns and (c.kind not in INDEXED or k in self.indexes)
        }
        self.unique = [kept for kept in self.unique if name not in kept]

    def rename_column(self, old: str, new: str) -> None:
        if old not in self.columns or new in self.columns:
            return
        self.columns = {(new if k == old else k): known for k, known in self.columns.items()}
        self.alter_column(new, name=new)
        for index in self.indexes.values():
            index.rename_column(old, new)
        self.unique = [frozenset(_renamed(kept, old, new)) for kept in self.unique]
        for key, constraint in self.constraints.items():
            if old in constraint.columns:
                text = constraint.expression
                self.constraints[key] = replace(
                    constraint,
                    columns=_renamed(constraint.columns, old, new),
                    expression=rename_in(text, old, new) if text else text,
                )

    def alter_column(self, name: str, /, **changes: object) -> None:
        """Change attributes of a column; an unknown one is left alone."""
        known = self.columns.get(name)
        if known is None:
            return
        if "default" in changes:
            known.default_type = None
        elif "type" in changes and known.column.default is not None:
            known.default_type = known.default_type or known.column.type
        known.column = replace(known.column, **changes)

    def add_index(self, index: KnownIndex) -> None:
        self.indexes[index.name] = index
        if index.unique and not index.partial:
            self.unique.append(frozenset(index.columns))

    def rename_index(self, old: str, new: str) -> None:
        """Rename an index and its constraint."""
        self.indexes = {(new if k == old else k): index for k, index in self.indexes.items()}
        if new in self.indexes:
            self.indexes[new].name = new
        constraint = self.constraints.pop(old, None)
        if constraint is not None:
            self.constraints[new] = replace(constraint, name=new)

    def drop_index(self, name: str, *, still_unique: bool) -> None:
        """Drop an index, its constraint, and the partitions' parts of it."""
        index = self.indexes.pop(name, None)
        self.constraints.pop(name, None)
        if index is None:
            return
        kept = frozenset(index.columns)
        if index.unique and not still_unique and kept in self.unique:
            self.unique.remove(kept)
        for child in self.children:
            for part in [i.name for i in child.indexes.values() if i.parent is index]:
                child.drop_index(part, still_unique=still_unique)

    def add_constraint(self, name: str, constraint: Constraint, created: int) -> None:
        """Add a constraint under a settled name, with its index."""
        if constraint.using_index in self.indexes:
            old = constraint.using_index
            constraint = replace(constraint, columns=self.indexes[old].columns)
            self.rename_index(old, name)
        elif constraint.kind in INDEXED:
            self.add_index(
                KnownIndex(
                    name,
                    constraint.columns,
                    unique=constraint.kind != "exclude",
                    partial=constraint.kind == "exclude" and constraint.expression is not None,
                    created=created,
                    method=constraint.method or "btree",
                    where=constraint.expression if constraint.kind == "exclude" else None,
                    nulls_not_distinct=constraint.nulls_not_distinct,
                    include=constraint.include,
                )
            )
        self.constraints[name] = replace(constraint, name=name)
        if constraint.kind == "primary_key" or (
            constraint.kind == "not_null" and not constraint.not_valid
        ):
            for column in constraint.columns:
                self.alter_column(column, not_null=True)

    def drop_constraint(self, name: str, *, still_unique: bool) -> None:
        constraint = self.constraints.pop(name, None)
        if constraint is not None and constraint.kind == "not_null":
            for column in constraint.columns:
                self.alter_column(column, not_null=False)
        self.drop_index(name, still_unique=still_unique)


def _renamed(columns: Iterable[str], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if name == old else name for name in columns)
