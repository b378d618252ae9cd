"""The whole job on one page: discover -> read -> replay -> judge -> report."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from msgspec.structs import replace

from checker import __version__
from checker.config import Config
from checker.discover.history import read_history
from checker.discover.projects import find_projects
from checker.judge import Judge
from checker.model import (
    Finding,
    History,
    MigrationSummary,
    PrismaVersion,
    Project,
    ProjectReport,
    Replay,
    Report,
    Script,
    Tool,
    Verdict,
    reaches,
)
from checker.replay.database import SetupOptions
from checker.replay.runner import ReplayOptions, refuse, replay
from checker.replay.servers import Servers
from checker.sql import read
from checker.workspace import Request, Workspace, open_workspace, schema_changed, setup_script

Scripts = Mapping[str, Script]
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
        reports = tuple(
            _check_project(project, workspace, request, servers) for project in projects
        )
    return make_report(reports, config, workspace)


def _check_project(
    project: Project, workspace: Workspace, request: Request, servers: Servers
) -> ProjectReport:
    history = read_history(workspace.root, project, workspace.base, all_new=request.all_new)
    with ThreadPoolExecutor(1) as reader:  # the statements are read while PostgreSQL works
        reading = reader.submit(read_scripts, project, history)
        replayed = _replay(project, history, workspace, request, servers)
        scripts = reading.result()
    judge = Judge(project, history, scripts, workspace.config.rules, each_alone=request.all_new)
    return make_project_report(
        project,
        history,
        scripts,
        replayed,
        judge.findings(replayed),
        changed=schema_changed(workspace, project),
    )


def read_scripts(project: Project, history: History) -> Scripts:
    """The statements of every migration that has a script, by its name."""
    return {
        migration.name: read(migration.sql, project.provider)
        for migration in history.migrations
        if migration.sql is not None
    }


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


def make_report(
    projects: tuple[ProjectReport, ...], config: Config, workspace: Workspace | None = None
) -> Report:
    """The report on some projects, with the verdict on all of them."""
    base = workspace.base if workspace else None
    return Report(
        version=1,
        verdict=_verdict(projects, config),
        tool=Tool("prisma-migration-checker", __version__),
        projects=projects,
        base=base.base if base else None,
        head=workspace.head if workspace else None,
        fail_on=config.fail_on,
        notes=workspace.notes if workspace else (),
    )


def make_project_report(
    project: Project,
    history: History,
    scripts: Scripts,
    replayed: Replay,
    findings: tuple[Finding, ...],
    *,
    changed: bool = False,
) -> ProjectReport:
    """All that is known of a project; ``changed`` says that its schema differs from the base's."""
    states = {migration.state for migration in (*history.migrations, *history.removed)}
    return ProjectReport(
        path=project.schema,
        provider=project.provider,
        prisma_version=str(project.prisma),
        prisma_version_source=project.prisma.source,
        migrations_path=project.migrations,
        migrations=tuple(
            MigrationSummary(
                migration.name,
                migration.state,
                migration.path,
                len(scripts.get(migration.name, Script()).statements),
                migration.previous if migration.state == "renamed" else None,
            )
            for migration in (*history.migrations, *history.removed)
        ),
        replay=replayed,
        findings=findings,
        changed=changed or bool(states - {"unchanged"}),
    )


def _verdict(reports: tuple[ProjectReport, ...], config: Config) -> Verdict:
    severities = {f.severity for report in reports for f in report.findings}
    if any(reaches(severity, config.fail_on) for severity in severities):
        return "fail"
    if any(report.replay.status == "not_verified" for report in reports):
        return "not_verified"
    return "warn" if severities & {"error", "warning"} else "pass"
