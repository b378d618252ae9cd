"""``drift``: schema.prisma compared with the outcome of the migrations."""

from __future__ import annotations

from contextlib import ExitStack

from checker.model import Drift
from checker.trials.databases import Databases, servers_for
from checker.trials.drift import find_drift
from checker.workspace import Request, Workspace


def drifts(workspace: Workspace, request: Request) -> dict[str, Drift]:
    """The drift of each project of a workspace, by its schema.

    Raises InputError for bad input and CannotWorkError if the replay cannot be done.
    """
    by_schema: dict[str, Drift] = {}
    with ExitStack() as servers_stack:
        servers = servers_for(servers_stack, request)
        for view in workspace.projects:
            with ExitStack() as stack:
                by_schema[view.project.schema] = find_drift(Databases(stack, view, servers), view)
    return by_schema
