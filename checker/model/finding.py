"""What rules have to say, what the replay made of it, and what is not said."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from checker.model.observed import DataFailure, LockMode, Loss, Work

Severity = Literal["error", "warning", "notice"]
Evidence = Literal["read", "observed", "proven"]

SEVERITIES: tuple[Severity, ...] = ("notice", "warning", "error")


class Finding(Struct, frozen=True):
    """What a rule has to say about one place.

    ``message`` says what happens, ``why`` why that hurts, ``advice`` what to do instead in words
    and ``fix`` as SQL or commands with the real names. ``path`` is relative to the root, lines
    count from 1. ``table`` is the one that the change names, where it names one. ``subject`` is the
    part of the message that names what it is about, where others may be named beside it,
    ``seen`` what the replay saw of it and ``size`` how large the table is in production, in words.
    ``replacement`` is what can stand in the place of the lines from ``line`` to ``end_line`` as it
    is, where a fix was found to do so. ``of_rows`` says that a replay on rows can prove or refute
    it; what it says of running code no replay can.
    """

    rule: str
    severity: Severity
    message: str
    migration: str | None = None
    path: str | None = None
    line: int | None = None
    end_line: int | None = None
    evidence: Evidence = "read"
    why: str = ""
    advice: str = ""
    fix: str | None = None
    statement: str | None = None
    table: str | None = None
    subject: str | None = None
    seen: str = ""
    size: str = ""
    replacement: str | None = None
    of_rows: bool = True


class Cleared(Struct, frozen=True):
    """A suspicion that the replay has refuted, and what it saw instead."""

    rule: str
    reason: str
    migration: str | None = None
    line: int | None = None
    message: str = ""


class Unread(Struct, frozen=True):
    """What the replay saw of a statement and reading it had not told: one of the three.

    ``lock`` comes with ``work``: the strongest lock on that table.
    """

    loss: Loss | None = None
    failure: DataFailure | None = None
    work: Work | None = None
    lock: LockMode | None = None


class Ignored(Struct, frozen=True):
    """A finding that a comment or the configuration file silences, and the reason given there."""

    rule: str
    reason: str
    migration: str | None = None
    path: str | None = None
    line: int | None = None


class Acknowledged(Struct, frozen=True):
    """A finding that somebody entitled has accepted, and why; it does not count any more.

    ``name`` is what it was called by, ``by`` a login, ``at`` a time as GitHub writes it and ``how``
    what entitles: ``the label `x` `` or ``as a code owner``.
    """

    finding: Finding
    name: str
    reason: str
    by: str
    at: str
    how: str


class IdleIgnore(Struct, frozen=True):
    """A wish to silence rules that silences nothing.

    ``text`` is what was written, ``problem`` why it has no effect in a few words, ``advice`` what
    to do about it. ``path`` and ``line`` are those of the comment or of the configuration file.
    """

    text: str
    problem: str
    advice: str
    path: str
    line: int | None = None
