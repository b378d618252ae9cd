"""PostgreSQL does not convert a column to its new type unless the migration says how.

ALTER COLUMN … TYPE converts by itself only where the old type has an assignment cast to the new one
(docs 10.1): any type becomes text, a number another kind of number, a date a
timestamp. Everything else fails with SQLSTATE 42804, on an empty table too.

Not reported: types of extensions other than citext and user-defined types other than enums, whose
casts are not known.

Instead: say after USING how a value is converted.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AlterColumnType, Name, Type, quote
from checker.rules import Context, rule
from checker.rules._locks import POSTGRESQL

_TEXTS = {"text", "character varying", "character", "bpchar", "citext", "name"}
_NUMBERS = {"smallint", "integer", "bigint", "numeric", "real", "double precision"}
_STAMP, _STAMP_AT = "timestamp without time zone", "timestamp with time zone"
_TIME, _TIME_AT = "time without time zone", "time with time zone"
_LEFT_ALONE = (
    *("boolean", "uuid", "bytea", "xml", "tsvector", "tsquery", "line", "lseg", "circle"),
    *("int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange"),
)
# To which types a column of each is converted without USING, besides text: the assignment casts
# of pg_cast, which are the same in 15 and 17.
_CONVERTED: dict[str, set[str]] = {
    **{name: set() for name in _LEFT_ALONE},
    **dict.fromkeys(("real", "double precision"), _NUMBERS),
    "smallint": _NUMBERS | {"oid"},
    **dict.fromkeys(("integer", "bigint"), _NUMBERS | {"oid", "money"}),
    "numeric": _NUMBERS | {"money"},
    "money": {"numeric"},
    "oid": {"integer", "bigint"},
    "bit": {"bit varying"},
    "bit varying": {"bit"},
    "cidr": {"inet"},
    "inet": {"cidr"},
    "macaddr": {"macaddr8"},
    "macaddr8": {"macaddr"},
    "point": {"box"},
    "box": {"polygon"},
    "path": {"polygon"},
    "polygon": {"path"},
    "date": {_STAMP, _STAMP_AT},
    _STAMP: {"date", _STAMP_AT, _TIME},
    _STAMP_AT: {"date", _STAMP, _TIME, _TIME_AT},
    _TIME: {_TIME_AT, "interval"},
    _TIME_AT: {_TIME},
    "interval": {_TIME},
    "json": {"jsonb"},
    "jsonb": {"json"},
}


@rule(AlterColumnType, providers=POSTGRESQL)
def check(change: AlterColumnType, at: Context) -> Iterator[Finding]:
    column = at.before.column(change.table, change.column)
    if column is None or change.using is not None:
        return
    if not _is_refused(column.type, change.type, at):
        return
    name, kind = quote(change.column), change.type.sql
    through = "::text" if _is_enum(column.type, at) else ""
    yield at.finding(
        f"`{change.table}.{change.column}` cannot become `{change.type}` by itself: PostgreSQL has "
        f"no cast from `{column.type}`, and the migration fails",
        why="It fails with SQLSTATE 42804, on an empty table too.",
        advice="Say after USING how a value is converted.",
        fix=f"ALTER TABLE {change.table.sql} ALTER COLUMN {name} TYPE {kind} "
        f"USING {name}{through}::{kind};",
    )


def _is_refused(old: Type, new: Type, at: Context) -> bool:
    if new.name in _TEXTS and not new.array:
        return False
    if old.array and new.array:
        element, into = _element(old), _element(new)
        return into.name not in _TEXTS and _is_refused(element, into, at)
    if old.array != new.array:
        return _is_known(old, at) and _is_known(new, at)
    if old.name == new.name and old.schema == new.schema:
        return False
    if _is_enum(old, at) or _is_enum(new, at):
        return _is_known(old, at) and _is_known(new, at)
    if old.name in _TEXTS:
        return new.name in _CONVERTED
    return new.name in _CONVERTED and new.name not in _CONVERTED.get(old.name, {new.name})


def _element(kind: Type) -> Type:
    return Type(kind.name, kind.schema, kind.modifiers)


def _is_enum(kind: Type, at: Context) -> bool:
    return at.before.enum(Name(kind.name, kind.schema)) is not None


def _is_known(kind: Type, at: Context) -> bool:
    return kind.name in _CONVERTED or kind.name in _TEXTS or _is_enum(kind, at)
