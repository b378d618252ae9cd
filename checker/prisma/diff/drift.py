"""Whether schema.prisma and the outcome of the history agree, as Prisma sees them."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct
from msgspec.structs import replace

from checker.model import Drift, PrismaVersion
from checker.pg.database import Database
from checker.pg.hanging import look_at
from checker.prisma.database.model import DatabaseSchema
from checker.prisma.database.of_schema import database_of
from checker.prisma.database.read import read_catalog
from checker.prisma.database.unmodelled import unmodelled
from checker.prisma.diff.diff import diff
from checker.prisma.diff.differences import differences, migration_name
from checker.prisma.diff.renames import renaming_migration
from checker.prisma.diff.script import script
from checker.prisma.diff.steps import Step
from checker.prisma.schema.schema import Schema


class Compared(Struct, frozen=True):
    """A schema compared with the database that its history makes. ``steps`` lead from the database
    to the schema.
    """

    schema: Schema
    wanted: DatabaseSchema
    found: DatabaseSchema
    steps: tuple[Step, ...]
    unmodelled: tuple[str, ...] = ()


def compare(
    database: Database, schema: Schema, version: PrismaVersion, external: Collection[str] = ()
) -> Compared:
    """Compares a schema with a database that holds the whole history, except for external objects.
    Raises CannotWorkError where the database cannot be read.
    """
    wanted = database_of(schema, version).without(external)
    with look_at(database) as connection:
        outcome = read_catalog(
            connection,
            schemas=wanted.schemas,
            multi=wanted.multi,
            partial_indexes="partialIndexes" in schema.preview_features,
        ).without(external)
        beside = unmodelled(connection, wanted.schemas)
    return Compared(schema, wanted, outcome, diff(outcome, wanted), beside)


def judge_drift(head: Compared, base: Compared | None) -> Drift:
    """The drift of a project; differences that its base has too are inherited."""
    if not head.steps:
        return Drift("in_sync", unmodelled=head.unmodelled)
    known = {difference.key for difference in differences(base.steps)} if base else set()
    changes = tuple(
        replace(difference, inherited=difference.key in known)
        for difference in differences(head.steps)
    )
    renaming = renaming_migration(head.found, head.wanted)
    return Drift(
        "drift",
        changes,
        script=script(head.steps, multi=head.wanted.multi),
        name=migration_name(head.steps),
        renames=renaming[1] if renaming else None,
        unmodelled=head.unmodelled,
    )
