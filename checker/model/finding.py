"""What rules report, what the replay made of it, and what is not reported."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from checker.model.lineage import Deviation
from checker.model.observed import DataFailure, LockMode, Loss, Prevention, Spared, Work
from checker.model.sizes import Scale

Severity = Literal["error", "warning", "notice"]
Evidence = Literal["read", "observed", "proven"]

SEVERITIES: tuple[Severity, ...] = ("notice", "warning", "error")


class Place(Struct, frozen=True):
    """A statement: ``start`` is its byte offset in the script of ``migration``.

    ``parts`` are the offsets of all statements of a change that takes several, its own included;
    empty where it takes this one alone.
    """

    migration: str
    start: int
    parts: tuple[int, ...] = ()

    @property
    def starts(self) -> tuple[int, ...]:
        """The offsets of all statements that it takes."""
        return self.parts or (self.start,)


class Subject(Struct, frozen=True):
    """What a message is about, where others may be named beside it.

    ``noun`` says what it is (``Column``; empty where nothing does), ``name`` which one, as code and
    with what has to be said of it alone. ``line`` is that of its statement. ``nouns`` is the plural
    of the noun where an s does not make it.
    """

    noun: str
    name: str
    line: int | None = None
    nouns: str = ""


class Wording(Struct, frozen=True):
    """A message around its subjects.

    ``before`` stands before them and ``after`` behind them, where a pair is a word for one subject
    and the word for several (``is``, ``are``). ``across`` says that the subjects are migrations
    themselves, so that they stand in no line of one.
    """

    subjects: tuple[Subject, ...]
    after: tuple[str | tuple[str, str], ...]
    before: str = ""
    across: bool = False


class Sighting(Struct, frozen=True):
    """One thing that the replay saw of a finding or a suspicion: exactly one of these.

    A ``loss``; what was ``spared``; a ``failure`` on rows; ``work`` that grows with the table, with
    the strongest ``lock`` on it; what a ``deviation`` of the history comes to; or that something
    stayed away that could have come (``absent``): the loss, the failure, or the work.
    """

    loss: Loss | None = None
    spared: Spared | None = None
    failure: DataFailure | None = None
    work: Work | None = None
    lock: LockMode | None = None
    deviation: Deviation | None = None
    absent: Literal["loss", "failure", "work"] | None = None


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

    The same as facts: ``place`` is the statement, ``kind`` the class of the change or of the other
    fact that was judged (``DropColumn``, ``Lineage``, ``Loss``), ``columns`` are those of the table
    that it is about (an expression of an index as SQL in parentheses), ``wording`` is the message
    with its subjects, ``sightings`` are what the replay saw, and ``scale`` is the table's size.
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
    place: Place | None = None
    kind: str = ""
    columns: tuple[str, ...] = ()
    wording: Wording | None = None
    sightings: tuple[Sighting, ...] = ()
    scale: Scale | None = None


class Cleared(Struct, frozen=True):
    """A suspicion that does not stand, and the ``reason`` in words.

    ``ground`` says why: the replay has refuted it by its ``sightings``; the migration is
    ``replaced``, so that deployed databases do not run it; or it is gone where merged migrations
    are ``restored``. ``place`` is the statement.
    """

    rule: str
    reason: str = ""
    migration: str | None = None
    line: int | None = None
    message: str = ""
    ground: Literal["seen", "replaced", "restored"] = "seen"
    sightings: tuple[Sighting, ...] = ()
    place: Place | None = None


class Unread(Struct, frozen=True):
    """What the replay saw of a statement that reading it had not shown: one of the four.

    ``lock`` comes with ``work``: the strongest lock on that table.
    """

    loss: Loss | None = None
    failure: DataFailure | None = None
    work: Work | None = None
    lock: LockMode | None = None
    prevention: Prevention | None = None


class Ignored(Struct, frozen=True):
    """A finding that a comment or the configuration file silences, and the reason given there."""

    rule: str
    reason: str
    migration: str | None = None
    path: str | None = None
    line: int | None = None


class Acknowledged(Struct, frozen=True):
    """A finding that an authorized person has accepted, and why; it no longer counts.

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
