"""How schema.prisma differs from what the history makes, and what of that is this change's."""

from __future__ import annotations

from contextlib import suppress

from msgspec.structs import replace

from checker.engines.registry import find_engine
from checker.errors import CannotWorkError, InputError
from checker.model import Cleared, Drift, SchemaFault
from checker.model.sentences import difference_words
from checker.prisma.diff.drift import judge_drift
from checker.prisma.schema.reading import InvalidSchema
from checker.project import ProjectView
from checker.trials.databases import Databases

# Before, a one-to-one relation, for one, needed no @unique.
_OLDEST_KNOWN = 4


def find_drift(databases: Databases | None, view: ProjectView) -> Drift:
    """The drift of a project; without databases only whether the schema is valid.

    The base is looked at only where there is something to tell apart.
    """
    prisma = view.project.prisma
    try:
        schema = view.schema
    except InvalidSchema as error:
        if prisma.major < _OLDEST_KNOWN:
            first = error.problems[0].message
            reason = f"to Prisma {_OLDEST_KNOWN} the schema is not valid ({first}), and what "
            return Drift("not_verified", reason=f"{reason}{prisma} takes is not known")
        faults = _faults(error, view)
        return Drift("not_verified", reason="the schema is not valid", faults=faults)
    if find_engine(view.project.provider) is None:
        return Drift("skipped", reason="only PostgreSQL is compared")
    if databases is None:
        return Drift("skipped", reason="there is no replay to compare with")
    head = databases.head
    if head.database is None or head.replay.status != "passed":
        return Drift("not_verified", reason="the replay did not reach its end")
    engine, external = databases.engine, view.settings.external
    try:
        compared = engine.compare(head.database, schema, prisma, external)
    except CannotWorkError as error:
        return Drift("not_verified", reason=str(error))
    if not compared.steps:
        return judge_drift(compared, None)
    base = None
    with suppress(InvalidSchema, CannotWorkError):
        before = view.base_schema
        if before is not None and databases.base.database is not None:
            base = engine.compare(databases.base.database, before, prisma, external)
    return judge_drift(compared, base)


def _faults(error: InvalidSchema, view: ProjectView) -> tuple[SchemaFault, ...]:
    inherited = False
    try:
        _ = view.base_schema
    except InvalidSchema:
        inherited = True
    return tuple(
        SchemaFault(p.position.file, p.position.line, p.message, inherited) for p in error.problems
    )


def drift_when_restored(drift: Drift, databases: Databases | None, view: ProjectView) -> Drift:
    """What is left of a drift where merged migrations that were removed or edited are restored.

    A database that is deployed has run them as they were. A migration that closes such a gap would
    make there what it has already, and fail: restoring them is what closes it. The drift stays as
    it is where none of its differences would be gone then, or that is not known.
    """
    history = view.history
    departed = history.removed or any(m.state == "edited" for m in history.migrations)
    if databases is None or not departed or not drift.fresh:
        return drift
    prisma, external = view.project.prisma, view.settings.external
    try:
        database = databases.deployed
        if database is None:
            return drift
        compared = databases.engine.compare(database, view.schema, prisma, external)
        found = judge_drift(compared, None)
    except (InvalidSchema, CannotWorkError, InputError):
        return drift
    if {change.key for change in drift.fresh} <= {change.key for change in found.changes}:
        return drift
    older = {change.key for change in drift.changes if change.inherited}
    changes = (replace(each, inherited=each.key in older) for each in found.changes)
    return replace(found, changes=tuple(changes))


def find_closed(drift: Drift, left: Drift) -> tuple[Cleared, ...]:
    """The differences that are gone with what was restored."""
    stay = {change.key for change in left.changes}
    return tuple(
        Cleared("schema-drift", message=difference_words(change), ground="restored")
        for change in drift.fresh
        if change.key not in stay
    )
