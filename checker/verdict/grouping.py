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

from checker.model import Finding

# What follows a subject that has become plural.
_PLURAL = [
    (re.compile(pattern), word)
    for pattern, word in (
        (r"^ is\b", " are"),
        (r"^ was\b", " were"),
        (r"^ has\b", " have"),
        (r"^ (become|change)s\b", r" \1"),
        (r"\bits\b", "their"),
    )
]
_SECTION = re.compile(r"\n\n(?=--)")
_MIGRATIONS_NAMED = 3


def join(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings in their order, those that differ in their subject alone as one.

    It stands where the first of them stood.
    """
    groups: dict[object, list[Finding]] = {}
    for position, finding in enumerate(findings):
        groups.setdefault(_key(finding) or position, []).append(finding)
    return tuple(group[0] if len(group) == 1 else _joined(group) for group in groups.values())


def _key(finding: Finding) -> object:
    """What the findings of one group agree in; None for one that stands alone."""
    if finding.subject is None:
        return None
    of_one = (finding.path, finding.migration, finding.table)
    of_several = (finding.why, finding.advice, finding.seen)
    return (
        finding.rule,
        finding.severity,
        finding.evidence,
        *_around_subject(finding),
        *(of_several if _is_about_migration(finding) else of_one),
        finding.fix is None,
    )


def _is_about_migration(finding: Finding) -> bool:
    """Whether it is not about what stands in a migration, but about the migration itself."""
    return f"`{finding.migration}`" in (finding.subject or "")


def _around_subject(finding: Finding) -> tuple[str, str]:
    head, _, tail = finding.message.partition(finding.subject or "")
    return head, tail


def _joined(group: Sequence[Finding]) -> Finding:
    first = group[0]
    head, tail = _around_subject(first)
    subject = _subjects(group)
    if len({f.subject for f in group}) > 1:
        for pattern, word in _PLURAL:
            tail = pattern.sub(word, tail, count=1)
    return replace(
        first,
        message=head + subject + tail,
        subject=subject,
        why=_texts(f.why for f in group),
        advice=_texts(f.advice for f in group),
        seen="; ".join(dict.fromkeys(f.seen for f in group if f.seen)),
        fix=_fix([f.fix for f in group if f.fix is not None]),
        replacement=None,
    )


def _texts(texts: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(filter(None, texts)))


def _subjects(group: Sequence[Finding]) -> str:
    """``Columns `a`, `b` and `c` (line 7)``: the line where it is not the first one's."""
    named: dict[str, int | None] = {}
    for finding in group:
        line = None if _is_about_migration(finding) else finding.line
        named.setdefault(finding.subject or "", line)
    more = len(named) - _MIGRATIONS_NAMED if _is_about_migration(group[0]) else 0
    noun, first = next(iter(named)).partition("`")[0], group[0].line
    shared = noun if all(subject.startswith(noun) for subject in named) else ""
    words = [
        subject.removeprefix(shared) + (f" (line {line})" if line not in (None, first) else "")
        for subject, line in named.items()
    ]
    if more > 1:
        words[_MIGRATIONS_NAMED:] = [f"{more:,} more"]
    if len(words) == 1:
        return shared + words[0]
    if shared:
        shared = f"{shared.rstrip()}s "
    return f"{shared}{', '.join(words[:-1])} and {words[-1]}"


def _fix(fixes: Sequence[str]) -> str | None:
    """The fixes step by step, so that what belongs into one migration stands together.

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
