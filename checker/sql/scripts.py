"""The statements of a whole history."""

from __future__ import annotations

from collections.abc import Mapping

from checker.model import History, Project, Script
from checker.sql import read


def read_scripts(project: Project, history: History) -> Mapping[str, Script]:
    """The statements of every migration of a history that has a script, by its name."""
    return {
        migration.name: read(migration.sql, project.provider)
        for migration in history.migrations
        if migration.sql is not None
    }
