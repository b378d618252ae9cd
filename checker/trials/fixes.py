"""Which fixes can stand in the place of the statement that they mend, as they are.

Most fixes are steps of several migrations, or leave something for the author to fill in. One that
replaces its statement line for line is found by trying: the file is read and judged again with the
fix in it, and the whole history runs on an empty database of another server. It counts where the
finding is gone, nothing as severe has come, and both databases end the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import dropwhile

from msgspec import Struct
from msgspec.structs import replace

from checker.errors import CannotWorkError, InputError
from checker.model import (
    SEVERITIES,
    Finding,
    History,
    Migration,
    Project,
    Replay,
    Script,
    Severity,
    Statement,
)
from checker.sql import read
from checker.trials.databases import Databases
from checker.trials.ways import Ways
from checker.verdict.judge import Judge
from checker.verdict.settings import Judged

MOST = 10
"""How many fixes of one project are tried."""

JudgeOf = Callable[[History, Mapping[str, Script]], Judge]
"""Makes a judge of a history and its scripts, with the settings of this run."""


class _Trial(Struct, frozen=True):
    """A fix, and where it would stand: ``start`` to ``end`` are bytes of the migration's text."""

    finding: Finding
    start: int
    end: int
    text: str


def with_replacements(
    judged: Judged, databases: Databases, judge_of: JudgeOf
) -> tuple[Finding, ...]:
    """The findings; those whose fix can replace their lines as it is have it as ``replacement``.

    None has where the history does not run to its end: then there is nothing to compare with.
    """
    if databases.head.replay.status != "passed":
        return judged.findings
    trials = _Trials(judged, judge_of)
    found = [trial for f in judged.findings if (trial := trials.of(f)) is not None][:MOST]
    try:
        proven = _proven(found, judged.history, judged.project, databases) if found else []
    except (CannotWorkError, InputError):  # a convenience, not worth a word
        proven = []
    by_finding = {id(trial.finding): trial.text for trial in proven}
    return tuple(
        replace(f, replacement=by_finding[id(f)]) if id(f) in by_finding else f
        for f in judged.findings
    )


class _Trials:
    """Reads and judges the history again with one fix in it."""

    def __init__(self, judged: Judged, judge_of: JudgeOf) -> None:
        self._judged = judged
        self._judge_of = judge_of
        self._before = self._findings(judged.history, judged.scripts)
        self._new = {m.name: m for m in judged.history.new if m.sql is not None}

    def of(self, finding: Finding) -> _Trial | None:
        """The fix of a finding in the place of its statement, if reading has nothing against it."""
        place = finding.place
        migration = self._new.get(place.migration) if place is not None else None
        if place is None or migration is None or finding.fix is None:
            return None
        script = self._judged.scripts[migration.name]
        fix = _without_heading(finding.fix) if len(script.statements) == 1 else finding.fix
        statement = next((s for s in script.statements if s.start == place.start), None)
        if statement is None or _is_unfinished(fix) or not _keeps(fix, statement):
            return None
        lines = _whole_lines(migration.sql or "", statement)
        if lines is None:
            return None
        trial = _Trial(finding, *lines, fix.strip())
        return trial if self._is_better(trial) else None

    def _is_better(self, trial: _Trial) -> bool:
        """Whether the finding is gone, and nothing as severe has come."""
        history = put_in([trial], self._judged.history)
        name = trial.finding.migration or ""
        text = next(m.sql for m in history.migrations if m.name == name)
        script = read(text or "", self._judged.project.provider)
        if script.problem is not None:
            return False
        after = self._findings(history, {**self._judged.scripts, name: script})
        come = _count(after) - _count(self._before)
        gone = _count(self._before) - _count(after)
        limit = SEVERITIES.index(trial.finding.severity)
        return any(rule == trial.finding.rule for rule, *_ in gone) and all(
            rule != trial.finding.rule and SEVERITIES.index(severity) < limit
            for rule, _, severity in come
        )

    def _findings(self, history: History, scripts: Mapping[str, Script]) -> Sequence[Finding]:
        return self._judge_of(history, scripts).findings(Replay("passed"))


def _count(findings: Sequence[Finding]) -> Counter[tuple[str, str, Severity]]:
    return Counter((f.rule, f.migration or "", f.severity) for f in findings)


def _without_heading(fix: str) -> str:
    """Without the comment that says where the fix belongs: it may be there already."""
    return "\n".join(dropwhile(lambda line: line.startswith("--"), fix.splitlines()))


def _is_unfinished(fix: str) -> bool:
    """Whether the author has to fill something in, or part of it belongs elsewhere."""
    return "/*" in fix or any(line.lstrip().startswith("--") for line in fix.splitlines())


def _keeps(fix: str, statement: Statement) -> bool:
    """Whether the fix can be compared: what a statement does to rows does not show on empty
    tables, so that it has to stand in the fix as it is."""
    return statement.kind.startswith(("ALTER", "CREATE", "DROP")) or statement.text in fix


def _whole_lines(text: str, statement: Statement) -> tuple[int, int] | None:
    """The bytes of a statement's lines, without the last line end; None where something else is
    on them."""
    data = text.encode()
    start = data.rfind(b"\n", 0, statement.start) + 1
    end = data.find(b"\n", statement.end)
    end = len(data) if end < 0 else end
    around = data[start : statement.start].strip() + data[statement.end : end].strip()
    return (start, end) if around in (b"", b";") and b"\r" not in data[start:end] else None


def put_in(trials: Sequence[_Trial], history: History) -> History:
    """The history with fixes in the place of their statements."""

    def mended(migration: Migration) -> Migration:
        data = (migration.sql or "").encode()
        mine = [t for t in trials if t.finding.migration == migration.name]
        for trial in sorted(mine, key=lambda t: t.start, reverse=True):
            data = data[: trial.start] + trial.text.encode() + data[trial.end :]
        return replace(migration, sql=data.decode()) if mine else migration

    return replace(history, migrations=tuple(mended(m) for m in history.migrations))


def _proven(
    trials: Sequence[_Trial], history: History, project: Project, databases: Databases
) -> Sequence[_Trial]:
    """Those with which the history ends in the same database: tried together, else one by one."""
    apart = [t for i, t in enumerate(trials) if not any(_overlap(t, o) for o in trials[:i])]
    ways = Ways.of(databases, project)

    def same(tried: Sequence[_Trial]) -> bool:
        there = put_in(tried, history).migrations
        return ways.run(there).passed and not ways.differences([history.migrations], [there])

    if not ways.run(history.migrations).passed:
        return []
    return apart if same(apart) else [trial for trial in apart if same([trial])]


def _overlap(one: _Trial, other: _Trial) -> bool:
    return (
        one.finding.migration == other.finding.migration
        and one.start < other.end
        and other.start < one.end
    )
