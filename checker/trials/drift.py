"""When schema.prisma is compared with what: the history's outcome, the base, the code that runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from checker.errors import CannotWorkError
from checker.model import Break, Drift, Picture, PrismaVersion, Project, Rollout, SchemaFault
from checker.pg.hanging import look_at
from checker.prisma.client.statements import statements_of
from checker.prisma.client.trial import Broken, broken_for_good, newly_broken, try_client
from checker.prisma.database.model import DatabaseSchema
from checker.prisma.database.of_schema import database_of
from checker.prisma.database.read import read_catalog
from checker.prisma.diff.drift import compare, judge_drift
from checker.prisma.picture import draw
from checker.prisma.schema.reading import InvalidSchema, read_schema
from checker.prisma.schema.schema import Schema
from checker.trials.databases import Runs
from checker.workspace import Workspace, base_schema_files, prisma_config, schema_files

# A version that takes what later ones refuse, as an id of a view.
OLD = PrismaVersion(5, 22)
# Before, a one-to-one relation, for one, needed no @unique.
_OLDEST_KNOWN = 4


def find_drift(runs: Runs | None, project: Project, workspace: Workspace) -> Drift:
    """The drift of a project; without runs only whether the schema is valid.

    The base is looked at only where there is something to tell apart.
    """
    files = schema_files(workspace, project)
    base_files = base_schema_files(workspace, project)
    try:
        schema = project_schema(project, files)
    except InvalidSchema as error:
        if project.prisma.major < _OLDEST_KNOWN:
            first = error.problems[0].message
            reason = f"to Prisma {_OLDEST_KNOWN} the schema is not valid ({first}), and what "
            return Drift("not_verified", reason=f"{reason}{project.prisma} takes is not known")
        faults = _faults(error, project, base_files)
        return Drift("not_verified", reason="the schema is not valid", faults=faults)
    if project.provider != "postgresql":
        return Drift("skipped", reason="only PostgreSQL is compared")
    if runs is None:
        return Drift("skipped", reason="there is no replay to compare with")
    head = runs.head
    if head.database is None or head.replay.status != "passed":
        return Drift("not_verified", reason="the replay did not reach its end")
    try:
        external = prisma_config(workspace, project).external
        compared = compare(head.database, schema, project.prisma, external)
    except CannotWorkError as error:
        return Drift("not_verified", reason=str(error))
    if not compared.steps:
        return judge_drift(compared, None)
    base = None
    with suppress(InvalidSchema, CannotWorkError):
        before = project_schema(project, base_files) if base_files else None
        if before is not None and runs.base.database is not None:
            base = compare(runs.base.database, before, project.prisma, external)
    return judge_drift(compared, base)


def find_rollout(runs: Runs, project: Project, workspace: Workspace) -> Rollout | None:
    """Whether code of the base gets on with the migrated database, and the other way round.

    None where nothing changes, or where one of the four is not known.
    """
    head = runs.head.database
    files, base_files = schema_files(workspace, project), base_schema_files(workspace, project)
    if project.provider != "postgresql" or head is None or not base_files:
        return None
    if files == base_files and not runs.changes:
        return None
    base = runs.base.database
    try:
        migrated = runs.deployed
        if base is None or migrated is None:
            return None
        new, old = (statements_of(project_schema(project, each)) for each in (files, base_files))
        with look_at(migrated) as after, look_at(base) as before:
            old_before, old_after = try_client(before, old), try_client(after, old)
            new_before, new_after = try_client(before, new), try_client(after, new)
    except (InvalidSchema, CannotWorkError):
        return None
    fails = newly_broken(old_before, old_after)
    # To upsert on what the change makes unique, code must wait for it in any case.
    lacks = [b for b in newly_broken(new_after, new_before) if b.operation != "upsert"]
    lasting = broken_for_good((*old_before, *new_before), new_after)
    return Rollout(
        _breaks((b for b in fails if b not in lasting), "old instances"),
        _breaks(lacks, "new instances"),
        (
            *_breaks((b for b in lasting if b in fails), "old and new instances"),
            *_breaks((b for b in lasting if b not in fails), "new instances"),
        ),
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
        like = database_of(
            project_schema(project, schema_files(workspace, project)), project.prisma
        )
    except InvalidSchema:
        like = DatabaseSchema()
    try:
        with look_at(base) as before, look_at(head) as after:
            return draw(
                read_catalog(before, schemas=like.schemas, multi=like.multi),
                read_catalog(after, schemas=like.schemas, multi=like.multi),
            )
    except CannotWorkError:
        return None


def _breaks(broken: Iterable[Broken], pods: str) -> tuple[Break, ...]:
    return tuple(Break(b.model, b.words(pods), b.field, b.always) for b in broken)


def _faults(
    error: InvalidSchema, project: Project, base_files: Mapping[str, bytes]
) -> tuple[SchemaFault, ...]:
    inherited = False
    try:
        project_schema(project, base_files)
    except InvalidSchema:
        inherited = True
    return tuple(
        SchemaFault(p.position.file, p.position.line, p.message, inherited) for p in error.problems
    )


def project_schema(project: Project, files: Mapping[str, bytes]) -> Schema:
    """Raises InvalidSchema. Where nothing names the version, an older one's verdict counts too."""
    texts = {path: data.decode("utf-8", "replace") for path, data in files.items()}
    if not project.prisma.assumed:
        return read_schema(texts, project.prisma)
    try:
        return read_schema(texts)
    except InvalidSchema as error:
        try:
            return read_schema(texts, OLD)
        except InvalidSchema:
            raise error from None
