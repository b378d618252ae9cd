"""The whole job on one page: discover -> read -> replay -> judge -> report."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from checker.config import FILE_NAME
from checker.discover.history import read_history
from checker.engines.postgresql.server.servers import Servers
from checker.model import (
    Cleared,
    Drift,
    History,
    Lineage,
    Picture,
    Project,
    Replay,
    Report,
    Rollout,
    Script,
    Witness,
)
from checker.restoring import drift_when_restored, find_closed
from checker.trials.databases import Runs
from checker.trials.drift import find_drift, find_picture, find_rollout
from checker.trials.fixes import with_replacements
from checker.trials.lineage import find_lineage
from checker.trials.witness import find_merged, find_witness
from checker.verdict.evidence import Weighed, pass_over, weigh
from checker.verdict.judge import Judge
from checker.verdict.report import make_project_report, make_report, read_scripts
from checker.verdict.settings import Judged, Settings, settle
from checker.verdict.sizes import with_sizes
from checker.workspace import (
    Request,
    Workspace,
    open_workspace,
    projects_below,
    replay_options,
    schema_changed,
    table_sizes,
)


class Checked(Struct, frozen=True):
    """A project with all that was found of it."""

    judged: Judged
    replay: Replay
    witness: Witness | None
    cleared: tuple[Cleared, ...]
    drift: Drift | None
    rollout: Rollout | None
    picture: Picture | None
    lineage: Lineage


def check(request: Request) -> Report:
    """Do the whole job.

    Raises InputError for bad usage, configuration or input, and CannotWorkError where the checker
    itself cannot go on.
    """
    workspace = open_workspace(request)
    config = workspace.config
    projects = projects_below(workspace, request)
    sizes = table_sizes(workspace)
    with ExitStack() as stack:
        servers = Servers(stack, bin_dir=request.server_bin, url=request.server_url)
        checked = [_check_project(project, workspace, request, servers) for project in projects]
    settings = Settings(
        config,
        datetime.now(UTC).date(),
        source=request.config.name if request.config else FILE_NAME,
        complete=request.path.resolve() == workspace.root.resolve(),
    )
    sized = [
        replace(
            each.judged,
            findings=with_sizes(each.judged.findings, each.witness, sizes, config.large_tables),
        )
        for each in checked
    ]
    settled = settle(sized, settings)
    reports = tuple(
        replace(
            make_project_report(
                each.judged,
                each.replay,
                outcome,
                changed=schema_changed(workspace, each.judged.project),
            ),
            witness=each.witness,
            cleared=each.cleared,
            drift=each.drift,
            rollout=each.rollout,
            picture=each.picture,
            lineage=each.lineage,
        )
        for each, outcome in zip(checked, settled, strict=True)
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
) -> Checked:
    history = read_history(
        workspace.root, project, workspace.compared, all_new=request.all_new, last=request.last
    )
    with ThreadPoolExecutor(1) as reader, ExitStack() as stack:
        reading = reader.submit(read_scripts, project, history)  # while PostgreSQL works
        if not history.migrations or request.no_replay is not None:
            reason = request.no_replay or "there is no migration to replay"
            replayed = Replay("skipped", total=len(history.migrations), reason=reason)
            runs = None
        else:
            runs = _runs(stack, project, history, workspace, request, servers)
            replayed = runs.head.replay
        scripts = reading.result()
        witness = merged = None
        if runs and history.new and not request.all_new:
            merged = find_merged(runs, history, scripts)
            witness = find_witness(runs, project, history, scripts, merged)
        drift = find_drift(runs, project, workspace)
        left = drift_when_restored(drift, runs, project, workspace, history)
        rollout = find_rollout(runs, project, workspace) if runs else None
        picture = find_picture(runs, project, workspace) if runs else None
        lineage = find_lineage(runs, project, history)

    def judge_of(history: History, scripts: Mapping[str, Script]) -> Judge:
        return Judge(
            project,
            history,
            scripts,
            each_alone=request.all_new,
            asked=workspace.config.asked,
            merged=merged,
        )

    judge = judge_of(history, scripts)
    found = judge.findings(replayed, left, rollout, lineage)
    judged = Judged(project, history, scripts, found, judge.compounds)
    weighed = weigh(judged, witness, merged) if witness else Weighed(judged.findings)
    weighed = pass_over(weighed, lineage)
    judged = replace(judged, findings=weighed.findings)
    if runs and request.replacements:
        judged = replace(judged, findings=with_replacements(judged, runs, judge_of))
    cleared = (*weighed.cleared, *find_closed(drift, left))
    return Checked(judged, replayed, witness, cleared, drift, rollout, picture, lineage)


def _runs(
    stack: ExitStack,
    project: Project,
    history: History,
    workspace: Workspace,
    request: Request,
    servers: Servers,
) -> Runs:
    def tell(applied: int, of: int) -> None:
        if request.progress is not None:
            request.progress(project.schema, applied, of)

    options = replay_options(workspace, project)
    return Runs(stack, servers, project, history, options, tell)
