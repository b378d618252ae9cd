"""The schema as a history leaves it, folded from the changes that its statements make.

It answers what a rule asks of the schema before a statement: is this table new in this pull
request, what type had this column, which values had this enum, were these columns unique.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping

from checker.model import History, Script
from checker.model.changes import Change, Column, Constraint, Name, Type
from checker.sql.catalog import (  # noqa: F401 - each enters its functions into the table
    folding_objects,
    folding_tables,
)
from checker.sql.catalog.folding import FOLDS
from checker.sql.catalog.from_server import keep_accounts, own_sequences
from checker.sql.catalog.relations import drop_relation
from checker.sql.catalog.schema import TEMPORARY, FoldedSchema, Key
from checker.sql.catalog.table import KnownDomain, KnownIndex, KnownTable, RelationKind


class Catalog:
    """The tables, types and other relations that a history has made so far.

    ``apply`` takes the changes in order. What is made after ``begin_pull_request`` is new until
    the next one begins. Names without a schema are looked up in the search path.
    """

    def __init__(self) -> None:
        self._schema = FoldedSchema()

    # -- questions --------------------------------------------------------------------------

    def table(self, name: Name) -> KnownTable | None:
        """The table or materialized view of this name, which hold rows."""
        known = self._schema.relations.get(self.key(name))
        return None if known is None or known.kind == "view" else known

    def column(self, table: Name, column: str) -> Column | None:
        known = self.table(table)
        return known.column(column) if known else None

    def relation_kind(self, name: Name) -> RelationKind | None:
        """The kind of object that the name stands for; None for an unknown name."""
        key = self.key(name)
        known = self._schema.relations.get(key)
        if known is not None:
            return known.kind
        if key in self._schema.sequences:
            return "sequence"
        return "index" if self.index(name) is not None else None

    def enum(self, name: Name) -> tuple[str, ...] | None:
        """The values of an enum in their order."""
        return self._schema.enums.get(self.key(name))

    def domain(self, name: Name) -> KnownDomain | None:
        """The domain of this name, with its base type and what it demands of values."""
        return self._schema.domains.get(self.key(name))

    def index(self, name: Name) -> tuple[KnownTable, KnownIndex] | None:
        """An index, a constraint's too, and its table. An index is in its table's schema."""
        table = self._schema.find_index(self._schema.index_key(name))
        return None if table is None else (table, table.indexes[name.name])

    def tables(self) -> Iterable[KnownTable]:
        """Every table and materialized view."""
        return (t for t in self._schema.relations.values() if t.kind != "view")

    def views(self) -> Iterable[KnownTable]:
        return (t for t in self._schema.relations.values() if t.kind == "view")

    def enums(self) -> Iterable[tuple[Key, tuple[str, ...]]]:
        """Every enum by (schema, name), with its values in their order."""
        return self._schema.enums.items()

    def domains(self) -> Iterable[tuple[Key, KnownDomain]]:
        return self._schema.domains.items()

    def sequences(self) -> Iterable[Key]:
        """Every sequence by (schema, name), those of serial and identity columns included."""
        return self._schema.sequences

    def is_new_table(self, name: Name) -> bool:
        """Whether this pull request creates the table or view."""
        known = self._schema.relations.get(self.key(name))
        return known is not None and self._is_new(known.created)

    def may_have_rows(self, name: Name) -> bool:
        """Whether the table can hold rows: not if this pull request creates or empties it."""
        known = self.table(name)
        return known is None or not (self._is_new(known.created) or self._is_new(known.emptied))

    def is_new_type(self, name: Name) -> bool:
        return self._is_new(self._schema.types.get(self.key(name), 0))

    def is_new_index(self, name: Name) -> bool:
        """Whether this pull request makes the index, or the whole table."""
        placed = self.index(name)
        return placed is not None and (
            self._is_new(placed[1].created) or self._is_new(placed[0].created)
        )

    def is_new_column(self, table: Name, column: str) -> bool:
        """Whether this pull request adds the column, or the whole table."""
        known = self.table(table)
        if known is None:
            return False
        return self._is_new(known.created) or (
            column in known.columns and self._is_new(known.columns[column].added)
        )

    def is_updated(self, table: Name, column: str) -> bool:
        """Whether an UPDATE of this pull request gives the column values."""
        known = self.table(table)
        return (
            known is not None
            and column in known.columns
            and self._is_new(known.columns[column].updated)
        )

    def given(self, table: Name, column: str) -> str | None:
        """The default that rows got when the column was added; None where they got NULL."""
        known = self.table(table)
        if known is None or column not in known.columns:
            return None
        return known.columns[column].given or self.domain_default(known.columns[column].column.type)

    def domain_default(self, kind: Type) -> str | None:
        """The default of a domain, its own or that of its base domain."""
        domain = None if kind.array else self.domain(Name(kind.name, kind.schema))
        return None if domain is None else domain.default or self.domain_default(domain.type)

    def referencing(self, name: Name) -> list[tuple[KnownTable, Constraint]]:
        """The foreign keys that point at a table, each with its table."""
        return self._schema.references_to(self.key(name))

    def columns_of_type(self, name: Name) -> list[tuple[KnownTable, Column]]:
        """The columns whose type has this name, arrays of it included."""
        return self._schema.columns_of(self.key(name))

    def key(self, name: Name) -> Key:
        """(schema, name) as the search path resolves it."""
        return self._schema.key(name)

    # -- folding ----------------------------------------------------------------------------

    def begin_pull_request(self) -> None:
        """From here on, created objects are new, and earlier new ones are merged."""
        self._schema.pull_request += 1

    def _is_new(self, number: int) -> bool:
        return number == self._schema.pull_request > 0

    def begin_migration(self) -> None:
        """Each migration is read with the default search path, and without temporary tables.

        Prisma uses one connection, so a SET leaks into the next file; but Prisma's own bookkeeping
        fails there first, and the replay reports it.
        """
        if len(self._schema.path) > 1:
            for key in [key for key in self._schema.relations if key[0] == TEMPORARY]:
                drop_relation(self._schema, key, cascade=True)
        self._schema.set_path(None)

    def fold(self, scripts: Iterable[Script]) -> None:
        """Fold whole migrations in, in their order."""
        for script in scripts:
            self.begin_migration()
            for statement in script.statements:
                for change in statement.changes:
                    self.apply(change)

    def apply(self, change: Change) -> None:
        """Fold one change in. A change that cannot be applied (an unknown table) has no effect."""
        fold = FOLDS.get(type(change))
        if fold is not None:
            fold(self._schema, change)

    def settle(
        self, sequences: Mapping[Key, tuple[Key, str] | None], folded: Catalog | None
    ) -> None:
        """Finish a catalog that was read from a server: set its sequences with the columns that own
        them, and take from the folded one how common objects were written.
        """
        own_sequences(self._schema, sequences)
        if folded is not None:
            keep_accounts(self._schema, folded._schema)

    def copy(self) -> Catalog:
        """A copy that can be folded further by itself."""
        return copy.deepcopy(self)


def fold_merged(history: History, scripts: Mapping[str, Script]) -> Catalog:
    """The schema before the new migrations, from reading the others."""
    catalog = Catalog()
    catalog.fold(scripts.get(m.name, Script()) for m in history.migrations if m.state != "new")
    return catalog
