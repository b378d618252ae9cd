"""What ``status`` found, for a terminal, as Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from checker import __version__
from checker.live.advice import Cause, DataRisk, Remedy
from checker.live.facts import Facts, LiveDrift, LiveGap, Standing
from checker.live.words import APPLIED_AND_DATABASE, DATABASE_AND_SCHEMA
from checker.model import Tool
from checker.model.sentences import HISTORY_AND_SCHEMA, SideWords, difference_words
from checker.model.words import listed, plural
from checker.report import safe
from checker.report.json import dedented
from checker.report.words import excerpt

VERSION = 1
_SHOWN = 20
_LINES = 40
_DATA: dict[DataRisk, str] = {
    "safe": "data are safe",
    "at_risk": "DATA ARE AT RISK",
    "lost": "ALL DATA ARE LOST",
}


class StatusReport(Struct, frozen=True):
    """What ``migration-checker status --format json`` writes. ``headline`` is the state in a few
    words; ``prisma_says_up_to_date`` is what ``prisma migrate status`` would say and exit with 0.
    ``facts`` is null where the database cannot be inspected. ``causes`` are what is wrong, in
    the order in which to put it right.
    """

    version: int
    tool: Tool
    verdict: Literal["in_step", "not_in_step", "unknown"]
    headline: str
    prisma_says_up_to_date: bool
    facts: Facts | None
    causes: tuple[Cause, ...] = ()


class Section(Struct, frozen=True):
    """A part of the page. ``items`` are sentences with names between backticks; ``code`` is in
    ``language``.
    """

    title: str
    items: tuple[str, ...] = ()
    code: str = ""
    numbered: bool = False
    language: str = "sql"


def make_status(facts: Facts | None, causes: tuple[Cause, ...] = ()) -> StatusReport:
    """The report of what was found."""
    tool = Tool("prisma-migration-checker", __version__)
    verdict: Literal["in_step", "not_in_step", "unknown"] = "unknown"
    state = "it cannot be inspected"
    if facts is not None:
        verdict = "in_step" if facts.in_step else "not_in_step"
        state = headline(facts)
        facts = replace(facts, drift=_told_drift(facts.drift))
    up_to_date = facts is not None and facts.diagnosis.up_to_date
    return StatusReport(VERSION, tool, verdict, state, up_to_date, facts, causes)


def _told_drift(drift: LiveDrift) -> LiveDrift:
    """The drift of a live database with a sentence for each difference."""
    return replace(
        drift,
        by_hand=_told_gap(drift.by_hand, APPLIED_AND_DATABASE),
        schema=_told_gap(drift.schema, DATABASE_AND_SCHEMA),
        unmigrated=_told_gap(drift.unmigrated, HISTORY_AND_SCHEMA),
    )


def _told_gap(gap: LiveGap | None, sides: SideWords) -> LiveGap | None:
    if gap is None:
        return None
    changes = (replace(each, text=difference_words(each, sides)) for each in gap.changes)
    return replace(gap, changes=tuple(changes))


def headline(facts: Facts) -> str:
    """``in step``, or what keeps it from being so, in a few words."""
    if facts.in_step:
        return "in step"
    said = [
        {
            "forbidden": "the ledger may not be read",
            "damaged": "the ledger is damaged",
            "no_schema": f"there is no schema `{facts.database.schema}`",
            "missing": "not empty and without a ledger (P3005)" if facts.not_empty else "",
        }.get(facts.ledger.state, "")
    ]
    if facts.diagnosis.error and facts.diagnosis.error != "unreadable":
        said.append(f"Prisma refuses ({facts.diagnosis.error})")
    states = ("failed", "pending", "missing")
    said += [f"{n:,} {state}" for state in states if (n := len(facts.names(state)))]
    again = [s for s in facts.standings if s.state == "rolled_back" and s.in_directory]
    said += [f"{len(again):,} rolled back"] if again else []
    said += [f"{len(facts.edited):,} edited"] if facts.edited else []
    drift = facts.drift
    if drift.by_hand and drift.by_hand.changes:
        said.append("changed with db push" if _pushed(drift) else "changed by hand")
    if drift.unmigrated and drift.unmigrated.changes:
        said.append("the schema has what no migration makes")
    elif _unexplained(facts):
        said.append("not as the schema says")
    return ", ".join(each for each in said if each) or "not in step"


def sections(report: StatusReport) -> Iterator[Section]:
    """All that is said, in order."""
    if report.facts is not None:
        yield from _found(report.facts)
    for cause in report.causes:
        yield from _cause(cause)


def _found(facts: Facts) -> Iterator[Section]:
    drift = facts.drift
    yield Section("", tuple(_context(facts)))
    if migrations := tuple(_migrations(facts)):
        yield Section("Migrations", migrations)
    if drift.has_pending:
        both = "the tables are already as after all migrations: the pending ones need not run"
        yield Section("Pending in the ledger only", (both,))
    by_hand = "Changed with db push" if _pushed(drift) else "Changed by hand or with db push"
    yield from _gap(by_hand, drift.by_hand)
    yield from _gap("In the schema and in no migration", drift.unmigrated)
    if _unexplained(facts):
        yield from _gap("From the database to the schema", drift.schema)
    if drift.reason:
        yield Section("Not compared in full", (drift.reason,))
    yield _deploy(facts)
    if not facts.in_step and facts.diagnosis.up_to_date:
        yield Section("", ("`prisma migrate status` says that all is up to date.",))


def _unexplained(facts: Facts) -> bool:
    """Whether database and schema differ, and nothing else in the report explains it."""
    drift = facts.drift
    unfinished = any(s.state not in ("applied", "missing") for s in facts.standings)
    differs = drift.schema is not None and drift.schema.changes != ()
    return drift.unmigrated is None and differs and not unfinished


def _pushed(drift: LiveDrift) -> bool:
    """Whether the live tables are just what the schema says, and the migrations say otherwise."""
    return bool(drift.by_hand and drift.by_hand.changes and drift.schema == LiveGap())


def _migrations(facts: Facts) -> Iterator[str]:
    applied = sum(s.state == "applied" and not s.edited for s in facts.standings)
    others = [s for s in facts.standings if s.state != "applied" or s.edited]
    if applied:
        yield f"{applied:,} applied as {'it is' if applied == 1 else 'they are'}"
    yield from (_standing(each) for each in others[:_SHOWN])
    if len(others) > _SHOWN:
        yield f"and {len(others) - _SHOWN:,} more"


def _deploy(facts: Facts) -> Section:
    steps = tuple(
        step.text + (f" ({step.code})" if step.code else "")
        if step.action != "stop"
        else f"it stops{f' with {step.code}' if step.code else ''}: {step.text}"
        for step in facts.deploy
    )
    return Section("What `prisma migrate deploy` would do", steps, numbered=len(steps) > 1)


def _cause(cause: Cause) -> Iterator[Section]:
    stops = f"Until then these will not work: {listed(cause.stops)}." if cause.stops else ""
    told = (cause.why, f"Prisma: {cause.symptom}" if cause.symptom else "", stops)
    yield Section(f"{cause.severity}: {cause.what}", tuple(each for each in told if each))
    for number, remedy in enumerate(cause.remedies, 1):
        yield from _remedy(f"{number}. " if len(cause.remedies) > 1 else "", remedy)


def _remedy(number: str, remedy: Remedy) -> Iterator[Section]:
    said = [f"{number}{remedy.what} ({_DATA[remedy.data]}; {remedy.cost})"]
    if remedy.first:
        said.append(f"First: {remedy.first}")
    if remedy.files:
        said.append(f"Write {', '.join(f'`{file.path}`' for file in remedy.files)}:")
        yield Section("", tuple(said), excerpt(remedy.files[0].text, _LINES))
        said = []
    check = [f"{command}  # check" for command in remedy.check]
    yield Section("", tuple(said), "\n".join([*remedy.commands, *check]), language="sh")


def render_status(report: StatusReport, form: str) -> str:
    """``text``, ``markdown`` or ``json``."""
    if form == "json":
        return status_json(report).decode()
    return render_status_markdown(report) if form == "markdown" else render_status_text(report)


def render_status_text(report: StatusReport) -> str:
    """For a terminal."""
    sign = {"in_step": "✓", "not_in_step": "✗", "unknown": "?"}[report.verdict]
    lines = [f"{sign} Deployed database: {safe.line(report.headline)}"]
    for section in sections(report):
        if section.title:
            lines += ["", safe.line(section.title).replace("`", "")]
        for number, item in enumerate(section.items, 1):
            mark = f"{number}. " if section.numbered else "- " if section.title else ""
            lines.append(f"  {mark}{safe.line(item).replace('`', '')}")
        if section.code:
            shown = safe.terminal(section.code).strip("\n").split("\n")
            lines += ["", *(f"      {line}".rstrip() for line in shown), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def render_status_markdown(report: StatusReport) -> str:
    """For a comment or a job's summary."""
    sign = {"in_step": "✅", "not_in_step": "❌", "unknown": "❔"}[report.verdict]
    lines = [f"### {sign} Deployed database: {safe.prose(report.headline)}"]
    for section in sections(report):
        lines += ["", f"**{safe.prose(section.title)}**", ""] if section.title else [""]
        for item in section.items:
            mark = "1. " if section.numbered else "- " if section.title else ""
            lines.append(mark + safe.prose(item) + ("" if mark else "<br>"))
        if section.code:
            lines += ["", safe.fence(section.code, section.language)]
    return "\n".join(lines) + "\n"


