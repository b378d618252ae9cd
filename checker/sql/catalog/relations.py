"""Dropping, moving and renaming relations and columns, with what depends on them."""

from __future__ import annotations

from msgspec.structs import replace

from checker.model.changes import DEFAULT_SCHEMA, Column, Name
from checker.sql.catalog.schema import FoldedSchema, Key, KnownSequence
from checker.sql.catalog.table import KnownTable
from checker.sql.naming import nextval, sequence_of


def drop_relation(schema: FoldedSchema, key: Key, *, cascade: bool) -> None:
    """Drop a relation with the objects that depend on it: foreign keys to it, partitions, owned
    sequences, and with ``cascade`` the views that read it.
    """
    table = schema.relations.pop(key, None)
    if table is None:
        return
    for other, name in [(t, c.name) for t, c in schema.references_to(key)]:
        other.constraints.pop(name or "", None)
    for sequence in [k for k, s in schema.sequences.items() if s.table is table]:
        drop_sequence(schema, sequence)
    for parent in table.parents:
        parent.children.remove(table)
    dependent = [
        k
        for k, other in schema.relations.items()
        if table in other.parents or (cascade and table in other.sources)
    ]
    for k in dependent:
        drop_relation(schema, k, cascade=cascade)


def move_relation(schema: FoldedSchema, old: Key, new: Key) -> None:
    """Rename a relation of any kind, or move it and the objects that it owns to another schema."""
    if schema.has_relation(new):
        return
    if old in schema.sequences:
        move_sequence(schema, old, new)
        return
    moved = schema.relations.get(old)
    if moved is None:
        holder = schema.find_index(old)
        if holder is not None:
            holder.rename_index(old[1], new[1])
        return
    written = moved.name
    moved.name = schema.named(new, written if old[0] == new[0] else Name(written.name))
    references = schema.references_to(old)
    schema.relations = {(new if k == old else k): table for k, table in schema.relations.items()}
    for table, constraint in references:
        table.constraints[constraint.name or ""] = replace(constraint, references=moved.name)
    if old[0] != new[0]:
        owned = [k for k, s in schema.sequences.items() if s.table is moved]
        for k in owned:
            move_sequence(schema, k, (new[0], k[1]))


def new_column(schema: FoldedSchema, key: Key, table: KnownTable, column: Column) -> Column:
    """The column as PostgreSQL makes it, with the sequence of a serial or identity column."""
    column = replace(column, type=schema.settled_type(column.type))
    if not column.filled or column.generated is not None:
        return column
    words = (key[1], column.name, "seq")
    sequence = (key[0], schema.choose(key[0], words, constraint=False))
    schema.sequences[sequence] = KnownSequence(table, column.name)
    if sequence_of(column.default) is None:
        return column
    name = Name(sequence[1], table.name.schema)
    return replace(column, default=nextval(name))


def rename_column(schema: FoldedSchema, table: KnownTable, old: str, new: str) -> None:
    for each in table.family():
        each.rename_column(old, new)
    for sequence in schema.sequences.values():
        if sequence.table is table and sequence.column == old:
            sequence.column = new
    for view in schema.views_of(table):
        if old in view.reads:
            view.reads = {*view.reads, new}
    for other, constraint in schema.references_to(table.name.key):
        columns = tuple(new if c == old else c for c in constraint.referenced_columns)
        renamed = replace(constraint, referenced_columns=columns)
        other.constraints[constraint.name or ""] = renamed


def drop_column(schema: FoldedSchema, table: KnownTable, column: str, *, cascade: bool) -> None:
    """Drop a column with foreign keys to it, the sequences that it owns, and with ``cascade``
    the views that name it.
    """
    for other, constraint in schema.references_to(table.name.key):
        if column in constraint.referenced_columns:
            other.constraints.pop(constraint.name or "", None)
    drop_owned(schema, table, column)
    table.drop_column(column)
    for child in table.children:
        inherited = child.columns.get(column)
        if inherited is not None and not inherited.local:
            drop_column(schema, child, column, cascade=cascade)
    for view in schema.views_of(table) if cascade else ():
        if column in view.reads:
            drop_relation(schema, view.name.key, cascade=True)


def drop_owned(schema: FoldedSchema, table: KnownTable, column: str) -> None:
    """Drop the sequences that a column owns, and the defaults of other columns that use them."""
    owned = [k for k, s in schema.sequences.items() if s.table is table and s.column == column]
    for key in owned:
        drop_sequence(schema, key)


def move_sequence(schema: FoldedSchema, old: Key, new: Key) -> None:
    """Rename a sequence; a default that takes its values from it follows."""
    schema.sequences[new] = schema.sequences.pop(old)
    for table, column in schema.columns_fed_by(old):
        name = Name(new[1], None if new[0] == DEFAULT_SCHEMA else new[0])
        table.alter_column(column, default=nextval(name))


def drop_sequence(schema: FoldedSchema, key: Key) -> None:
    """Drop a sequence and the defaults that take their values from it."""
    schema.sequences.pop(key, None)
    for table, column in schema.columns_fed_by(key):
        table.alter_column(column, default=None, filled=False)
