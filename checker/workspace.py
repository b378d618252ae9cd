"""Where the work is, what it is compared with, and which settings apply."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from checker.config import FILE_NAME, Config, parse_bytes, read_config
from checker.discover.base import BaseTree
from checker.discover.git import Repository
from checker.discover.gitbase import choose_base
from checker.discover.projects import find_projects
from checker.errors import InputError
from checker.model import Severity
from checker.model.sizes import STATS_FILE, Sizes
from checker.pg.url import Target
from checker.project import Checkout, ProjectView, read_file

Progress = Callable[[str, int, int], None]


class Request(Struct, frozen=True):
    """What a run is asked to do.

    ``base`` is a ref that the user named, ``event_base`` and ``event_head`` the commits that the
    event of a workflow names; ``exact_base`` is as in ``choose_base``. ``other_base`` is called,
    with the root, for a base that git lacks.
    With ``all_new`` every migration is judged as a pull request of its own, with ``last`` that many
    of the newest as one.
    ``untrusted`` says that the files may be a stranger's: without a base their settings cannot
    name what runs as superuser. ``no_replay`` is the reason not to replay, if there is one.
    ``deployed`` is a database to compare as well.
    ``replacements`` asks for fixes that can replace their statements.
    ``progress`` is called with the path of a project, the migrations applied and their number.
    """

    path: Path
    base: str | None = None
    event_base: str | None = None
    event_head: str | None = None
    exact_base: bool = False
    other_base: Callable[[Path], BaseTree | None] | None = None
    all_new: bool = False
    last: int | None = None
    untrusted: bool = False
    config: Path | None = None
    fail_on: Severity | None = None
    prisma_version: str | None = None
    no_replay: str | None = None
    server_bin: Path | None = None
    server_url: str | None = None
    replacements: bool = False
    deployed: Target | None = None
    progress: Progress | None = None


class Workspace(Struct, frozen=True):
    """Where the work is: the root that paths are relative to, its base, its settings and projects.

    ``trusted`` are the settings as the base has them: only they may name what runs as superuser.
    """

    root: Path
    config: Config
    trusted: Config
    base: BaseTree | None
    head: str | None
    notes: tuple[str, ...]
    projects: tuple[ProjectView, ...]


def open_workspace(request: Request) -> Workspace:
    """Where the work is, what it is compared with, which settings apply, and the projects there.

    Raises InputError for bad usage, configuration or input.
    """
    if not request.path.exists():
        raise InputError(f"{request.path} does not exist: pass the directory of the project")
    repository = Repository.open(request.path)
    root = repository.root if repository else _directory(request.path)
    config = _config(request, root)
    notes: list[str] = []
    base: BaseTree | None = None
    ref = request.base or (None if request.event_base else config.base)
    reason = "outside git there is no base"
    if repository is not None:
        choice = choose_base(
            repository,
            ref=ref,
            event_base=request.event_base,
            event_head=request.event_head,
            exact=request.exact_base,
        )
        base = choice.base or (request.other_base(root) if request.other_base else None)
        reason = choice.reason
    elif ref is not None:
        raise InputError(f"{root} is not in a git repository, so there is no base {ref!r}")
    if request.all_new:
        notes.append("Every migration is checked as new, each by itself.")
    elif request.last is not None:
        newest = "migration counts" if request.last == 1 else f"{request.last:,} migrations count"
        notes.append(f"The newest {newest} as new, as one pull request.")
    elif base is None:
        notes.append(f"Nothing counts as new, because {reason}; --all checks every migration.")
    unvouched = Config() if request.untrusted else config
    trusted = unvouched if base is None else _base_config(base)
    if (trusted.setup, trusted.preset) != (config.setup, config.preset):
        notes.append("The setup or preset in these settings takes effect once it is in the base.")
    if base is not None and request.config is None and _judges(trusted) != _judges(config):
        notes.append(f"This change also sets which rules apply, in {FILE_NAME}: review that too.")
    head = repository.head() if repository else None
    compared = None if request.all_new or request.last is not None else base
    checkout = Checkout(root, base, compared, trusted, request.all_new, request.last)
    projects = find_projects(
        root,
        within=request.path,
        configured=config.projects,
        prisma_version=request.prisma_version or config.prisma_version,
    )
    views = tuple(ProjectView(project, checkout) for project in projects)
    return Workspace(root, config, trusted, base, head, tuple(notes), views)


def _config(request: Request, root: Path) -> Config:
    config = read_config(root, request.config)
    return replace(config, fail_on=request.fail_on) if request.fail_on else config


def _judges(config: Config) -> object:
    """The settings that decide on findings."""
    ignored = [replace(each, line=None) for each in config.ignore]
    return config.presets, config.rules, config.overrides, config.large_tables, ignored


def _base_config(base: BaseTree) -> Config:
    data = base.read(FILE_NAME)
    return Config() if data is None else parse_bytes(data, f"{FILE_NAME} of the base")


def _directory(path: Path) -> Path:
    absolute = path.resolve()
    return absolute if absolute.is_dir() else absolute.parent


def table_sizes(workspace: Workspace) -> Sizes | None:
    """The sizes of production's tables, if the base has the file with them.

    Raises InputError if it cannot be read, or the settings name one that does not exist.
    """
    named = workspace.trusted.stats
    path = named or STATS_FILE
    data = workspace.base.read(path) if workspace.base else read_file(workspace.root, path)
    if data is not None:
        return Sizes.parse(data, path)
    if named is not None:
        raise InputError(f"{FILE_NAME} names {named} as stats, but there is no such file")
    return None
