"""Set the checker up in a repository: a workflow, and a configuration that lists the projects."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

from checker.config import FILE_NAME, read_config
from checker.discover.projects import anchor, find_projects
from checker.errors import InputError
from checker.model import Project

ACTION = "OWNER/prisma-migration-checker@v0"
WORKFLOW = ".github/workflows/migrations.yml"
COMMENT_WORKFLOW = ".github/workflows/migrations-comment.yml"
_CHECKOUT = "actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1"
_UPLOAD = "actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f # v6.0.0"
_REPORT = "migration-checker-report"
_PLAIN = re.compile(r"[\w./@:-]+")
_REFERENCE = re.compile(r"[\w.-]+/[\w./-]+@[\w.-]+")


class Wanted(Struct, frozen=True):
    """What a team wants: its name of the action, and the server to replay on.

    ``postgres`` is a version of PostgreSQL or the name of an image, for a service container
    instead of the server in the checker's own image. With ``forks`` a second workflow comments on
    pull requests from forks.
    """

    action: str = ACTION
    postgres: str | None = None
    forks: bool = False


class File(Struct, frozen=True):
    """A file by its path from the root; ``written`` is False if it existed and was kept."""

    path: str
    written: bool


class Initialised(Struct, frozen=True):
    """What was done, for which projects, below ``root``."""

    root: Path
    projects: tuple[Project, ...]
    files: tuple[File, ...]


def initialise(path: Path, wanted: Wanted) -> Initialised:
    """Write the files that the repository of ``path`` lacks; never overwrite one.

    Raises InputError if there is no Prisma project, or a name is invalid.
    """
    if not path.exists():
        raise InputError(f"{path} does not exist: pass the directory of the project")
    _validate(wanted)
    root = anchor(path)
    directory = path.resolve().relative_to(root).as_posix()
    configured = read_config(root)
    projects = find_projects(
        root, within=path, configured=configured.projects, prisma_version=configured.prisma_version
    )
    files = {WORKFLOW: _workflow(directory, wanted), FILE_NAME: _configuration(projects)}
    if wanted.forks:
        files[COMMENT_WORKFLOW] = _comment_workflow(wanted)
    done = tuple(File(name, _write(root / name, text)) for name, text in files.items())
    return Initialised(root, projects, done)


def _validate(wanted: Wanted) -> None:
    if not _REFERENCE.fullmatch(wanted.action):
        raise InputError(f"{wanted.action!r} is not an action: write OWNER/REPOSITORY@REF")
    if wanted.postgres is not None and not _PLAIN.fullmatch(wanted.postgres):
        raise InputError(
            f"{wanted.postgres!r} is not a PostgreSQL version: write one such as 16.4, or an image"
        )


def _write(path: Path, text: str) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True


def _workflow(directory: str, wanted: Wanted) -> str:
    rights = "" if wanted.forks else "      pull-requests: write # for the comment\n"
    inputs = {} if directory == "." else {"path": directory}
    services, upload = "", ""
    if wanted.postgres:
        services = _service(wanted.postgres)
        inputs["server-url"] = "postgresql://postgres:postgres@postgres:5432/postgres"
    if wanted.forks:
        inputs["comment"] = '"false"'
        upload = f"""\
      - uses: {_UPLOAD}
        if: ${{{{ !cancelled() }}}}
        with:
          name: {_REPORT}
          path: ${{{{ steps.check.outputs.report }}}}
"""
    given = "".join(f"          {name}: {_scalar(value)}\n" for name, value in inputs.items())
    return f"""\
name: Migrations
on:
  pull_request:
  merge_group:
permissions: {{}}
concurrency:
  group: migrations-${{{{ github.ref }}}}
  cancel-in-progress: true
jobs:
  check:
    name: Prisma migrations
    runs-on: ubuntu-latest
    timeout-minutes: 10
    permissions:
      contents: read
{rights}{services}    steps:
      - uses: {_CHECKOUT}
        with:
          fetch-depth: 2 # the merge commit and its parents
          persist-credentials: false
      - uses: {wanted.action}
        id: check
{"        with:" + chr(10) + given if given else ""}{upload}"""


def _service(postgres: str) -> str:
    image = f"postgres:{postgres}" if re.fullmatch(r"\d+(\.\d+)?", postgres) else postgres
    return f"""\
    services:
      postgres:
        image: {image}
        env:
          POSTGRES_PASSWORD: postgres # of an empty server that ends with the job
        options: >-
          --health-cmd pg_isready --health-interval 1s --health-timeout 5s --health-retries 60
"""


def _comment_workflow(wanted: Wanted) -> str:
    """The workflow that may write: it neither checks out nor runs the pull request's code."""
    return f"""\
name: Migrations, comment
on:
  workflow_run: # zizmor: ignore[dangerous-triggers] runs nothing from the pull request
    workflows: [Migrations]
    types: [completed]
permissions: {{}}
jobs:
  comment:
    name: Comment
    if: github.event.workflow_run.event == 'pull_request'
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions:
      actions: read # for the report
      contents: read # for the base's settings and CODEOWNERS
      pull-requests: write # for the comment
    steps:
      - name: Get the report
        run: gh run download "$RUN" --repo "$GITHUB_REPOSITORY" --name {_REPORT}
        env:
          RUN: ${{{{ github.event.workflow_run.id }}}}
          GH_TOKEN: ${{{{ github.token }}}}
      - uses: {wanted.action}
        with:
          publish: {_REPORT}.json
"""


def _configuration(projects: tuple[Project, ...]) -> str:
    lines = [
        "# Settings of the Prisma Migration Checker, all optional. Found without any:",
        *(f"#   {_project(project)}" for project in projects),
        "fail_on: error # or warning, notice",
        "",
        "# prisma_version: 6.19.3 # only if no package.json or lock file names it",
        "# large_tables: [Order] # work that grows with the table is an error on these",
        "# rules: {unique-may-fail: notice} # off, notice, warning or error, by rule",
    ]
    return "\n".join(lines) + "\n"


def _project(project: Project) -> str:
    version = project.prisma
    number = f"{version.major}.{version.minor}.{version.patch}"
    told = f"Prisma {number} ({version.source})" if version.source else f"Prisma {number}"
    text = f"{project.schema} with {project.migrations}, {told}"
    return text if text.isprintable() else ascii(text)


def _scalar(text: str) -> str:
    """A string as YAML in which no GitHub expression can hide."""
    if "${{" in text:
        raise InputError(f"The path {text!r} would be an expression in the workflow: rename it")
    if _PLAIN.fullmatch(text) or text.startswith('"'):
        return text
    return "'" + text.replace("'", "''") + "'"
