"""The cost of a new type or default of a column on a table with rows (PostgreSQL).

ALTER COLUMN … TYPE keeps the stored rows where the conversion is none: PostgreSQL rewrites the
table otherwise (``ATColumnChangeRequiresRewrite`` in its tablecmds.c; SQL Commands, ALTER TABLE,
Notes). It still rebuilds every index whose operators change, and reads the table for every valid
CHECK on the column. ADD COLUMN with a default is a note in the catalog unless the default is
volatile (the same Notes).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from checker.model.changes import AlterColumnType, Column, Name, RunCode, Type
from checker.sql import read
from checker.sql.catalog.catalog import Catalog
from checker.sql.catalog.table import KnownTable
from checker.sql.functions import is_steady

# The conversions that leave the bytes as they are (pg_cast with castmethod 'b').
_TEXTS = {"text", "character varying", "citext"}
_RELABELLED = {(old, new) for old in _TEXTS for new in _TEXTS if old != new} | {
    *((old, "bpchar") for old in (*_TEXTS, "xml")),
    ("cidr", "inet"),
    ("bit", "bit varying"),
    ("integer", "oid"),
    ("oid", "integer"),
    ("xml", "text"),
    ("xml", "character varying"),
}
_STAMPS = {"timestamp without time zone", "timestamp with time zone"}
_MOMENTS = _STAMPS | {"time without time zone", "time with time zone"}
_FINEST = ("6",)  # digits of a second that are kept where none are given
_INTERVAL_FIELDS = ["second", "minute", "hour", "day", "month", "year"]
# Types that share the operators of an index: only between these is it kept as it is.
_OPERATORS = {"character varying": "text", "cidr": "inet"}

# Volatile functions of PostgreSQL and its contrib modules that serve as defaults.
_VOLATILE = frozenset({
    "clock_timestamp", "currval", "gen_random_bytes", "gen_random_uuid", "gen_salt", "lastval",
    "nextval", "random", "random_normal", "timeofday", "uuid_generate_v1", "uuid_generate_v1mc",
    "uuid_generate_v4", "uuidv4", "uuidv7",
})  # fmt: skip
# A function that makes a fresh identifier is volatile, whoever wrote it; versions 3 and 5 hash a
# name.
_FRESH = re.compile(r"(?!uuid_(nil|ns_|generate_v[35]|extract_))\w*(uuid|ulid|cuid|nanoid|ksuid)")
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_CALL = re.compile(r'([\w$]+)"?\s*\(')


class TypeChangeCost(Struct, frozen=True):
    """The work that PostgreSQL does on the table under the lock, with the indexes or checks
    concerned.
    """

    work: Literal["rewrite", "check", "index"]
    names: tuple[str, ...] = ()


def type_change_cost(
    change: AlterColumnType, before: Catalog, *, utc: bool = True
) -> TypeChangeCost | None:
    """The cost of the change; None where it is free or the column is unknown.

    ``utc`` says that the session's time zone is UTC, in which a timestamp and a timestamp with
    time zone are stored alike.
    """
    table = before.table(change.table)
    column = table.column(change.column) if table else None
    if table is None or column is None:
        return None
    if not _keeps_rows(column.type, change, before, utc=utc):
        return TypeChangeCost("rewrite")
    checks = tuple(
        name
        for name, constraint in table.constraints.items()
        if constraint.kind == "check"
        and not constraint.not_valid
        and change.column in constraint.columns
    )
    if checks:
        return TypeChangeCost("check", checks)
    indexes = _rebuilt(table, column, change, before)
    return TypeChangeCost("index", indexes) if indexes else None


def _keeps_rows(old: Type, change: AlterColumnType, before: Catalog, *, utc: bool) -> bool:
    through = _casts(change)
    if through is None:
        return False
    for new in (*through, change.type):
        if not _stands(old, new, before, utc=utc):
            return False
        old = new
    return True


def _casts(change: AlterColumnType) -> list[Type] | None:
    """The types through which USING casts the column; None where it does anything else."""
    if change.using is None:
        return []
    column, *types = change.using.split("::")
    if column.strip('"').replace('""', '"') != change.column:
        return None
    casts = []
    for text in types:
        (statement, *_) = read(f"ALTER TABLE t ALTER c TYPE {text}", "postgresql").statements or [
            None
        ]
        if statement is None or not isinstance(statement.changes[0], AlterColumnType):
            return None
        casts.append(statement.changes[0].type)
    return casts


def _stands(old: Type, new: Type, before: Catalog, *, utc: bool) -> bool:
    """Whether every value of ``old`` is stored as the same bytes in ``new``."""
    if is_constrained_domain(new, before):
        return _spelt(old, before) == _spelt(new, before)
    if before.domain(Name(old.name, old.schema)) is not None and old != new:
        old = replace(_stored(old, before), modifiers=())  # of a domain the length is not used
    old, new = _stored(old, before), _stored(new, before)
    if old == new:
        return True
    if old.array != new.array:
        return False
    if old.name.startswith("interval") and new.name.startswith("interval"):
        return not old.array and _fits_interval(old, new)
    if old.name == new.name and old.schema == new.schema:
        return not new.modifiers or (not new.array and _fits(old, new))
    if old.array:
        return False
    if {old.name, new.name} == _STAMPS:
        return utc and new.modifiers in ((), _FINEST)
    return (old.name, new.name) in _RELABELLED and not new.modifiers


def _fits(old: Type, new: Type) -> bool:
    """Whether the new length or precision, of the same type, cannot affect any value."""
    if new.name in _MOMENTS and new.modifiers == _FINEST:
        return True
    if not old.modifiers:
        return False
    (size, *scale), (new_size, *new_scale) = _figures(old), _figures(new)
    if new.name == "numeric":
        return new_size >= size and (new_scale or [0]) == (scale or [0])
    return new.name in {"character varying", "bit varying", *_MOMENTS} and new_size >= size


def _figures(kind: Type) -> list[int]:
    return [int(figure) for figure in kind.modifiers]


def _fits_interval(old: Type, new: Type) -> bool:
    """Whether the new interval keeps every field and digit of the old (``interval_support``)."""
    (field, digits), (new_field, new_digits) = _finest(old), _finest(new)
    return new_field <= field and (field > 0 or new_digits >= digits)


def _finest(kind: Type) -> tuple[int, int]:
    """The smallest field of an interval, from seconds up, and the digits of a second."""
    last = kind.name.split()[-1]
    field = _INTERVAL_FIELDS.index(last) if last in _INTERVAL_FIELDS else 0
    return field, _figures(kind)[0] if kind.modifiers else int(_FINEST[0])


def _stored(kind: Type, before: Catalog) -> Type:
    """The type that is stored: a domain's base type, under one name."""
    domain = None if kind.array else before.domain(Name(kind.name, kind.schema))
    if domain is not None:
        return _stored(domain.type, before)
    kind = _spelt(kind, before)
    if kind.name == "character":
        return replace(kind, name="bpchar", modifiers=kind.modifiers or ("1",))
    if kind.name == "bit" and not kind.modifiers:
        return replace(kind, modifiers=("1",))
    return kind


