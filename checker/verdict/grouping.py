"""One finding where one rule says the same of several parts of a table, or several migrations.

A migration that makes four indexes on a table, or drops five columns of it, is one thing to review;
so is a formatter's run over all merged migrations. What a comment or the settings ignore is taken
out before; the rest of a group becomes one finding that names every part, and whose fix covers all
of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from checker.model import Finding, Sighting
from checker.model.words import message_of, subjects_of

_SECTION = re.compile(r"\n\n(?=--)")


def join(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings in their order, those that differ only in their subject as one.

    It stands where the first of them stood.
    """
    groups: dict[object, list[Finding]] = {}
    for position, finding in enumerate(findings):
        groups.setdefault(_key(finding) or position, []).append(finding)
    return tuple(group[0] if len(group) == 1 else _joined(group) for group in groups.values())


def _key(finding: Finding) -> object:
    """What the findings of one group have in common; None for one that stands alone.

    Migrations must have the same advice as well: those of one group share the words.
    """
    wording = finding.wording
    if wording is None:
        return None
    of_one = (finding.path, finding.migration, finding.table)
    of_several = (finding.why, finding.advice, tuple(map(_unnamed, finding.sightings)))
    return (
        finding.rule,
        finding.severity,
        finding.evidence,
        wording.before,
        wording.after,
        *(of_several if wording.across else of_one),
        finding.fix is None,
    )


def _unnamed(sighting: Sighting) -> Sighting:
    """What was seen, whichever migrations it was seen of."""
    if sighting.deviation is None:
        return sighting
    return replace(sighting, deviation=replace(sighting.deviation, migrations=(), others=()))


def _joined(group: Sequence[Finding]) -> Finding:
    wordings = [finding.wording for finding in group if finding.wording is not None]
    wording = replace(wordings[0], subjects=tuple(s for each in wordings for s in each.subjects))
    return replace(
        group[0],
        message=message_of(wording),
        subject=subjects_of(wording),
        why=_texts(f.why for f in group),
        advice=_texts(f.advice for f in group),
        fix=_fix([f.fix for f in group if f.fix is not None]),
        replacement=None,
        wording=wording,
        columns=tuple(dict.fromkeys(column for f in group for column in f.columns)),
        sightings=tuple(dict.fromkeys(sighting for f in group for sighting in f.sightings)),
    )


def _texts(texts: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(filter(None, texts)))


def _fix(fixes: Sequence[str]) -> str | None:
    """The fixes step by step, so that what belongs in one migration stands together.

    A step begins with a comment that says where it belongs. What must stand alone in its file does.
    """
    steps: dict[tuple[str, int], list[str]] = {("", 0): []}
    for fix in dict.fromkeys(fixes):
        seen: dict[str, int] = {}
        for section in _SECTION.split(fix):
            header, body = _cut(section)
            seen[header] = seen.get(header, 0) + 1
            bodies = steps.setdefault((header, seen[header]) if header else ("", 0), [])
            if body not in bodies:
                bodies.append(body)
    parts = []
    for (header, _), bodies in steps.items():
        if any("CONCURRENTLY" in body for body in bodies):
            parts += [header + body for body in bodies]
        elif bodies:
            parts.append(header + "\n".join(bodies))
    return "\n\n".join(parts) or None


def _cut(section: str) -> tuple[str, str]:
    """The comment lines above a section, and what it says."""
    lines = section.split("\n")
    count = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
    header = "".join(f"{line}\n" for line in lines[:count])
    return header, "\n".join(lines[count:])
