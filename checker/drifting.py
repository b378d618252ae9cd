"""When schema.prisma is compared with what: the history's outcome, the base, the code that runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from checker.errors import CannotWorkError
from checker.model import Break, Drift, Picture, Project, Rollout
from checker.prisma.catalog import read_catalog
from checker.prisma.client import statements_of
from checker.prisma.database import DatabaseSchema
from checker.prisma.ddl import database_of
from checker.prisma.drift import Compared, compare, judge_drift
from checker.prisma.picture import draw
from checker.prisma.reading import InvalidSchema, read_schema
from checker.prisma.rolling import Broken, newly_broken, try_client
from checker.prisma.schema import Schema
from checker.replay.database import connect
from checker.runs import Run, Runs
from checker.workspace import Workspace, base_schema_files, schema_files


def find_drift(runs: Runs, project: Project, workspace: Workspace) -> Drift:
    """The drift of a project. The base is looked at only where there is one to tell apart."""
    replayed = runs.head.replay
    if project.provider != "postgresql":
        return Drift("skipped", reason="only PostgreSQL is compared")
    if runs.head.database is None or replayed.status != "passed":
        return Drift("not_verified", reason="the replay did not reach its end")
    try:
        head = _compare(runs.head, project, schema_files(workspace, project))
    except InvalidSchema as error:
        return Drift("not_verified", reason=f"the schema is not valid: {error}")
    if head is None:
        return Drift("skipped", reason="there is no schema")
    if not head.steps:
        return judge_drift(head, None)
    try:
        base = _compare(runs.base, project, base_schema_files(workspace, project))
    except (InvalidSchema, CannotWorkError):
        base = None
    return judge_drift(head, base)


def find_rollout(runs: Runs, project: Project, workspace: Workspace) -> Rollout | None:
    """Whether code of the base gets on with the database of the head, and the other way round.

    None where nothing changes, or where one of the four is not known.
    """
    head, base = runs.head.database, None
    files, base_files = schema_files(workspace, project), base_schema_files(workspace, project)
    if project.provider != "postgresql" or head is None or not base_files:
        return None
    if files == base_files and not runs.changes:
        return None
    base = runs.base.database
    if base is None:
        return None
    try:
        new, old = (statements_of(_schema(project, each)) for each in (files, base_files))
    except InvalidSchema:
        return None
    with connect(head.owner) as after, connect(base.owner) as before:
        return Rollout(
            old=_breaks(newly_broken(try_client(before, old), try_client(after, old)), "old code"),
            new=_breaks(newly_broken(try_client(after, new), try_client(before, new)), "new code"),
        )


def find_picture(runs: Runs, project: Project, workspace: Workspace) -> Picture | None:
    """The tables that the change touches; None where there are none, or one side is not known."""
    head = runs.head.database
    if not runs.changes or head is None:
        return None
    base = runs.base.database
    if base is None:
        return None
    try:
        like = database_of(_schema(project, schema_files(workspace, project)), project.prisma)
    except InvalidSchema:
        like = DatabaseSchema()
    with connect(base.owner) as before, connect(head.owner) as after:
        return draw(
            read_catalog(before, schemas=like.schemas, multi=like.multi),
            read_catalog(after, schemas=like.schemas, multi=like.multi),
        )


def _breaks(broken: Iterable[Broken], pods: str) -> tuple[Break, ...]:
    return tuple(Break(b.model, b.words(pods), b.field, b.always) for b in broken)


def _schema(project: Project, files: Mapping[str, bytes]) -> Schema:
    texts = {path: data.decode("utf-8", "replace") for path, data in files.items()}
    return read_schema(texts, None if project.prisma.assumed else project.prisma)


def _compare(run: Run, project: Project, files: Mapping[str, bytes]) -> Compared | None:
    if run.database is None or not files:
        return None
    return compare(run.database, _schema(project, files), project.prisma)