def _spelt(kind: Type, before: Catalog) -> Type:
    """The type without the schema of its lookup, so that both spellings are equal."""
    if kind.schema is None:
        return kind
    default = before.key(Name(kind.name))
    same = kind.name == "citext" or before.key(Name(kind.name, kind.schema)) == default
    return replace(kind, schema=None) if same else kind


def is_constrained_domain(kind: Type, before: Catalog) -> bool:
    """Whether the type is a domain with conditions, its own or those of its base domain.

    PostgreSQL then looks at every row: it rewrites the table even where the value is NULL
    (``ATExecAddColumn``, ``DomainHasConstraints``).
    """
    domain = before.domain(Name(kind.name, kind.schema))
    return domain is not None and (
        domain.not_null or bool(domain.constraints) or is_constrained_domain(domain.type, before)
    )


def _rebuilt(
    table: KnownTable, column: Column, change: AlterColumnType, before: Catalog
) -> tuple[str, ...]:
    """The indexes that are rebuilt although the rows stay (``CheckIndexCompatible``).

    An expression or a condition is never compared, only assumed to be another.
    """
    old, new = _stored(column.type, before), _stored(change.type, before)
    other = change.collation is not None or (
        _OPERATORS.get(old.name, old.name) != _OPERATORS.get(new.name, new.name)
    )
    return tuple(
        name
        for name, index in table.indexes.items()
        if index.involves(change.column)
        and (index.uses or index.partial or (other and change.column in index.columns))
    )


def volatile_call(default: str, declared: Callable[[str], bool | None]) -> str | None:
    """The function that makes a default volatile, or None where it is evaluated only once.

    ``declared`` says of a function whether the history makes it volatile; None where the history
    does not know it. A function that PostgreSQL does not have either counts as volatile, the
    default.
    """
    for name in _CALL.findall(_LITERAL.sub("''", default)):
        known = declared(name)
        if known or (known is None and is_surely_volatile(name)):
            return str(name)
    for name in _calls(default):
        if declared(name.name) is None and not is_steady(name):
            return name.name
    return None


def is_surely_volatile(function: str) -> bool:
    """Whether a function that the history does not make is volatile beyond doubt."""
    return function in _VOLATILE or _FRESH.match(function.lower()) is not None


def _calls(default: str) -> Iterator[Name]:
    """The functions that an expression calls, by PostgreSQL's own grammar."""
    for statement in read(f"SELECT {default}", "postgresql").statements:
        for change in statement.changes:
            if isinstance(change, RunCode) and change.name is not None:
                yield change.name


def is_mostly_free(change: AlterColumnType) -> bool:
    """Whether a new type, where the one before is not known, mostly leaves the rows as they are.

    That is a type without a limit which others are widened to: from those it is free, and few
    people come to it from elsewhere.
    """
    through = _casts(change)
    return through is not None and all(_is_unlimited(kind) for kind in (*through, change.type))


def _is_unlimited(kind: Type) -> bool:
    if kind.array:
        return False
    if kind.name in _MOMENTS:
        return kind.modifiers in ((), _FINEST)
    return kind.name in {*_TEXTS, "numeric", "bit varying"} and not kind.modifiers
