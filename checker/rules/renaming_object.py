"""Renaming a type, an enum value, a view, a function or a schema breaks code that names it.

Code that still runs fails until it is replaced: Prisma Client names enum types and their values in
its queries, and raw SQL names views and functions.

Not reported: indexes, constraints, sequences, triggers and policies, whose names no code uses, and
objects that this pull request makes.

Instead: keep the name in the database and rename in schema.prisma with `@map` and `@@map`, or make
the new object beside the old one and drop the old one a release later.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import (
    CreateObject,
    CreateTable,
    RenameEnumValue,
    RenameObject,
    RenameType,
)
from checker.rules import Context, rule
from checker.rules._around import changes_in, same

_NAMED_BY_CODE = frozenset(
    {"VIEW", "MATERIALIZED VIEW", "FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE", "SCHEMA"}
)


@rule(RenameType, RenameEnumValue, RenameObject, severity="warning")
def check(change: RenameType | RenameEnumValue | RenameObject, at: Context) -> Iterator[Finding]:
    match change:
        case RenameType(name, to):
            if at.before.is_new_type(name):
                return
            what = f"Type `{name}` is renamed to `{to}`"
            advice = f'Keep the type and rename only the enum: `@@map("{name.name}")`.'
        case RenameEnumValue(enum, value, to):
            if at.before.is_new_type(enum):
                return
            what = f"The value `{value}` of `{enum}` is renamed to `{to}`"
            advice = f'Keep the value and rename it only in the code: `{to} @map("{value}")`.'
        case RenameObject(kind, name, to):
            made = changes_in(at.statements, CreateObject, CreateTable)
            names = (m.name if isinstance(m, CreateObject) else m.table for m in made)
            if kind not in _NAMED_BY_CODE or any(same(at, n, name) for n in names):
                return
            what = f"`{kind} {name}` is renamed to `{to}`"
            advice = "Make the new one beside the old, and drop the old one a release later."
    yield at.finding(
        f"{what}: code that still runs and uses the old name fails",
        why="Old and new code run side by side while a release is rolled out.",
        advice=advice,
    )
