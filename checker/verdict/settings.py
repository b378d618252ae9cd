"""Which findings stand: the severities that the team gives them, and what it ignores, and why.

Settings count first by rule, then by the size of the table, then by place. What is left can be
ignored by a comment on a statement of a new migration, or by the configuration file, which is
the only way for the history itself: a merged migration must not be edited.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from checker.config import FILE_NAME, Config, Ignore, Override, RuleSetting
from checker.model import Finding, History, IdleIgnore, Ignored, Migration, Project, Script
from checker.rules import Context, find_rule
from checker.verdict.grouping import join
from checker.verdict.ignores import Directive, directives

_ANY = re.compile(r"(\*\*/|\*\*|\*|\?)")
_ANY_AS_REGEX = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


class Judged(Struct, frozen=True):
    """A project with all that its rules say."""

    project: Project
    history: History
    scripts: Mapping[str, Script]
    findings: tuple[Finding, ...]


class Settled(Struct, frozen=True):
    """The findings of a project that stand, and the trace of those that are ignored."""

    findings: tuple[Finding, ...]
    ignored: tuple[Ignored, ...] = ()


class Settings(Struct, frozen=True):
    """The configuration, and how it applies to this run.

    ``source`` is its path for messages. ``complete`` says that the projects are all there are, so
    that an ignore of a migration that none of them has is stale. ``relative`` turns a finding's
    path into the one from the root, which globs match.
    """

    config: Config
    today: datetime.date
    source: str = FILE_NAME
    complete: bool = True
    relative: Callable[[str], str] = str


def settle(projects: Sequence[Judged], settings: Settings) -> list[Settled]:
    """Every project's findings under the team's settings, and what is to say of idle ignores.

    Idle ignores of the configuration file are reported with the first project.
    """
    used: set[Ignore] = set()
    settled = [_settle(judged, settings, used) for judged in projects]
    idle = [
        finding
        for ignore in settings.config.ignore
        for unused in _idle(ignore, projects, settings, is_used=ignore in used)
        for finding in _say(unused, projects[0], settings)
    ]
    if idle:
        settled[0] = replace(settled[0], findings=(*idle, *settled[0].findings))
    return settled


def _settle(judged: Judged, settings: Settings, used: set[Ignore]) -> Settled:
    wishes = {m.name: _wishes(m, judged) for m in judged.history.new}
    effective: set[Directive] = set()
    stands: list[Finding] = []
    ignored: list[Ignored] = []
    for raw in judged.findings:
        finding = _graded(raw, settings)
        asked = [i for i in settings.config.ignore if _names(i, raw, settings)]
        script = judged.scripts.get(raw.migration or "", Script())
        silencing = [d for d in wishes.get(raw.migration or "", ()) if d.silences(raw, script)]
        used.update(asked)
        effective.update(silencing)
        valid = [i for i in asked if not _is_over(i, settings)]
        if finding is None:
            continue
        if reasons := [i.reason for i in valid] + [d.reason for d in silencing]:
            trace = (finding.rule, reasons[0], finding.migration, finding.path, finding.line)
            ignored.append(Ignored(*trace))
        else:
            stands.append(finding)
    for migration in judged.history.new:
        for directive in wishes[migration.name]:
            if directive not in effective and not directive.foreign:
                idle = _in_vain(directive, migration)
                stands += _say(idle, judged, settings, migration)
    order = {m.name: i for i, m in enumerate(judged.history.migrations)}
    stands.sort(key=lambda f: (order.get(f.migration or "", -1), f.line or 0))
    return Settled(join(stands), tuple(ignored))


def _wishes(migration: Migration, judged: Judged) -> tuple[Directive, ...]:
    script = judged.scripts.get(migration.name, Script())
    return tuple(directives(migration.sql or "", script, judged.project.provider))


def _in_vain(directive: Directive, migration: Migration) -> IdleIgnore:
    problem, advice = directive.problem, directive.advice
    if problem is None:
        problem = f"`{directive.rule}` finds nothing here"
        advice = "Remove it, or move it to the statement that it is meant for."
    return IdleIgnore(directive.text, problem, advice, migration.path, directive.line)


def _idle(
    ignore: Ignore, projects: Sequence[Judged], settings: Settings, *, is_used: bool
) -> Iterator[IdleIgnore]:
    """Why an entry of the configuration file is idle, if it is.

    An unused one is not, as long as its migration is merged: nothing judges that again.
    """
    meant = [
        m
        for judged in projects
        for m in (*judged.history.migrations, *judged.history.removed)
        if _is_place(ignore, m.name, m.path, settings)
    ]
    place = " in ".join(filter(None, (ignore.rule, ignore.migration or ignore.path)))
    if _is_over(ignore, settings):
        problem = f"it was meant until {ignore.until}"
    elif is_used:
        return
    elif meant and all(m.state != "unchanged" for m in meant):
        problem = f"`{ignore.rule}` finds nothing there"
    elif not meant and settings.complete:
        problem = "no migration is there"
    else:
        return
    advice = f"Remove it from {settings.source}, or correct it."
    yield IdleIgnore(f"ignore {place}", problem, advice, settings.source, ignore.line)


def _say(
    idle: IdleIgnore, judged: Judged, settings: Settings, migration: Migration | None = None
) -> Iterator[Finding]:
    """What the rule has to say of an idle ignore."""
    rule = find_rule("unused-ignore")
    context = Context(rule, judged.project, judged.history, migration=migration, fact=idle)
    for finding in rule.check(idle, context):
        graded = _graded(finding, settings)
        if graded is not None:
            yield graded


def _graded(finding: Finding, settings: Settings) -> Finding | None:
    """The finding with the severity that the settings give it; None where it is off."""
    config = settings.config
    rule = find_rule(finding.rule)
    default = finding.severity if config.turns_on(rule) else "off"
    severity: RuleSetting = config.rules.get(finding.rule, default)
    if severity != "off" and rule.scales and _is_large(finding, config):
        severity = "error"
    for override in config.overrides:
        if (
            finding.rule in override.rules
            and _is_place(override, finding.migration, finding.path, settings)
            and (override.table is None or is_table(finding.table, override.table))
        ):
            severity = override.rules[finding.rule]
    if severity == "off":
        return None
    return finding if severity == finding.severity else replace(finding, severity=severity)


def _is_large(finding: Finding, config: Config) -> bool:
    return any(is_table(finding.table, pattern) for pattern in config.large_tables)


def is_table(table: str | None, pattern: str) -> bool:
    """Whether a table matches a glob; the default schema may be named or not."""
    return table is not None and fnmatchcase(
        table.removeprefix("public."), pattern.removeprefix("public.")
    )


def _names(ignore: Ignore, finding: Finding, settings: Settings) -> bool:
    return ignore.rule == finding.rule and _is_place(
        ignore, finding.migration, finding.path, settings
    )


def _is_over(ignore: Ignore, settings: Settings) -> bool:
    return ignore.until is not None and ignore.until < settings.today


def _is_place(
    meant: Ignore | Override, migration: str | None, path: str | None, settings: Settings
) -> bool:
    """Whether a finding, or a migration, is in the place that a part of the configuration names."""
    if meant.migration is not None and not fnmatchcase(migration or "", meant.migration):
        return False
    return meant.path is None or (
        path is not None and _glob(meant.path).fullmatch(settings.relative(path)) is not None
    )


@cache
def _glob(pattern: str) -> re.Pattern[str]:
    """``*`` stays in a directory and ``**`` does not; a directory stands for all below it."""
    parts = _ANY.split(pattern.removeprefix("./").rstrip("/"))
    body = "".join(_ANY_AS_REGEX.get(part) or re.escape(part) for part in parts)
    return re.compile(f"{body}(?:/.*)?", re.DOTALL)
