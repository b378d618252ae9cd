"""``status``: a project beside the database that it is deployed to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from msgspec import Struct

from checker.discover.history import read_history, read_scripts
from checker.discover.projects import anchor
from checker.engines.postgresql.replay import refuse, replay_into
from checker.engines.postgresql.server.servers import Servers
from checker.errors import InputError
from checker.live.advice import Cause
from checker.live.causes.unreachable import unreachable
from checker.live.commands import Dialect
from checker.live.diagnose import diagnose
from checker.live.facts import Facts
from checker.live.status import Given, look
from checker.model import History, Project, Replay
from checker.pg.database import Database
from checker.pg.trouble import UnreachableError
from checker.pg.url import Target
from checker.prisma.schema.reading import InvalidSchema
from checker.trials.drift import project_schema
from checker.workspace import (
    Request,
    Workspace,
    open_workspace,
    prisma_config,
    projects_below,
    replay_options,
    schema_files,
)


class Found(Struct, frozen=True):
    """What was found, and what is wrong with it; no facts where there is no looking into it."""

    facts: Facts | None
    causes: tuple[Cause, ...]


def find_status(request: Request, target: Target) -> Found:
    """What is found of the one project below a path in a database.

    Raises InputError for bad input and CannotWorkError where the replay cannot be done.
    """
    workspace = open_workspace(request)
    project = only_project(projects_below(workspace, request))
    with ExitStack() as stack:
        servers = Servers(stack, bin_dir=request.server_bin, url=request.server_url)
        given = _given(workspace, project, servers, replay=request.no_replay is None)
        settings = _prisma_config(workspace.root, project)
        try:
            facts = look(target, given)
        except UnreachableError as error:
            prisma = Dialect(project.prisma, project.schema, project.migrations, settings)
            return Found(None, (unreachable(error.trouble, prisma),))
    return Found(facts, diagnose(facts, given.history, datetime.now(UTC), settings))


def only_project(projects: tuple[Project, ...]) -> Project:
    """The one that a database may belong to. Raises InputError where there are several or none."""
    fitting = [each for each in projects if each.provider == "postgresql"]
    if not fitting:
        raise InputError(f"{projects[0].schema} is on {projects[0].provider}, not on PostgreSQL")
    if len(fitting) > 1:
        names = ", ".join(each.schema for each in fitting)
        raise InputError(f"A database belongs to one project: give the PATH of one of {names}")
    if fitting[0].layout != "sql":
        raise InputError(f"{fitting[0].migrations} holds no migrations in SQL")
    return fitting[0]


def _prisma_config(root: Path, project: Project) -> str | None:
    """The prisma.config file of a project that is not at the root, where Prisma looks for it."""
    for place in PurePosixPath(project.schema).parents:
        found = sorted((root / place).glob("prisma.config.*"))
        if found:
            return None if place == PurePosixPath(".") else str(place / found[0].name)
    return None


def _given(workspace: Workspace, project: Project, servers: Servers, *, replay: bool) -> Given:
    root = workspace.root if workspace.root.is_dir() else workspace.root.parent
    schema, no_schema = None, None
    try:
        schema = project_schema(project, schema_files(workspace, project))
    except InvalidSchema as error:
        no_schema = f"the schema is not valid: {str(error).splitlines()[0]}"
    options = replay_options(workspace, project)

    @contextmanager
    def replaying(history: History) -> Iterator[tuple[Replay, Database | None]]:
        if refused := refuse(history, project):
            yield refused, None
            return
        own = options.for_history(history)
        with servers.first().database(own.setup) as database:
            replayed = replay_into(database, history, project, own)
            yield replayed, database if replayed.status == "passed" else None

    return Given(
        project,
        read_history(workspace.root, project, None),
        read_scripts(root, project, anchor(root)),
        schema,
        no_schema,
        replaying if replay else None,
        prisma_config(workspace, project).external,
    )
