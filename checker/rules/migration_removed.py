"""A merged migration was removed.

A database that has run it keeps the row in `_prisma_migrations` and everything that it did. `prisma
migrate deploy` says nothing; `prisma migrate dev` finds that the migration is missing from the
directory and asks to reset the database, which deletes all its data. A fresh database never gets
what the migration made: the replay runs the history with it and without it, and says how the two
databases differ, or what fails.

Instead: restore the directory. To undo what it does, write a new migration.
"""

import os.path
import posixpath
from collections.abc import Iterator, Sequence

from checker.model import Deviation, Finding, Lineage
from checker.model.words import failing
from checker.rules import Context, rule
from checker.rules._history import (
    checkout,
    evidence,
    listed,
    literal,
    migration_of,
    resolve,
    sightings,
)

_KEPT = (
    "A database that has run it still has its row and its changes: migrate deploy says nothing, "
    "and migrate dev finds it missing from the directory and asks to reset the database."
)
_MOST = 6


@rule(Lineage)
def check(lineage: Lineage, at: Context) -> Iterator[Finding]:
    removed = lineage.of("removed")
    before, now = at.history.base_lock_provider, at.history.lock_provider
    if before and now and before != now:
        return  # lock-file-changed says it
    if len(removed) > _MOST:
        yield _together(removed, at)
        return
    for deviation in removed:
        migration = migration_of(at, deviation.migrations[0])
        repaired = deviation.outcome == "repaired"
        yield at.at(migration).finding(
            f"Merged migration `{migration.name}` was removed" + _effect(deviation),
            severity="warning" if repaired else None,
            why=_KEPT,
            advice=_advice(deviation, migration.name),
            fix=resolve("rolled-back", migration.name)
            if repaired
            else checkout(at, migration.path),
            evidence=evidence(deviation),
            sightings=sightings(deviation),
        )


def _effect(deviation: Deviation, they: str = "it", them: str = "it") -> str:
    match deviation.outcome:
        case "equal":
            return f": fresh databases end up the same without {them}"
        case "different":
            return f": fresh databases will lack what {they} made"
        case "broken" if deviation.failure is not None:
            return f", so fresh databases cannot be made: {failing(deviation.failure)}"
        case "repaired":
            return ", so fresh databases can be made again"
    return ""


def _advice(deviation: Deviation, name: str) -> str:
    if deviation.outcome == "repaired":
        return "Where it has failed, run the command, then migrate deploy."
    restore = "Restore the directory; to undo what it does, write a new migration."
    if deviation.outcome != "equal":
        return restore
    return (
        "Restore the directory. Where it must go, run on every database that has it: "
        f'`DELETE FROM "_prisma_migrations" WHERE "migration_name" = {literal(name)};`'
    )


def _together(removed: Sequence[Deviation], at: Context) -> Finding:
    names = [name for each in removed for name in each.migrations]
    paths = [posixpath.dirname(migration_of(at, name).path) for name in names]
    first = removed[0]
    return at.finding(
        f"{len(names):,} merged migrations were removed, among them {listed(names)}"
        + _effect(first, "they", "them"),
        path=migration_of(at, names[0]).path,
        why=_KEPT,
        advice="Restore the directories; to undo what they do, write a new migration.",
        fix=checkout(at, os.path.commonpath(paths)),
        evidence=evidence(first),
        sightings=sightings(first),
    )
