"""One table as a history leaves it. ``catalog`` holds them all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from checker.changes import Column, Constraint, Name


@dataclass(slots=True)
class KnownColumn:
    """A column as it stands.

    ``added`` is the number of the pull request that adds it, ``updated`` of the one that last
    gave it values by an UPDATE; 0 is the merged history.
    """

    column: Column
    added: int
    updated: int = 0


@dataclass(slots=True)
class KnownIndex:
    """An index, or a constraint that has one. ``columns`` as in CreateIndex."""

    name: str
    columns: tuple[str, ...]
    unique: bool
    partial: bool = False


@dataclass(slots=True)
class KnownTable:
    """A table as it stands. ``created`` is the number of the pull request that creates it, and
    ``emptied`` of the one that last deleted all its rows; 0 is the merged history.

    ``unique`` holds every set of columns in which no two rows agree, also where this pull
    request has dropped the index that kept them so.
    """

    name: Name
    created: int
    emptied: int = 0
    columns: dict[str, KnownColumn] = field(default_factory=dict)
    constraints: dict[str, Constraint] = field(default_factory=dict)
    indexes: dict[str, KnownIndex] = field(default_factory=dict)
    unique: list[frozenset[str]] = field(default_factory=list)

    def column(self, name: str) -> Column | None:
        known = self.columns.get(name)
        return known.column if known else None

    def is_unique(self, columns: Iterable[str]) -> bool:
        """Whether no two rows can agree in all of these columns; a unique subset suffices."""
        wanted = frozenset(columns)
        return any(kept <= wanted for kept in self.unique)

    def proves_not_null(self, column: str) -> bool:
        """Whether a valid CHECK is just ``column IS NOT NULL``."""
        proof = f"{column.lower()}isnotnull"
        return any(
            constraint.kind == "check"
            and not constraint.not_valid
            and "".join((constraint.expression or "").lower().split()).strip("()").replace('"', "")
            == proof
            for constraint in self.constraints.values()
        )

    def add_column(self, column: Column, added: int) -> None:
        self.columns[column.name] = KnownColumn(column, added)

    def drop_column(self, name: str) -> None:
        """Indexes and constraints over the column go with it (ALTER TABLE, DROP COLUMN)."""
        self.columns.pop(name, None)
        self.indexes = {k: i for k, i in self.indexes.items() if name not in i.columns}
        self.constraints = {k: c for k, c in self.constraints.items() if name not in c.columns}
        self.unique = [kept for kept in self.unique if name not in kept]

    def rename_column(self, old: str, new: str) -> None:
        if old not in self.columns:
            return

        def renamed(columns: Iterable[str]) -> tuple[str, ...]:
            return tuple(new if name == old else name for name in columns)

        self.columns = {(new if k == old else k): known for k, known in self.columns.items()}
        self.alter_column(new, name=new)
        for index in self.indexes.values():
            index.columns = renamed(index.columns)
        self.unique = [frozenset(renamed(kept)) for kept in self.unique]
        self.constraints = {
            k: replace(constraint, columns=renamed(constraint.columns))
            for k, constraint in self.constraints.items()
        }

    def alter_column(self, name: str, /, **changes: object) -> None:
        """Change attributes of a column; an unknown one is left alone."""
        known = self.columns.get(name)
        if known is not None:
            known.column = replace(known.column, **changes)

    def add_index(self, index: KnownIndex) -> None:
        self.indexes[index.name] = index
        if index.unique and not index.partial:
            self.unique.append(frozenset(index.columns))

    def drop_index(self, name: str, *, still_unique: bool) -> None:
        index = self.indexes.pop(name, None)
        if index is not None and index.unique and not still_unique:
            kept = frozenset(index.columns)
            self.unique = [columns for columns in self.unique if columns != kept]

    def add_constraint(self, constraint: Constraint) -> None:
        name = constraint.name or _default_name(self.name.name, constraint)
        if constraint.using_index is not None and constraint.using_index in self.indexes:
            columns = self.indexes.pop(constraint.using_index).columns
            constraint = replace(constraint, columns=columns)
        self.constraints[name] = constraint
        if constraint.kind in ("unique", "primary_key"):
            self.add_index(KnownIndex(name, constraint.columns, unique=True))
        if constraint.kind == "primary_key":
            for column in constraint.columns:
                self.alter_column(column, not_null=True)

    def drop_constraint(self, name: str, *, still_unique: bool) -> None:
        self.constraints.pop(name, None)
        self.drop_index(name, still_unique=still_unique)


def _default_name(table: str, constraint: Constraint) -> str:
    """The name that PostgreSQL chooses (ChooseIndexName, ChooseConstraintName)."""
    columns = "_".join(constraint.columns)
    match constraint.kind:
        case "primary_key":
            return f"{table}_pkey"
        case "unique":
            return f"{table}_{columns}_key"
        case "foreign_key":
            return f"{table}_{columns}_fkey"
        case "exclude":
            return f"{table}_{columns}_excl"
        case _:
            return f"{table}_{columns}_check"
