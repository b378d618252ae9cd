"""The objects that a history has made so far, and the resolution of names among them.
``relations``, ``constraints`` and ``types`` change it, ``folding`` maps each change to their
operations, and rules ask ``catalog``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from checker.model.changes import DEFAULT_SCHEMA, Column, Constraint, Name, Type
from checker.sql.catalog.table import KnownDomain, KnownTable
from checker.sql.naming import choose_name, sequence_of

Key = tuple[str, str]
TEMPORARY = "pg_temp"  # PostgreSQL's own alias for the schema of a session's temporary tables


@dataclass(slots=True)
class KnownSequence:
    """A sequence and the column that owns it, with which it is dropped."""

    table: KnownTable | None = None
    column: str | None = None


class FoldedSchema:
    """Relations, sequences and types by schema and name.

    ``types`` holds every user's type with the number of the pull request that made it; ``enums``
    and ``domains`` say more of theirs. A name without a schema means the first one in ``path`` that
    has it; objects created without a schema go to ``creation``. ``dropped`` are schemas that the
    history has dropped: other schemas of the database are unknown.
    """

    def __init__(self) -> None:
        self.relations: dict[Key, KnownTable] = {}
        self.sequences: dict[Key, KnownSequence] = {}
        self.types: dict[Key, int] = {}
        self.enums: dict[Key, tuple[str, ...]] = {}
        self.domains: dict[Key, KnownDomain] = {}
        self.pull_request = 0
        self.path: tuple[str, ...] = (DEFAULT_SCHEMA,)
        self.creation = DEFAULT_SCHEMA
        self.dropped: set[str] = set()
        self.given: str | None = None

    def set_path(self, value: str | None) -> None:
        """``value`` is as SET search_path takes it; None, or nothing in it, is the default."""
        self.given = value
        schemas = [part.strip().strip("\"'") for part in (value or "").split(",")]
        path = tuple(schema for schema in schemas if schema not in ("", "$user", "pg_catalog"))
        path = path or (DEFAULT_SCHEMA,)
        self.creation = next((schema for schema in path if schema not in self.dropped), path[0])
        temporary = any(key[0] == TEMPORARY for key in self.relations)
        self.path = (TEMPORARY, *path) if temporary else path

    def key(self, name: Name) -> Key:
        """(schema, name) as the search path resolves it."""
        if name.schema is not None:
            return (name.schema, name.name)
        if len(self.path) > 1:
            for schema in self.path:
                key = (schema, name.name)
                if key in self.relations or key in self.types or key in self.sequences:
                    return key
        return (self.creation, name.name)

    def new_key(self, name: Name) -> Key:
        """The key of an object created under this name."""
        return (name.schema or self.creation, name.name)

    def settled(self, name: Name) -> Name:
        """The name in a form that means the same under any search path."""
        return self.named(self.key(name), name)

    def named(self, key: Key, written: Name) -> Name:
        """The name of a key, with the default schema only where it was written."""
        return Name(key[1], written.schema or (None if key[0] == DEFAULT_SCHEMA else key[0]))

    @staticmethod
    def type_key(kind: Type) -> Key:
        """The key of a settled type."""
        return (kind.schema or DEFAULT_SCHEMA, kind.name)

    def settled_type(self, kind: Type) -> Type:
        """The type, with its schema where the search path is not the default."""
        if kind.schema is None and self.path != (DEFAULT_SCHEMA,):
            schema = self.key(Name(kind.name))
            if schema in self.types and schema[0] != DEFAULT_SCHEMA:
                return replace(kind, schema=schema[0])
        return kind

    def choose(self, schema: str, words: tuple[str, str, str], *, constraint: bool) -> str:
        """The name that PostgreSQL makes from a table, columns and a label."""

        def taken(name: str) -> bool:
            return self.has_relation((schema, name)) or (
                constraint and any(name in t.constraints for t in self.tables_in(schema))
            )

        def constraint_taken(name: str) -> bool:
            return any(name in t.constraints for t in self.tables_in(schema))

        is_relation = words[2] not in ("check", "fkey", "not_null")
        return choose_name(*words, taken if is_relation else constraint_taken)

    def tables_in(self, schema: str) -> Iterator[KnownTable]:
        return (table for key, table in self.relations.items() if key[0] == schema)

    def has_relation(self, key: Key) -> bool:
        return key in self.relations or key in self.sequences or self.find_index(key) is not None

    def find_index(self, key: Key) -> KnownTable | None:
        """The table that has this index."""
        return next((t for t in self.tables_in(key[0]) if key[1] in t.indexes), None)

    def index_key(self, name: Name) -> Key:
        """The key of an index: it is in its table's schema."""
        schemas = (name.schema,) if name.schema else self.path
        keys = [(schema, name.name) for schema in schemas]
        return next((key for key in keys if self.find_index(key)), keys[0])

    def add_relation(self, key: Key, table: KnownTable) -> None:
        self.relations[key] = table
        if key[0] == TEMPORARY and self.path[0] != TEMPORARY:
            self.path = (TEMPORARY, *self.path)

    def references_to(self, key: Key) -> list[tuple[KnownTable, Constraint]]:
        """The foreign keys that point at a table, each with the table that has it."""
        return [
            (table, constraint)
            for table in self.relations.values()
            for constraint in table.constraints.values()
            if constraint.references is not None and constraint.references.key == key
        ]

    def views_of(self, table: KnownTable) -> list[KnownTable]:
        """The views whose queries read a table."""
        return [view for view in self.relations.values() if table in view.sources]

    def columns_of(self, key: Key) -> list[tuple[KnownTable, Column]]:
        """The columns of a type, arrays of it included."""
        return [
            (table, known.column)
            for table in self.relations.values()
            for known in table.columns.values()
            if known.column.type.name == key[1]
            and (known.column.type.schema or DEFAULT_SCHEMA) == key[0]
        ]

    def columns_fed_by(self, key: Key) -> list[tuple[KnownTable, str]]:
        fed = []
        for table in self.relations.values():
            for name, known in table.columns.items():
                sequence = sequence_of(known.column.default)
                if sequence is not None and sequence.key == key:
                    fed.append((table, name))
        return fed
