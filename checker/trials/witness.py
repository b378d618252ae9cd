"""When the new migrations are watched, and on what."""

from __future__ import annotations

from checker.errors import CannotWorkError
from checker.model import History, Migration, Witness
from checker.project import ProjectView
from checker.sql.catalog.catalog import Catalog, fold_merged
from checker.trials.databases import Databases


def find_merged(databases: Databases, view: ProjectView) -> Catalog | None:
    """The schema before the new migrations as the server has it; None where they do not run.

    Raises CannotWorkError where the server cannot be asked.
    """
    base = databases.base.database if databases.replays else None
    if base is None:
        return None
    return databases.engine.catalog(base, fold_merged(view.history, view.scripts))


def find_witness(databases: Databases, view: ProjectView, merged: Catalog | None) -> Witness | None:
    """What the new migrations do to the database that is deployed; None where nothing is replayed.

    Those after one on which the replay fails are left out, with it. Code of the schema may keep
    its tables from being filled, so that nothing is verified. Raises ServerFaultError where the
    disk fails; a server that dies meanwhile says so at its end.
    """
    replayed = databases.head.replay
    if replayed.status == "skipped":
        return None
    failed = replayed.failure.migration if replayed.failure else None
    watched = _before_failure(view.history, failed)
    if replayed.status == "not_verified" or not watched:
        return Witness("not_verified", reason="the replay does not reach them")
    base = databases.base
    if base.database is None or merged is None:
        reason = base.replay.reason or "the merged migrations do not run by themselves"
        return Witness("not_verified", reason=reason)
    try:
        return databases.engine.observe(
            databases.base_server, base.database, view.project, watched, view.scripts, merged
        )
    except CannotWorkError as error:
        return Witness("not_verified", reason=str(error))


def _before_failure(history: History, failed: str | None) -> list[Migration]:
    names = [migration.name for migration in history.migrations]
    last = names.index(failed) if failed in names else len(names)
    return [m for i, m in enumerate(history.migrations) if m.state == "new" and i < last]
