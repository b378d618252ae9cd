"""When the new migrations are watched, and on what."""

from __future__ import annotations

from collections.abc import Mapping

from checker.errors import CannotWorkError
from checker.model import History, Migration, Project, Script, Witness
from checker.pg.connection import connect
from checker.sql.catalog.catalog import Catalog
from checker.trials.databases import Runs
from checker.trials.merged_schema import deployed_catalog
from checker.verdict.judge import fold_merged
from checker.witness.observe import observe


def find_merged(runs: Runs, history: History, scripts: Mapping[str, Script]) -> Catalog | None:
    """The schema before the new migrations as the server has it; None where it cannot be told."""
    base = runs.base.database
    if base is None:
        return None
    try:
        with connect(base.owner) as connection:
            return deployed_catalog(connection, fold_merged(history, scripts))
    except CannotWorkError:
        return None


def find_witness(
    runs: Runs,
    project: Project,
    history: History,
    scripts: Mapping[str, Script],
    merged: Catalog | None,
) -> Witness | None:
    """What the new migrations do to the database that is deployed; None where nothing is replayed.

    Those after one on which the replay fails are left out, with it.
    """
    replayed = runs.head.replay
    if replayed.status == "skipped":
        return None
    watched = _before_failure(history, replayed.failure.migration if replayed.failure else None)
    if replayed.status == "not_verified" or not watched:
        return Witness("not_verified", reason="the replay does not reach them")
    base = runs.base
    if base.database is None or merged is None:
        reason = base.replay.reason or "the merged migrations do not run by themselves"
        return Witness("not_verified", reason=reason)
    try:
        return observe(runs.base_server, base.database, project, watched, scripts, merged)
    except CannotWorkError as error:
        return Witness("not_verified", reason=str(error))


def _before_failure(history: History, failed: str | None) -> list[Migration]:
    names = [migration.name for migration in history.migrations]
    last = names.index(failed) if failed in names else len(names)
    return [m for i, m in enumerate(history.migrations) if m.state == "new" and i < last]
