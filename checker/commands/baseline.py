"""``baseline``: the first migration of a project that has none."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from checker.commands.status import only_project
from checker.errors import InputError
from checker.live.baseline import Baseline, from_database, from_schema, next_command, write_baseline
from checker.pg.url import Target
from checker.workspace import Workspace


class Written(Struct, frozen=True):
    """What was written, and the ``command`` that marks it as applied."""

    baseline: Baseline
    files: tuple[Path, ...]
    command: str


def make_baseline(workspace: Workspace, name: str, target: Target | None) -> Written:
    """Write the first migration of a workspace's one project: from a database, or else from its
    schema.

    Raises InputError for bad input or if there are migrations, and UnreachableError if the
    database cannot be read. Nothing is written then.
    """
    view = only_project(workspace.projects)
    project = view.project
    if not view.files:
        raise InputError(f"{project.schema} cannot be read")
    schema = view.schema
    made = (
        from_schema(schema, project.prisma)
        if target is None
        else from_database(target, schema, project.prisma)
    )
    root = workspace.root if workspace.root.is_dir() else workspace.root.parent
    written = write_baseline(root, project, name, made.script)
    relative = tuple(path.relative_to(root) for path in written)
    return Written(made, relative, next_command(project, name))
