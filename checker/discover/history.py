"""Reads the migrations of a project and says what each of them is against the base."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from checker.discover.base import BaseTree
from checker.discover.layouts import LAYOUTS, Scripts
from checker.discover.listing import order
from checker.discover.projects import anchor
from checker.discover.similarity import find_renames
from checker.discover.strays import find_strays
from checker.model import History, Migration, Project
from checker.model.checksums import same_script


def read_history(
    root: Path,
    project: Project,
    base: BaseTree | None,
    *,
    all_new: bool = False,
    last: int | None = None,
) -> History:
    """The migrations of a project, each with its state against the base.

    Without a base nothing is new. With ``all_new`` everything is, and with ``last`` that many of
    the newest are; the base does not count then.
    Raises InputError if a file cannot be read, is too big or lies outside the repository.
    """
    root = root if root.is_dir() else root.parent
    boundary = anchor(root)
    layout = LAYOUTS[project.layout]
    scripts = read_scripts(root, project, boundary)
    head = tuple(layout.migration(project.migrations, *item) for item in scripts.items())
    lock_provider = layout.lock_provider(root / project.migrations, boundary)
    if all_new or last is not None or base is None:
        old = 0 if all_new else len(head) - (last or 0)
        head = tuple(m if i < old else replace(m, state="new") for i, m in enumerate(head))
        return History(head, lock_provider=lock_provider)
    before = _at_base(root, project, base, scripts)
    now = base.now()
    since = layout.base_scripts(now, project.migrations, project.prisma) if now else {}
    both = {n: s for n, s in since.items() if n not in before and n in scripts}
    if both:  # merged there already
        every = {**before, **both}
        before = {name: every[name] for name in order(every, project.prisma)}
    migrations, removed = _compare(project, head, scripts, before)
    return History(
        migrations,
        removed=removed,
        base=base.base,
        base_names=tuple(before),
        lock_provider=lock_provider,
        base_lock_provider=layout.base_lock_provider(base, project.migrations),
        meanwhile=tuple(
            layout.migration(project.migrations, name, script)
            for name, script in since.items()
            if name not in before
        ),
        strays=find_strays(root, project, base, tuple(before)),
    )


def read_scripts(root: Path, project: Project, boundary: Path) -> Scripts:
    """The scripts of the head, as the project's layout finds them."""
    return LAYOUTS[project.layout].scripts(root / project.migrations, project.prisma, boundary)


def _at_base(root: Path, project: Project, base: BaseTree, head: Scripts) -> Scripts:
    """The scripts that the base has, in the order of this Prisma version."""
    layout = LAYOUTS[project.layout]
    scripts = layout.base_scripts(base, project.migrations, project.prisma)
    if not scripts and head and (directory := _moved(root, base, head)):
        scripts = layout.base_scripts(base, directory, project.prisma)
        same = any(
            (now := head[name]) is not None and script is not None and same_script(now, script)
            for name, script in scripts.items()
            if name in head
        )
        return scripts if same else {}
    return scripts


def _moved(root: Path, base: BaseTree, head: Scripts) -> str | None:
    """The directory that was moved to where the head has it, by the names in it; that makes none
    of them new.

    A directory that still exists was not moved: this one then began as a copy of it.
    """
    places = [
        (-len(names & head.keys()), directory)
        for directory, names in base.migration_directories().items()
        if names & head.keys() and not (root / directory).is_dir()
    ]
    return min(places)[1] if places else None


def _compare(
    project: Project, head: tuple[Migration, ...], scripts: Scripts, before: Scripts
) -> tuple[tuple[Migration, ...], tuple[Migration, ...]]:
    """The migrations of the head with their states, and the removed ones."""
    layout = LAYOUTS[project.layout]
    new = {n: s for n, s in scripts.items() if s is not None and before.get(n) is None}
    gone = {n: s for n, s in before.items() if n not in scripts}
    renames = find_renames({n: s for n, s in gone.items() if s is not None}, new)
    previous = {pair.new: pair.old for pair in renames}
    migrations = []
    for migration in head:
        name, script = migration.name, scripts[migration.name]
        earlier = before.get(name)
        if name in previous:
            text = _text(before[previous[name]])
            change = {"state": "renamed", "previous": previous[name], "base_sql": text}
        elif name not in before or (earlier is None and script is not None):
            change = {"state": "new"}
        elif earlier is None or (script is not None and same_script(script, earlier)):
            change = {}
        else:
            change = {"state": "edited", "previous": name, "base_sql": _text(earlier)}
        migrations.append(replace(migration, **change))
    renamed = set(previous.values())
    removed = tuple(
        replace(
            layout.migration(project.migrations, n, None, "removed"),
            problem=None,
            previous=n,
            base_sql=_text(s),
        )
        for n, s in gone.items()
        if n not in renamed
    )
    return tuple(migrations), removed


def _text(script: bytes | None) -> str | None:
    return None if script is None else script.decode("utf-8", "replace")
