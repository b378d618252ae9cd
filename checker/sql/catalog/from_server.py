"""A schema read from a server, completed by facts from reading its history.

The server knows which objects exist. Only the history says how they were written and made: the
default that a column was added with, an expression before PostgreSQL rewrote it. Where both agree
on an object, the history's version is kept, otherwise the server's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from checker.model.changes import DEFAULT_SCHEMA, Column, Constraint, Name, Type
from checker.sql.catalog.schema import FoldedSchema, Key, KnownSequence
from checker.sql.catalog.table import KnownIndex, KnownTable
from checker.sql.naming import sequence_of

_CAST = re.compile(
    r'::(?:"[^"]+"|[\w.]+)+(?: varying| precision| with(?:out)? time zone)?(?:\[\])?'
)
_BESIDE = re.compile(r'[\s()\[\]"]')
_ANY = "=anyarray"  # as PostgreSQL writes IN


def own_sequences(schema: FoldedSchema, sequences: Mapping[Key, tuple[Key, str] | None]) -> None:
    """Put these sequences, and the columns that own them, in place of those made up by folding."""
    schema.sequences = {}
    for key, owner in sequences.items():
        table = schema.relations.get(owner[0]) if owner else None
        if owner is None or table is None:
            schema.sequences[key] = KnownSequence()
            continue
        schema.sequences[key] = KnownSequence(table, owner[1])
        column = table.column(owner[1])
        used = sequence_of(column.default) if column else None
        if used is not None and used.key == key:
            table.alter_column(owner[1], filled=True)


def keep_accounts(schema: FoldedSchema, folded: FoldedSchema) -> None:
    """Take the folded schema's version of the objects that both have."""
    for key, table in schema.relations.items():
        known = folded.relations.get(key)
        if known is not None and known.kind == table.kind:
            _keep(table, known)
    for key, domain in schema.domains.items():
        read = folded.domains.get(key)
        if read is not None and (read.type, read.not_null) == (domain.type, domain.not_null):
            if _alike(read.default, domain.default):
                domain.default = read.default
            domain.constraints = tuple(_constraint(c, read.constraints) for c in domain.constraints)


def _keep(table: KnownTable, known: KnownTable) -> None:
    table.name = known.name
    for name, column in table.columns.items():
        other = known.columns.get(name)
        if other is not None and _same_column(column.column, other.column):
            column.column = other.column
            column.given, column.default_type = other.given, other.default_type
    for name, constraint in table.constraints.items():
        table.constraints[name] = _constraint(constraint, known.constraints.values())
    for name, index in table.indexes.items():
        other_index = known.indexes.get(name)
        if other_index is not None and _same_index(index, other_index):
            index.columns, index.where = other_index.columns, other_index.where
            index.uses, index.plain = other_index.uses, other_index.plain


def _same_column(one: Column, other: Column) -> bool:
    return (
        _same_type(one.type, other.type)
        and _alike(one.default, other.default)
        and replace(one, type=other.type, default=other.default) == other
    )


def _same_type(one: Type, other: Type) -> bool:
    """Whether two types are the same; an extension's type may be named without its schema."""
    return replace(one, schema=None) == replace(other, schema=None) and (
        one.schema == other.schema or None in (one.schema, other.schema)
    )


def _constraint(constraint: Constraint, known: Iterable[Constraint]) -> Constraint:
    for other in known:
        if other.name == constraint.name and _same_constraint(constraint, other):
            return other
    return constraint


def _same_constraint(one: Constraint, other: Constraint) -> bool:
    return (
        (one.kind, set(one.columns), one.not_valid, one.referenced_columns)
        == (other.kind, set(other.columns), other.not_valid, other.referenced_columns)
        and _key(one.references) == _key(other.references)
        and _alike(one.expression, other.expression)
    )


def _same_index(one: KnownIndex, other: KnownIndex) -> bool:
    return (
        (one.unique, one.method, one.include) == (other.unique, other.method, other.include)
        and len(one.columns) == len(other.columns)
        and all(map(_alike, one.columns, other.columns))
        and _alike(one.where, other.where)
    )


def _key(name: Name | None) -> Key | None:
    return None if name is None else (name.schema or DEFAULT_SCHEMA, name.name)


def _alike(one: str | None, other: str | None) -> bool:
    """Whether two expressions differ only in casts, brackets and spaces."""
    if one is None or other is None:
        return one is other
    return _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return _BESIDE.sub("", _CAST.sub("", text)).lower().replace(_ANY, "in")
