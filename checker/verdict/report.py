"""The findings put together: the report on every project, and the verdict on all of them."""

from __future__ import annotations

from typing import Literal

from checker import __version__
from checker.config import Config
from checker.model import (
    Base,
    MigrationSummary,
    ProjectReport,
    Replay,
    Report,
    Script,
    Severity,
    Tool,
    Verdict,
    reaches,
)
from checker.verdict.settings import Judged, Settled


def make_report(
    projects: tuple[ProjectReport, ...],
    config: Config,
    *,
    base: Base | None = None,
    head: str | None = None,
    notes: tuple[str, ...] = (),
) -> Report:
    """The report on some projects, with the verdict on all of them."""
    return Report(
        version=1,
        verdict=verdict_of(projects, config.fail_on, config.unverified),
        tool=Tool("prisma-migration-checker", __version__),
        projects=projects,
        base=base,
        head=head,
        fail_on=config.fail_on,
        unverified=config.unverified,
        notes=notes,
    )


def make_project_report(
    judged: Judged, replayed: Replay, settled: Settled, *, changed: bool = False
) -> ProjectReport:
    """All that is known of a project; ``changed`` says that its schema differs from the base's."""
    project, history, scripts = judged.project, judged.history, judged.scripts
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
        findings=settled.findings,
        changed=changed or bool(states - {"unchanged"}),
        ignored=settled.ignored,
    )


def verdict_of(
    reports: tuple[ProjectReport, ...],
    fail_on: Severity,
    unverified: Literal["pass", "fail"] = "pass",
) -> Verdict:
    """What all projects come to. ``unverified`` says whether what could not be verified passes."""
    severities = {f.severity for report in reports for f in report.findings}
    if any(reaches(severity, fail_on) for severity in severities):
        return "fail"
    if not all(report.verified for report in reports):
        return "not_verified" if unverified == "pass" else "fail"
    return "warn" if severities & {"error", "warning"} else "pass"
