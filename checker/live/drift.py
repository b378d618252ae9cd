"""How the live tables differ from the migrations and from schema.prisma, told apart. Pure."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from checker.live.facts import LiveDrift, LiveGap
from checker.prisma.database.model import DatabaseSchema
from checker.prisma.diff.diff import diff
from checker.prisma.diff.differences import differences
from checker.prisma.diff.script import script
from checker.prisma.diff.warnings import warns

DEFAULT = "public"


class Catalogs(Struct, frozen=True):
    """The schemas compared; None where unknown. ``applied`` results from the applied migrations,
    ``whole`` from all of them, ``wanted`` from schema.prisma.
    """

    live: DatabaseSchema
    applied: DatabaseSchema | None = None
    whole: DatabaseSchema | None = None
    wanted: DatabaseSchema | None = None


def judge_live(catalogs: Catalogs, *, pending: bool, reason: str | None = None) -> LiveDrift:
    """The live database compared with the three. ``pending``: not all migrations are applied."""
    live, applied, whole, wanted = (
        catalogs.live,
        catalogs.applied,
        catalogs.whole,
        catalogs.wanted,
    )
    return LiveDrift(
        by_hand=gap(applied, live) if applied else None,
        schema=gap(live, wanted) if wanted else None,
        unmigrated=gap(whole, wanted) if whole and wanted else None,
        has_pending=pending and whole is not None and not diff(live, whole),
        reason=reason,
    )


def gap(start: DatabaseSchema, end: DatabaseSchema) -> LiveGap:
    """The differences between two schemas, and the SQL both ways."""
    steps = diff(start, end)
    if not steps:
        return LiveGap()
    multi = start.multi or end.multi
    back = diff(end, start)
    return LiveGap(
        differences(steps),
        script(steps, multi=multi),
        script(back, multi=multi),
        forth_at_risk=warns(steps),
        back_at_risk=warns(back),
    )


def as_default(database: DatabaseSchema, schema: str) -> DatabaseSchema:
    """A database whose tables are in the schema that the URL names, as if they were in public.

    Prisma writes no schema before names unless the datasource lists some, so that the same
    migrations make the same tables wherever the URL leads.
    """
    if schema == DEFAULT or database.multi:
        return database

    def moved(name: str) -> str:
        return DEFAULT if name == schema else name

    return replace(
        database,
        schemas=tuple(moved(name) for name in database.schemas),
        enums=tuple(replace(enum, schema=moved(enum.schema)) for enum in database.enums),
        tables=tuple(
            replace(
                table,
                schema=moved(table.schema),
                foreign_keys=tuple(
                    replace(key, schema=moved(key.schema)) for key in table.foreign_keys
                ),
            )
            for table in database.tables
        ),
    )
