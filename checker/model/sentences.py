"""Sentences made of the facts of differences and of calls of Prisma Client that fail.

They carry names between backticks: renderers make them safe. They stand with the vocabulary, for
the messages of rules and the causes of ``status`` contain them, and neither knows of reports.
"""

from __future__ import annotations

from msgspec import Struct

from checker.model.changes import DEFAULT_SCHEMA
from checker.model.drift import Break, DefaultValue, Definition, Difference, Instances, Thing

_NOUNS: dict[Thing, str] = {
    "schema": "Schema",
    "extension": "Extension",
    "enum": "Enum",
    "enum_value": "Value",
    "table": "Table",
    "column": "Column",
    "primary_key": "Primary key",
    "index": "Index",
    "unique_index": "Unique index",
    "foreign_key": "Foreign key",
}
_ARITIES = {"required": "required", "nullable": "optional", "list": "a list"}
_INSTANCES: dict[Instances, str] = {
    "old": "old instances",
    "new": "new instances",
    "both": "old and new instances",
}


class SideWords(Struct, frozen=True):
    """What to say of a thing that only one side has, and how to call the sides.

    The first side stands where a difference says ``history``, the second where it says ``schema``.
    """

    only_first: str
    only_second: str
    first: str
    second: str


HISTORY_AND_SCHEMA = SideWords(
    "is made by the migrations and not in schema.prisma",
    "is in schema.prisma and in no migration",
    "after the migrations",
    "in schema.prisma",
)


def difference_words(difference: Difference, sides: SideWords = HISTORY_AND_SCHEMA) -> str:
    """``Column `User.age` is in schema.prisma and in no migration``."""
    kind, history, schema = difference.kind, difference.history_has, difference.schema_has
    if kind is None:
        return difference.text
    if schema is None:
        return f"{_thing(difference, kind)} {sides.only_first}"
    if history is None:
        return f"{_thing(difference, kind)} {sides.only_second}"
    if schema.name is not None:
        noun = _NOUNS["index" if kind == "unique_index" else kind]
        named = f"{noun} `{difference.name}` of `{_within(difference, difference.table)}`"
        return f"{named} is called `{schema.name}` {sides.second}"
    if kind == "extension":
        return f"Extension `{difference.name}` has another version or schema {sides.second}"
    one, other = _told_apart(history, schema)
    return f"{_thing(difference, kind)} is {one} {sides.first}, and {other} {sides.second}"


def _within(difference: Difference, name: str) -> str:
    """A table's name, with its schema where that is not the default one."""
    if difference.schema == DEFAULT_SCHEMA:
        return name
    return f"{difference.schema}.{name}"


def _thing(difference: Difference, kind: Thing) -> str:
    """What differs, as the subject of a sentence."""
    noun, name = _NOUNS[kind], difference.name
    columns = ", ".join(f"`{column}`" for column in difference.columns)
    table = _within(difference, difference.table)
    match kind:
        case "table":
            return f"{noun} `{_within(difference, name)}`"
        case "column":
            return f"{noun} `{table}.{name}`"
        case "enum_value":
            return f"{noun} `{name}` of enum `{difference.table}`"
        case "primary_key":
            return f"{noun} ({columns}) of `{table}`"
        case "index" | "unique_index":
            return f"{noun} `{name}` ({columns}) of `{table}`"
        case "foreign_key":
            return f"{noun} `{name}` ({columns}){_reference(difference)} of `{table}`"
        case _:
            return f"{noun} `{name}`"


def _reference(difference: Difference) -> str:
    definition = difference.history_has or difference.schema_has
    reference = definition.reference if definition else None
    if reference is None:
        return ""
    actions = f"ON DELETE {reference.on_delete} ON UPDATE {reference.on_update}"
    return f" to `{reference.table}` {actions}"


def _told_apart(history: Definition, schema: Definition) -> tuple[str, str]:
    """Both columns in the words in which they differ."""
    full = history.type == schema.type  # then only the PostgreSQL schema of the type differs
    pairs = list(zip(_aspects(history, full=full), _aspects(schema, full=full), strict=True))
    differing = [(one, other) for one, other in pairs if one != other] or pairs[-1:]
    return ", ".join(one for one, _ in differing), ", ".join(other for _, other in differing)


def _aspects(column: Definition, *, full: bool) -> list[str]:
    """What is said of a column; ``full``: its type with the PostgreSQL schema."""
    schema = f"{column.type_schema}." if full and column.type_schema else ""
    aspects = [f"`{schema}{column.type}`"] if column.type is not None else []
    aspects += [_ARITIES[column.arity]] if column.arity is not None else []
    aspects += [_default(column.default)] if column.default is not None else []
    return aspects


def _default(default: DefaultValue) -> str:
    values = ", ".join(default.values)
    match default.kind:
        case "numbered":
            return "numbered by the database"
        case "none":
            return "without a default"
        case "now":
            return "with the default `now()`"
        case "list":
            return f"with the default `[{values}]`"
        case _:
            return f"with the default `{values or 'dbgenerated()'}`"


def break_words(broken: Break) -> str:
    """``old instances fail on `User.findMany`: column `mail` does not exist (42703)``."""
    if not broken.operation:
        return broken.text
    verb = "fail" if broken.always else "may fail"
    code = f" ({broken.sqlstate})" if broken.sqlstate else ""
    call = f"`{broken.model}.{broken.operation}`"
    return f"{_INSTANCES[broken.instances]} {verb} on {call}: {broken.message}{code}"
