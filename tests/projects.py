"""Small Prisma projects made on the spot, for tests of the whole job."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from checker.commands.check import check
from checker.config import Config
from checker.model import History, Project, Report
from checker.project import Checkout, ProjectView
from checker.workspace import Request, open_workspace
from tests.discover.conftest import LOCK, SCHEMA, commit, git, write

SHARED = Path(__file__).parents[2] / "shared"
USER = 'CREATE TABLE "User" ("id" SERIAL PRIMARY KEY, "email" TEXT NOT NULL, "age" INTEGER);\n'
POST = 'CREATE TABLE "Post" ("id" SERIAL PRIMARY KEY, "title" TEXT);\n'
DROP_AGE = '-- AlterTable\nALTER TABLE "User" DROP COLUMN "age";\n'


def files(migrations: Mapping[str, str], schema: str = SCHEMA) -> dict[str, str]:
    """The files of a project with these scripts by name of the migration."""
    scripts = {f"prisma/migrations/{n}/migration.sql": text for n, text in migrations.items()}
    lock = {"prisma/migrations/migration_lock.toml": LOCK}
    return {"prisma/schema.prisma": schema, **lock, **scripts}


def make_project(root: Path, migrations: Mapping[str, str], **others: str) -> Path:
    """A project outside git."""
    return write(root, {**files(migrations), **others})


def make_repository(
    root: Path, base: Mapping[str, str], head: Mapping[str, str], **others: str
) -> Path:
    """A repository with the base's scripts on main and the head's on a branch, checked out."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main")
    commit(root, {**files(base), **others})
    git(root, "checkout", "-q", "-b", "change")
    for name in base.keys() - head.keys():
        (root / f"prisma/migrations/{name}/migration.sql").unlink()
    commit(root, files(head))
    return root


def run_check(request: Request) -> Report:
    """The whole job in a workspace of its own."""
    return check(open_workspace(request), request)


def view_of(project: Project, history: History, root: Path = Path()) -> ProjectView:
    """A project whose history is known, and of which nothing else is asked."""
    view = ProjectView(project, Checkout(root, None, None, Config()))
    view.__dict__["history"] = history
    return view
