"""A merged migration was renamed.

Prisma knows migrations by the name of their directory. A database that has run the old name runs
the new one again with `prisma migrate deploy`, which usually fails half-way, because its objects
already exist; `prisma migrate dev` finds the old one missing and asks to reset the database. The
replay does what migrate deploy would do and says what happens.

Instead: restore the old name. Where the new one must stay, mark it as applied on every database
that has run the old one, before it is deployed.
"""

import posixpath
import shlex
from collections.abc import Iterator

from checker.model import Deviation, Finding, Lineage
from checker.model.words import failing
from checker.rules import Context, rule
from checker.rules._history import checkout, evidence, migration_of, resolve, sightings


@rule(Lineage)
def check(lineage: Lineage, at: Context) -> Iterator[Finding]:
    for deviation in lineage.of("renamed"):
        migration = migration_of(at, deviation.migrations[0])
        previous = migration.previous or ""
        now = posixpath.dirname(migration.path)
        before = posixpath.join(posixpath.dirname(now), previous)
        edited = migration.base_sql != migration.sql
        restore = f"git mv {shlex.quote(now)} {shlex.quote(before)}"
        if edited:
            restore = f"git rm -r {shlex.quote(now)}\n{checkout(at, before)}"
        repaired = deviation.outcome == "repaired"
        yield at.at(migration).finding(
            f"Merged migration `{previous}` was renamed to `{migration.name}`"
            + (" and edited" if edited else "")
            + _effect(deviation),
            severity="warning" if repaired else None,
            why="A database that has run it under the old name runs it again under the new one, "
            "and fails where its objects exist already; migrate dev finds the old name missing and "
            "asks to reset the database.",
            advice=_advice(deviation, migration.name, previous),
            fix=resolve("rolled-back", previous) if repaired else restore,
            evidence=evidence(deviation),
            sightings=sightings(deviation),
        )


def _effect(deviation: Deviation) -> str:
    match deviation.outcome:
        case "broken" if deviation.failure is not None and deviation.where == "deployed":
            return f": migrate deploy runs it again, and {failing(deviation.failure)}"
        case "different":
            return ": migrate deploy runs it again, and changes what is there"
        case "equal":
            return ": migrate deploy runs it again, this time without effect"
        case "repaired":
            return ", so fresh databases can be made again"
    return ""


def _advice(deviation: Deviation, name: str, previous: str) -> str:
    applied = resolve("applied", name)
    if deviation.outcome == "repaired":
        return (
            "Where it has failed under the old name, run the command, then migrate deploy. Where "
            f"it had succeeded, run before the deployment: `{applied}`"
        )
    return (
        "Restore the old name. Where the new one must stay, run on every database that has the old "
        f"one, before the deployment: `{applied}`. migrate dev still misses `{previous}` there."
    )
