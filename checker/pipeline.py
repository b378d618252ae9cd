"""The whole job on one page: discover -> read -> replay -> judge -> report."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime

from msgspec.structs import replace

from checker.config import FILE_NAME
from checker.discover.history import read_history
from checker.discover.projects import find_projects
from checker.judge import Judge
from checker.model import (
    History,
    PrismaVersion,
    Project,
    Replay,
    Report,
)
from checker.replay.database import SetupOptions
from checker.replay.runner import ReplayOptions, refuse, replay
from checker.replay.servers import Servers
from checker.result import make_project_report, make_report, read_scripts
from checker.sql import read
from checker.suppression import Judged, Settings, settle
from checker.workspace import Request, Workspace, open_workspace, schema_changed, setup_script

# A version of each of the two ways in which Prisma sends a script.
WHOLE, SPLITTING = PrismaVersion(7, 3), PrismaVersion(7, 4)


def check(request: Request) -> Report:
    """Do the whole job.

    Raises InputError for bad usage, configuration or input, and CannotWorkError where the checker
    itself cannot go on.
    """
    workspace = open_workspace(request)
    config = workspace.config
    projects = find_projects(
        workspace.root,
        within=request.path,
        configured=config.projects,
        prisma_version=request.prisma_version or config.prisma_version,
    )
    with ExitStack() as stack:
        servers = Servers(stack, bin_dir=request.server_bin, url=request.server_url)
        checked = [_check_project(project, workspace, request, servers) for project in projects]
    settings = Settings(
        config,
        datetime.now(UTC).date(),
        source=request.config.name if request.config else FILE_NAME,
        complete=request.path.resolve() == workspace.root.resolve(),
    )
    settled = settle([judged for judged, _ in checked], settings)
    reports = tuple(
        make_project_report(
            judged, replayed, outcome, changed=schema_changed(workspace, judged.project)
        )
        for (judged, replayed), outcome in zip(checked, settled, strict=True)
    )
    return make_report(
        reports,
        config,
        base=workspace.base.base if workspace.base else None,
        head=workspace.head,
        notes=workspace.notes,
    )


def _check_project(
    project: Project, workspace: Workspace, request: Request, servers: Servers
) -> tuple[Judged, Replay]:
    history = read_history(workspace.root, project, workspace.compared, all_new=request.all_new)
    with ThreadPoolExecutor(1) as reader:  # the statements are read while PostgreSQL works
        reading = reader.submit(read_scripts, project, history)
        replayed = _replay(project, history, workspace, request, servers)
        scripts = reading.result()
    judge = Judge(
        project, history, scripts, each_alone=request.all_new, asked=workspace.config.asked
    )
    return Judged(project, history, scripts, judge.findings(replayed)), replayed


def _replay(
    project: Project, history: History, workspace: Workspace, request: Request, servers: Servers
) -> Replay:
    total = len(history.migrations)
    if not total:
        return Replay("skipped", reason="there is no migration to replay")
    if request.no_replay is not None:
        return Replay("skipped", total=total, reason=request.no_replay)
    refused = refuse(history, project)
    if refused is not None:
        return refused

    def tell(applied: int, of: int) -> None:
        if request.progress is not None:
            request.progress(project.schema, applied, of)

    options = ReplayOptions(
        setup=SetupOptions(workspace.trusted.preset, setup_script(workspace)),
        parses=lambda text: read(text, project.provider).problem is None,
    )
    replayed = replay(servers.get(), history, project, options, tell)
    if replayed.status != "failed" or not project.prisma.assumed:
        return replayed
    other = replace(project, prisma=SPLITTING if not project.prisma.splits_scripts else WHOLE)
    again = replay(servers.get(), history, other, options, tell)
    if again.status != "passed" or replayed.failure is None:
        return replayed
    return replace(
        again,
        status="not_verified",
        reason=f"nothing names the Prisma version, and {replayed.failure.migration} runs on "
        f"{other.prisma} but fails on {project.prisma}: {replayed.failure.message}; set "
        "prisma_version",
    )
