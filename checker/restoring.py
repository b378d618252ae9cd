"""What is left of a drift where merged migrations that were removed or edited are restored.

A database that is deployed has run them as they were. A migration that closes such a gap would make
there what it has already, and fail: restoring them is what closes it.
"""

from __future__ import annotations

from msgspec.structs import replace

from checker.errors import CannotWorkError, InputError
from checker.model import Cleared, Drift, History, Project
from checker.prisma.diff.drift import compare, judge_drift
from checker.prisma.schema.reading import InvalidSchema
from checker.trials.databases import Runs
from checker.trials.drift import project_schema
from checker.workspace import Workspace, prisma_config, schema_files


def drift_when_restored(
    drift: Drift, runs: Runs | None, project: Project, workspace: Workspace, history: History
) -> Drift:
    """The drift of the merged migrations as they were, with the new ones after them.

    The one that there is, where none of its differences would be gone then, or that is not known.
    """
    departed = history.removed or any(m.state == "edited" for m in history.migrations)
    if runs is None or not departed or not drift.fresh:
        return drift
    try:
        schema = project_schema(project, schema_files(workspace, project))
        database = runs.deployed
        if database is None:
            return drift
        external = prisma_config(workspace, project).external
        found = judge_drift(compare(database, schema, project.prisma, external), None)
    except (InvalidSchema, CannotWorkError, InputError):
        return drift
    if {change.text for change in drift.fresh} <= {change.text for change in found.changes}:
        return drift
    older = {change.text for change in drift.changes if change.inherited}
    changes = (replace(each, inherited=each.text in older) for each in found.changes)
    return replace(found, changes=tuple(changes))


def find_closed(drift: Drift, left: Drift) -> tuple[Cleared, ...]:
    """The differences that are gone with what was restored."""
    stay = {change.text for change in left.changes}
    reason = "it is gone where the merged migrations are as they were"
    return tuple(
        Cleared("schema-drift", reason, message=change.text)
        for change in drift.fresh
        if change.text not in stay
    )
