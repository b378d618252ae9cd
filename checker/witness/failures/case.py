"""One failure on rows: what PostgreSQL says of it, and what the schema knows of what it names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from checker.model import Statement
from checker.model.changes import (
    DEFAULT_SCHEMA,
    AddColumn,
    AddConstraint,
    Change,
    Constraint,
    Name,
    ValidateConstraint,
)
from checker.pg.session import ServerError
from checker.sql.catalog.catalog import Catalog

_KEY = re.compile(r"^Key \((.*?)\)=\(")


class FailureCase(Struct, frozen=True):
    """One failure. ``before`` is the schema as it stood before the statement, ``major`` the
    server's version.
    """

    error: ServerError
    statement: Statement
    before: Catalog
    major: int

    @property
    def table(self) -> Name | None:
        """The table that PostgreSQL names, else the only one that the statement names."""
        if self.error.table:
            return plain(Name(self.error.table, self.error.schema))
        tables = {change.table for change in self.changes if hasattr(change, "table")}
        return tables.pop() if len(tables) == 1 else None

    @property
    def changes(self) -> tuple[Change, ...]:
        return self.statement.changes

    def constraints(self) -> Iterator[tuple[Name, Constraint]]:
        """The constraints that the statement adds or validates, with their tables."""
        for change in self.changes:
            match change:
                case AddConstraint():
                    yield change.table, change.constraint
                case AddColumn():
                    own = (change.column.name,)
                    for constraint in change.constraints:
                        columns = constraint.columns or own
                        yield change.table, Constraint(
                            constraint.kind, columns, constraint.name, constraint.expression,
                            constraint.references, constraint.referenced_columns,
                        )  # fmt: skip
                case ValidateConstraint():
                    known = self.before.table(change.table)
                    if known and change.name in known.constraints:
                        yield change.table, known.constraints[change.name]

    def existing(self, table: Name) -> Constraint | None:
        """The constraint that PostgreSQL names, where it was there before the statement."""
        known = self.before.table(table)
        return known.constraints.get(self.error.constraint or "") if known else None

    def there(self, table: Name, *columns: str) -> bool:
        """Whether production has all of these, as far as is known."""
        known = self.before.table(table)
        return not self.before.is_new_table(table) and (
            known is None
            or all(
                (name in known.columns and not self.before.is_new_column(table, name))
                or (name not in known.columns and not known.complete)
                for name in columns
            )
        )


def keys_of(case: FailureCase) -> tuple[str, ...]:
    """The keys of the unique constraint or index that PostgreSQL names."""
    table = case.table
    known = case.before.table(table) if table else None
    name = case.error.constraint or ""
    if known and name in known.indexes:
        return known.indexes[name].columns
    found = _KEY.match(case.error.detail or "")
    return tuple(part.strip('"') for part in found[1].split(", ")) if found else ()


def words(keys: tuple[str, ...]) -> str:
    """Columns as a reader names them."""
    if not keys:
        return "key"
    names = [f"`{key[1:-1] if key.startswith('(') else key}`" for key in keys]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def plain(name: Name) -> Name:
    """The name as people write it."""
    return Name(name.name) if name.schema == DEFAULT_SCHEMA else name
