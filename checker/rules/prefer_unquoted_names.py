"""A table, column or enum whose name has to be quoted in every query.

PostgreSQL folds names to lower case unless they are quoted, so that `SELECT * FROM User` does not
find the table "User" but the name of the current user. Prisma Client quotes everything; reports,
psql and other programs have to do so by hand.

Instead: names in snake_case that are not reserved words, by `@@map("users")` and
`@map("created_at")` in schema.prisma.
"""

import re
from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddColumn, CreateEnum, CreateTable, RenameColumn, RenameTable
from checker.model.words import plural
from checker.rules import Context, rule
from checker.rules._columns import NAMING, STYLE
from checker.rules._locks import POSTGRESQL

_SHOWN = 5
_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")
# Reserved, also those that may name a function or a type (PostgreSQL docs, appendix C).
_RESERVED = re.compile(
    r"all|analyse|analyze|and|any|array|as|asc|asymmetric|authorization|binary|both|case|cast|"
    r"check|collate|collation|column|concurrently|constraint|create|cross|current_catalog|"
    r"current_date|current_role|current_schema|current_time|current_timestamp|current_user|"
    r"default|deferrable|desc|distinct|do|else|end|except|false|fetch|for|foreign|freeze|from|"
    r"full|grant|group|having|ilike|in|initially|inner|intersect|into|is|isnull|join|lateral|"
    r"leading|left|like|limit|localtime|localtimestamp|natural|not|notnull|null|offset|on|only|"
    r"or|order|outer|overlaps|placing|primary|references|returning|right|select|session_user|"
    r"similar|some|symmetric|system_user|table|tablesample|then|to|trailing|true|union|unique|"
    r"user|using|variadic|verbose|when|where|window|with"
)


@rule(
    CreateTable,
    AddColumn,
    RenameTable,
    RenameColumn,
    CreateEnum,
    severity="warning",
    providers=POSTGRESQL,
    presets=(STYLE, NAMING),
)
def check(
    change: CreateTable | AddColumn | RenameTable | RenameColumn | CreateEnum, at: Context
) -> Iterator[Finding]:
    quoted = [f"`{name}`" for name in _made(change) if _needs_quotes(name)]
    if quoted:
        names = ", ".join(quoted[:_SHOWN])
        if len(quoted) > _SHOWN:
            names += f" and {plural(len(quoted) - _SHOWN, 'more name')}"
        yield at.finding(
            f"{names} {'has' if len(quoted) == 1 else 'have'} to be quoted in every query",
            why="Unquoted names are folded to lower case, and reserved words cannot be names.",
            advice="Map to names in snake_case by `@@map` and `@map` in schema.prisma.",
        )


def _made(
    change: CreateTable | AddColumn | RenameTable | RenameColumn | CreateEnum,
) -> Iterator[str]:
    match change:
        case CreateTable():
            if not change.temporary:
                yield change.table.name
                yield from (column.name for column in change.columns)
        case AddColumn():
            yield change.column.name
        case CreateEnum():
            yield change.enum.name
        case _:
            yield change.to


def _needs_quotes(name: str) -> bool:
    return _PLAIN.fullmatch(name) is None or _RESERVED.fullmatch(name) is not None
