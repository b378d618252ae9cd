"""Whether code and database of different age get on while a release is rolled out."""

from __future__ import annotations

from collections.abc import Iterable

from checker.errors import CannotWorkError
from checker.model import Break, Instances, Rollout
from checker.prisma.client.statements import statements_of
from checker.prisma.client.trial import Broken, broken_for_good, newly_broken
from checker.prisma.schema.reading import InvalidSchema
from checker.project import ProjectView
from checker.trials.databases import Databases


def find_rollout(databases: Databases, view: ProjectView) -> Rollout | None:
    """Whether code of the base gets on with the migrated database, and the other way round.

    None where nothing changes, or where one of the four is not known.
    """
    if not databases.replays or databases.head.database is None or not view.base_files:
        return None
    if view.files == view.base_files and not databases.changes:
        return None
    base = databases.base.database
    try:
        migrated, before = databases.deployed, view.base_schema
        if base is None or migrated is None or before is None:
            return None
        new, old = statements_of(view.schema), statements_of(before)
        attempt = databases.engine.try_client
        old_before, old_after = attempt(base, old), attempt(migrated, old)
        new_before, new_after = attempt(base, new), attempt(migrated, new)
    except (InvalidSchema, CannotWorkError):
        return None
    fails = newly_broken(old_before, old_after)
    # To upsert on what the change makes unique, code must wait for it in any case.
    lacks = [b for b in newly_broken(new_after, new_before) if b.operation != "upsert"]
    lasting = broken_for_good((*old_before, *new_before), new_after)
    return Rollout(
        _breaks((b for b in fails if b not in lasting), "old"),
        _breaks(lacks, "new"),
        (
            *_breaks((b for b in lasting if b in fails), "both"),
            *_breaks((b for b in lasting if b not in fails), "new"),
        ),
    )


def _breaks(broken: Iterable[Broken], instances: Instances) -> tuple[Break, ...]:
    return tuple(each.of(instances) for each in broken)
