"""How a rule is explained: its published page and its text for the terminal. No rule itself.

The figures come from ``measured.json``, which ``scripts/update-docs --measure`` writes: by major
version of PostgreSQL and rule what each of the rule's bad cases does on that server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from checker.model.words import noun_for
from checker.rules import Rule

_WORK = {
    "constant": "constant",
    "scan": "reads every row",
    "index": "builds an index",
    "rewrite": "rewrites the table",
}


class _Row(NamedTuple):
    """What a statement does to one table; the statement stands in the first row of its case."""

    statement: str
    table: str
    lock: str
    work: str


def page(rule: Rule) -> str:
    """The published page, in Markdown."""
    body = rule.doc.split("\n", 1)[1].strip().replace("\nInstead: ", "\n**Instead:** ")
    text = f"# {rule.id}\n\n**{rule.title}.** {_standing(rule)}\n\n{body}\n"
    rows = list(_rows(rule.id))
    if rows:
        lines = ["| Statement | Table | Lock | Work |", "| --- | --- | --- | --- |"]
        lines += [f"| {_code(r.statement)} | `{r.table}` | {r.lock} | {r.work} |" for r in rows]
        text += f"\n## Measured\n\n{_measured_on()}\n\n" + "\n".join(lines) + "\n"
    return text


def explanation(rule: Rule) -> str:
    """What ``explain`` prints."""
    text = f"{rule.id}\n\n{rule.doc}\n\n{_standing(rule)}\n"
    rows = list(_rows(rule.id))
    if rows:
        text += f"\n{_measured_on()}\n"
    for row in rows:
        text += f"\n  {row.statement}\n" if row.statement else ""
        text += f"    {row.table}: {row.lock}; {row.work}\n"
    return text.rstrip()


def _standing(rule: Rule) -> str:
    """The rule's severity, and how it is turned on where it is off."""
    text = f"Severity: {rule.severity}."
    if not rule.default:
        text += " Off by default."
    if rule.presets:
        text += f" {noun_for(len(rule.presets), 'Preset')}: {', '.join(rule.presets)}."
    return text


@cache
def _figures() -> dict[str, dict[str, list[dict[str, Any]]]]:
    """The recorded figures, by the major versions from the newest on."""
    recorded = json.loads((files("checker.rules") / "measured.json").read_text(encoding="utf-8"))
    return {version: recorded[version] for version in sorted(recorded, key=int, reverse=True)}


def _measured_on() -> str:
    newest, *others = _figures()
    text = f"What each does to tables that were there before, on PostgreSQL {newest}"
    return text + (f"; on {' and '.join(others)} the same unless noted." if others else ".")


def _rows(rule: str) -> Iterator[_Row]:
    newest, *others = _figures()
    shown: list[list[_Row]] = []
    for number, figure in enumerate(_figures()[newest].get(rule, ())):
        rows = list(_rows_of(figure))
        for version in others:
            cases = _figures()[version].get(rule, [])
            if number < len(cases) and cases[number] != figure:
                rows += _rows_of(cases[number], f" (PostgreSQL {version})")
        if rows not in shown:
            shown.append(rows)
            yield rows[0]
            yield from (row._replace(statement="") for row in rows[1:])


def _rows_of(figure: dict[str, Any], version: str = "") -> Iterator[_Row]:
    for table in figure["tables"]:
        held = " (held from before)" if table.get("held") else ""
        lock, work = table["lock"] + held + version, _WORK[table["work"]]
        yield _Row(figure["statement"], table["table"], lock, work)


def _code(text: str) -> str:
    """SQL for a cell of a table."""
    return f"`{text}`".replace("|", "\\|") if text else ""
