"""``status``: a project compared with the database it is deployed to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from msgspec import Struct

from checker.discover.layouts import LAYOUTS
from checker.engines.registry import REPLAYED
from checker.errors import CannotWorkError, InputError
from checker.live.advice import Cause
from checker.live.causes.unreachable import unreachable
from checker.live.commands import PrismaCommands
from checker.live.diagnose import diagnose
from checker.live.facts import Facts
from checker.live.status import Given, look
from checker.model import Deployed, History, Project, Replay
from checker.pg.database import Database
from checker.pg.trouble import UnreachableError
from checker.pg.url import Target
from checker.prisma.schema.reading import InvalidSchema
from checker.project import ProjectView
from checker.report.status import headline
from checker.trials.databases import Databases, servers_for
from checker.workspace import Request, Workspace


class DatabaseStatus(Struct, frozen=True):
    """How a database compares with a project, and what is wrong with it; no facts if it cannot be
    read.
    """

    facts: Facts | None
    causes: tuple[Cause, ...]


def find_status(workspace: Workspace, request: Request, target: Target) -> DatabaseStatus:
    """How a database compares with the one project of a workspace.

    Raises InputError for bad input and CannotWorkError if the replay cannot be done.
    """
    view = only_project(workspace.projects)
    with ExitStack() as servers_stack, ExitStack() as stack:
        databases = None
        if request.no_replay is None:
            databases = Databases(stack, view, servers_for(servers_stack, request))
        return _stand(workspace.root, view, databases, target)


def owner_of_database(workspace: Workspace) -> ProjectView | Deployed:
    """The project of a check that a database may belong to; or why it is not looked at."""
    try:
        return only_project(workspace.projects)
    except InputError as error:
        return Deployed(None, f"not looked at: {error}")


def find_deployed(
    workspace: Workspace, view: ProjectView, databases: Databases | None, target: Target
) -> Deployed:
    """As ``find_status`` for the report of a check: in a line, and never an error.

    ``databases`` are those of the project's check, whose histories are not run again.
    """
    try:
        standing = _stand(workspace.root, view, databases, target)
    except (CannotWorkError, InputError) as error:
        return Deployed(None, f"not looked at: {error}")
    causes = tuple(cause.what for cause in standing.causes)
    if standing.facts is None:
        return Deployed(None, f"not looked at: {'; '.join(causes)}")
    return Deployed(standing.facts.in_step, headline(standing.facts), causes)


def only_project(projects: Sequence[ProjectView]) -> ProjectView:
    """The project that a database may belong to. Raises InputError unless there is just one."""
    fitting = [each for each in projects if each.project.provider in REPLAYED]
    if not fitting:
        first = projects[0].project
        raise InputError(f"{first.schema} is on {first.provider}, not on PostgreSQL")
    if len(fitting) > 1:
        names = ", ".join(each.project.schema for each in fitting)
        raise InputError(f"A database belongs to one project: pass the PATH of one of {names}")
    if LAYOUTS[fitting[0].project.layout].unreadable:
        raise InputError(f"{fitting[0].project.migrations} holds no migrations in SQL")
    return fitting[0]


def _stand(
    root: Path, view: ProjectView, databases: Databases | None, target: Target
) -> DatabaseStatus:
    given = _given(view, databases)
    settings = _prisma_config(root, view.project)
    try:
        facts = look(target, given)
    except UnreachableError as error:
        project = view.project
        prisma = PrismaCommands(project.prisma, project.schema, project.migrations, settings)
        return DatabaseStatus(None, (unreachable(error.trouble, prisma),))
    return DatabaseStatus(facts, diagnose(facts, given.history, datetime.now(UTC), settings))


def _prisma_config(root: Path, project: Project) -> str | None:
    """The prisma.config file of a project, unless it is at the root, where Prisma looks for it."""
    for place in PurePosixPath(project.schema).parents:
        files = sorted((root / place).glob("prisma.config.*"))
        if files:
            return None if place == PurePosixPath(".") else str(place / files[0].name)
    return None


def _given(view: ProjectView, databases: Databases | None) -> Given:
    """The project's side, and how its histories are run."""
    schema, no_schema = None, None
    try:
        schema = view.schema
    except InvalidSchema as error:
        no_schema = f"the schema is invalid: {str(error).splitlines()[0]}"

    @contextmanager
    def replaying(history: History) -> Iterator[tuple[Replay, Database | None]]:
        assert databases is not None
        with databases.replaying(history) as run:
            yield run.replay, run.database

    return Given(
        view.project,
        view.directory,
        view.script_files,
        schema,
        no_schema,
        replaying if databases is not None else None,
        view.settings.external,
    )