def status_json(report: StatusReport) -> bytes:
    """As indented UTF-8 JSON with a line end."""
    text = json.dumps(msgspec.to_builtins(report), indent=2, ensure_ascii=False)
    return text.encode("utf-8", "replace") + b"\n"


def status_schema_file() -> bytes:
    """The content of docs/status.schema.json: the JSON Schema (2020-12) of the report."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:prisma-migration-checker:status:{VERSION}",
        "title": "Status of a deployed database by the Prisma Migration Checker",
        **dedented(msgspec.json.schema(StatusReport)),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False).encode() + b"\n"


def _context(facts: Facts) -> Iterator[str]:
    database = facts.database
    yield (
        f"{facts.schema_path} · Prisma {facts.prisma} · database `{database.name}`, schema "
        f"`{database.schema}` on {database.server}"
    )
    if database.standby:
        yield "It is a read replica and may lag behind its primary."
    if database.pooled:
        yield "There is a pooler in front of it: let Prisma Migrate use the direct URL."
    if facts.lock is not None:
        who = facts.lock.application or "another session"
        yield f"Prisma's advisory lock is held by process {facts.lock.pid} ({who})."
    if facts.ledger.elsewhere:
        names = ", ".join(f"`{name}`" for name in facts.ledger.elsewhere)
        yield f"There is another ledger in {names}: see the `schema` in the URL."
    if facts.ledger.state == "empty":
        yield "The ledger is empty."
    if facts.ledger.state == "missing" and not facts.tables:
        yield "The database is empty: nothing has been deployed to it yet."
    yield from (f"{problem}." for problem in (*facts.ledger.problems, *facts.ledger.oddities))
    if facts.diagnosis.history == "diverged":
        last = facts.diagnosis.last_common
        common = f"`{last}` is the last that both have" if last else "they have none in common"
        yield f"Database and directory have diverged: {common}."


_WORDS = {
    "applied": "applied",
    "pending": "pending",
    "failed": "failed (P3009)",
    "missing": "applied, and gone from the directory",
    "rolled_back": "rolled back",
}


def _standing(standing: Standing) -> str:
    said = [_WORDS[standing.state]]
    if standing.edited:
        changed = "since it failed" if standing.state == "failed" else "after it was applied"
        said.append(f"edited {changed}")
    if standing.early:
        said.append("sorts before one that is applied")
    if standing.no_script:
        said.append("without a migration.sql (P3015)")
    if standing.state == "rolled_back":
        said.append("to be applied again" if standing.in_directory else "gone from the directory")
    return f"`{standing.name}`: {', '.join(said)}"


def _gap(title: str, gap: LiveGap | None) -> Iterator[Section]:
    if gap is None or not gap.changes:
        return
    shown = tuple(change.text for change in gap.changes[:_SHOWN])
    more = len(gap.changes) - len(shown)
    rest = (f"and {plural(more, 'more difference')}",) if more > 0 else ()
    yield Section(title, shown + rest, excerpt(gap.forth, _LINES))
