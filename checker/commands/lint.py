"""Single migration files, checked without a server: fast enough for a commit hook."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from checker.config import read_config
from checker.discover.files import read_bytes
from checker.discover.layouts import DIRECTORIES
from checker.discover.layouts.directories import SCRIPT, make_migration
from checker.discover.listing import order
from checker.discover.lock import read_lock_provider
from checker.discover.projects import anchor
from checker.discover.versions import find_version, parse_version
from checker.errors import InputError
from checker.model import History, Migration, Project, Provider, Replay, Report, Severity, State
from checker.report.told import told
from checker.sql.scripts import read_scripts
from checker.verdict.judge import Judge
from checker.verdict.report import make_project_report, make_report
from checker.verdict.settings import Judged, Settings, settle

DIALECTS: tuple[Provider, ...] = ("postgresql", "cockroachdb", "mysql", "sqlite", "sqlserver")


def lint(
    files: Sequence[Path],
    *,
    fail_on: Severity | None = None,
    prisma_version: str | None = None,
    config_file: Path | None = None,
) -> Report:
    """The findings in some files, on the schema that the migrations before them make.

    A file named migration.sql belongs to the history of the directories beside its own; any other
    stands alone. The configuration is that of the first file's repository, unless one is named.
    Raises InputError for a file that cannot be read.
    """
    histories: defaultdict[Path | None, list[Path]] = defaultdict(list)
    for file in files:
        if not file.is_file():
            raise InputError(f"{file} is not a file: pass the migration.sql of a migration")
        histories[file.absolute().parent.parent if file.name == SCRIPT else None].append(file)
    root = anchor(files[0].parent)
    config = read_config(root, config_file)
    if fail_on is not None:
        config = replace(config, fail_on=fail_on)
    judged = []
    for directory, group in histories.items():
        project = _project(directory, group[0], prisma_version or config.prisma_version)
        history = _history(directory, group, project)
        scripts = read_scripts(project, history)
        judge = Judge(project, history, scripts, asked=config.asked)
        findings = judge.findings(Replay("skipped"))
        judged.append(Judged(project, history, scripts, findings))
    settings = Settings(
        config,
        datetime.now(UTC).date(),
        complete=False,
        relative=lambda path: os.path.relpath(os.path.realpath(path), root),
    )
    reports = []
    for each, settled in zip(judged, settle(judged, settings), strict=True):
        total = len(each.history.migrations)
        replay = Replay("skipped", total=total, reason="lint only reads")
        reports.append(make_project_report(each, replay, settled))
    return told(make_report(tuple(reports), config))


def _project(directory: Path | None, file: Path, version: str | None) -> Project:
    place = (directory or file.parent).absolute()
    boundary = anchor(place)
    named = read_lock_provider(place, boundary) if directory else None
    provider: Provider = next((known for known in DIALECTS if known == named), "postgresql")
    prisma = (
        parse_version(version, "the requested prisma_version")
        if version
        else find_version(boundary, place, has_url=True)
    )
    return Project(str(directory or file), str(directory or file.parent), provider, prisma)


def _history(directory: Path | None, files: Sequence[Path], project: Project) -> History:
    """The files as new migrations, after those that sort before the last of them."""
    if directory is None:
        boundaries = {place: anchor(place) for place in {file.parent for file in files}}
        return History(tuple(_migration(f, f.stem, boundaries[f.parent], new=True) for f in files))
    boundary = anchor(directory)
    given = {file.absolute().parent.name: file for file in files}
    listed = DIRECTORIES.names(directory, project.prisma)
    names = order({*listed, *given}, project.prisma)
    last = max(names.index(name) for name in given)
    return History(
        tuple(
            _migration(
                given.get(name, directory / name / SCRIPT), name, boundary, new=name in given
            )
            for name in names[: last + 1]
        )
    )


def _migration(file: Path, name: str, boundary: Path, *, new: bool) -> Migration:
    state: State = "new" if new else "unchanged"
    return make_migration(name, str(file), read_bytes(file, boundary), state)
