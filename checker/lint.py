"""Single migration files, judged without any server: fast enough for a commit hook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from checker.config import Config
from checker.discover.files import read_bytes
from checker.discover.listing import order
from checker.discover.lock import read_lock_provider
from checker.discover.projects import anchor
from checker.discover.versions import find_version, parse_version
from checker.errors import InputError
from checker.judge import Judge
from checker.model import History, Migration, Project, Provider, Replay, Report, Severity, State
from checker.pipeline import make_project_report, make_report, read_scripts

SCRIPT = "migration.sql"
DIALECTS: tuple[Provider, ...] = ("postgresql", "cockroachdb", "mysql", "sqlite", "sqlserver")


def lint(
    files: Sequence[Path], *, fail_on: Severity | None = None, prisma_version: str | None = None
) -> Report:
    """The findings in some files, with the schema that the migrations before them make.

    A file named migration.sql belongs to the history of the directories beside its own; any other
    stands alone. Raises InputError for a file that cannot be read.
    """
    histories: defaultdict[Path | None, list[Path]] = defaultdict(list)
    for file in files:
        if not file.is_file():
            raise InputError(f"{file} is no file: give the migration.sql of a migration")
        histories[file.absolute().parent.parent if file.name == SCRIPT else None].append(file)
    reports = []
    for directory, group in histories.items():
        project = _project(directory, group[0], prisma_version)
        history = _history(directory, group, project)
        scripts = read_scripts(project, history)
        replay = Replay("skipped", total=len(history.migrations), reason="lint only reads")
        findings = Judge(project, history, scripts, {}).findings(replay)
        reports.append(make_project_report(project, history, scripts, replay, findings))
    config = Config(fail_on=fail_on or "error")
    return make_report(tuple(reports), config)


def _project(directory: Path | None, file: Path, version: str | None) -> Project:
    place = (directory or file.parent).absolute()
    boundary = anchor(place)
    named = read_lock_provider(place, boundary) if directory else None
    provider: Provider = next((known for known in DIALECTS if known == named), "postgresql")
    prisma = (
        parse_version(version, "--prisma-version")
        if version
        else find_version(boundary, place, has_url=True)
    )
    return Project(str(directory or file), str(directory or file.parent), provider, prisma)


def _history(directory: Path | None, files: Sequence[Path], project: Project) -> History:
    """The files as new migrations, after those that sort before the last of them."""
    if directory is None:
        return History(tuple(_migration(file, file.stem, new=True) for file in files))
    given = {file.absolute().parent.name: file for file in files}
    names = order([entry.name for entry in directory.iterdir() if entry.is_dir()], project.prisma)
    last = max(names.index(name) for name in given)
    return History(
        tuple(
            _migration(given.get(name, directory / name / SCRIPT), name, new=name in given)
            for name in names[: last + 1]
        )
    )


def _migration(file: Path, name: str, *, new: bool) -> Migration:
    data = read_bytes(file, anchor(file.parent))
    state: State = "new" if new else "unchanged"
    if data is None:
        return Migration(name, str(file), None, state, problem="missing")
    try:
        return Migration(name, str(file), data.decode("utf-8"), state)
    except UnicodeDecodeError:
        return Migration(name, str(file), None, state, problem="not_utf8")
