"""The whole job on one page: discover -> read -> replay -> judge -> report."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from checker.commands.status import find_deployed, owner_of_database
from checker.config import FILE_NAME
from checker.model import (
    Cleared,
    Deployed,
    Drift,
    History,
    Lineage,
    Picture,
    Replay,
    Report,
    Rollout,
    Script,
    Witness,
)
from checker.project import ProjectView
from checker.report.told import told
from checker.trials.databases import Databases, ServersOf, servers_for
from checker.trials.drift import drift_when_restored, find_closed, find_drift
from checker.trials.fixes import with_replacements
from checker.trials.lineage import find_lineage
from checker.trials.picture import find_picture
from checker.trials.rollout import find_rollout
from checker.trials.witness import find_merged, find_witness
from checker.verdict.coverage import cover
from checker.verdict.evidence import Weighed, pass_over, weigh
from checker.verdict.judge import Judge
from checker.verdict.report import make_project_report, make_report
from checker.verdict.settings import Judged, Settings, settle
from checker.verdict.sizes import with_sizes
from checker.workspace import Request, Workspace, table_sizes


class Checked(Struct, frozen=True):
    """A project with everything that was learned about it."""

    view: ProjectView
    judged: Judged
    replay: Replay
    witness: Witness | None
    cleared: tuple[Cleared, ...]
    drift: Drift | None
    rollout: Rollout | None
    picture: Picture | None
    lineage: Lineage


def check(workspace: Workspace, request: Request) -> Report:
    """Do the whole job in a workspace that was opened for the request.

    Raises InputError for bad configuration or input, and CannotWorkError if the checker itself
    cannot go on.
    """
    config = workspace.config
    sizes = table_sizes(workspace)
    # The verdict does not depend on it: new migrations are pending there until they are merged.
    owner = owner_of_database(workspace) if request.deployed else None
    deployed = owner if isinstance(owner, Deployed) else None
    checked: list[Checked] = []
    with ExitStack() as servers_stack:
        servers = servers_for(servers_stack, request)
        for view in workspace.projects:
            # Roles belong to a whole server: what one project made there is gone before the next.
            with ExitStack() as stack:
                databases = _databases(stack, view, request, servers)
                checked.append(_check_project(view, databases, workspace, request))
                if view is owner and request.deployed is not None:
                    deployed = find_deployed(workspace, view, databases, request.deployed)
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
                each.judged, each.replay, outcome, changed=each.view.schema_changed
            ),
            witness=each.witness,
            coverage=cover(each.judged, each.witness) if each.witness else None,
            cleared=each.cleared,
            drift=each.drift,
            rollout=each.rollout,
            picture=each.picture,
            lineage=each.lineage,
        )
        for each, outcome in zip(checked, settled, strict=True)
    )
    report = make_report(
        reports,
        config,
        base=workspace.base.base if workspace.base else None,
        head=workspace.head,
        notes=workspace.notes,
    )
    return told(replace(report, deployed=deployed))


def _check_project(
    view: ProjectView, databases: Databases | None, workspace: Workspace, request: Request
) -> Checked:
    history = view.history
    with ThreadPoolExecutor(1) as reader:
        reading = reader.submit(lambda: view.scripts)  # while PostgreSQL works
        if databases is None:
            reason = request.no_replay or "there is no migration to replay"
            replayed = Replay("skipped", total=len(history.migrations), reason=reason)
        else:
            replayed = databases.head.replay
        scripts = reading.result()
    witness = merged = None
    if databases and history.new and not request.all_new:
        merged = find_merged(databases, view)
        witness = find_witness(databases, view, merged)
    drift = find_drift(databases, view)
    left = drift_when_restored(drift, databases, view)
    rollout = find_rollout(databases, view) if databases else None
    picture = find_picture(databases, view) if databases else None
    lineage = find_lineage(databases, view)

    def judge_of(history: History, scripts: Mapping[str, Script]) -> Judge:
        return Judge(
            view.project,
            history,
            scripts,
            each_alone=request.all_new,
            asked=workspace.config.asked,
            merged=merged,
        )

    judge = judge_of(history, scripts)
    found = judge.findings(replayed, left, rollout, lineage)
    judged = Judged(view.project, history, scripts, found)
    weighed = weigh(judged, witness, merged) if witness else Weighed(judged.findings)
    weighed = pass_over(weighed, lineage)
    judged = replace(judged, findings=weighed.findings)
    if databases and request.replacements:
        judged = replace(judged, findings=with_replacements(judged, databases, judge_of))
    cleared = (*weighed.cleared, *find_closed(drift, left))
    return Checked(view, judged, replayed, witness, cleared, drift, rollout, picture, lineage)


def _databases(
    stack: ExitStack, view: ProjectView, request: Request, servers: ServersOf
) -> Databases | None:
    """The databases of a project; None where nothing of it is replayed."""
    if not view.history.migrations or request.no_replay is not None:
        return None

    def tell(applied: int, of: int) -> None:
        if request.progress is not None:
            request.progress(view.project.schema, applied, of)

    return Databases(stack, view, servers, tell)
