"""Words that messages of rules and sentences of the report share.

They carry names between backticks: renderers make them safe.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checker.model.finding import Subject, Wording
from checker.model.observed import Cost, Failure, LockMode, Loss

_MIGRATIONS_NAMED, _NAMES_SHOWN = 3, 8

WAITS: dict[LockMode, str] = {
    "SHARE": "writes wait",
    "SHARE ROW EXCLUSIVE": "writes wait",
    "EXCLUSIVE": "writes wait",
    "ACCESS EXCLUSIVE": "reads and writes wait",
}
"""Who waits for whom holds the lock; nobody that matters to an application for the others."""
WORK: dict[Cost, str] = {
    "constant": "",
    "scan": "all of it is read",
    "index": "an index is built over all of it",
    "rewrite": "all of it is rewritten",
}


def listed(names: Iterable[str]) -> str:
    """Names as code, the first few of them."""
    all_names = list(names)
    shown = ", ".join(f"`{name}`" for name in all_names[:_NAMES_SHOWN])
    more = len(all_names) - _NAMES_SHOWN
    return f"{shown} and {more:,} more" if more > 0 else shown


def noun_for(count: int, noun: str, nouns: str = "") -> str:
    """The noun as it stands after a number; ``nouns`` is its plural where an s does not make it."""
    return noun if count == 1 else nouns or f"{noun}s"


def plural(count: int, noun: str, nouns: str = "") -> str:
    """``1 error``, ``1,200 errors``; ``nouns`` as in ``noun_for``."""
    return f"{count:,} {noun_for(count, noun, nouns)}"


def loss_words(loss: Loss) -> str:
    """``60 of 60 values of `User.email` are gone``."""
    one = loss.lost == 1
    of_rows = loss.kind == "rows"
    noun, whole = ("row", loss.table) if of_rows else ("value", f"{loss.table}.{loss.column}")
    fate = "is gone" if one else "are gone"
    if loss.kind == "values":
        fate = "is not what it was" if one else "are not what they were"
    words = f"{loss.lost:,} of {plural(loss.total, noun)} of `{whole}` {fate}"
    if loss.moved_to:
        places = ", ".join(f"`{place}`" for place in loss.moved_to)
        words += f", and {'was' if one else 'all of them'} found again in {places}"
    return words


def failing(failure: Failure) -> str:
    """``"x" fails in line 3: relation "y" does not exist (42P01)``."""
    return f"`{failure.migration}` {fails(failure)}"


def fails(failure: Failure) -> str:
    """``fails in line 3: relation "y" does not exist (42P01)``."""
    line = f" in line {failure.line}" if failure.line is not None else ""
    state = f" ({failure.sqlstate})" if failure.sqlstate else ""
    return f"fails{line}: {failure.message}{state}"


def message_of(wording: Wording) -> str:
    """The message, for one subject or for all of several."""
    several = len(_names(wording.subjects)) > 1
    after = (part if isinstance(part, str) else part[several] for part in wording.after)
    return wording.before + subjects_of(wording) + "".join(after)


def subjects_of(wording: Wording) -> str:
    """``Columns `a`, `b` and `c` (line 7)``: the line where it is not the first one's."""
    named = _names(wording.subjects)
    first = wording.subjects[0]
    nouns = {subject.noun for subject in named}
    shared = first.noun if len(nouns) == 1 else ""
    words: list[str] = []
    for subject in named:
        noun = "" if shared or not subject.noun else f"{_inside(subject.noun, words)} "
        elsewhere = not wording.across and subject.line not in (None, first.line)
        words.append(noun + subject.name + (f" (line {subject.line})" if elsewhere else ""))
    more = len(words) - _MIGRATIONS_NAMED
    if wording.across and more > 1:
        words[_MIGRATIONS_NAMED:] = [f"{more:,} more"]
    if len(words) == 1:
        return f"{shared} {words[0]}" if shared else words[0]
    shared = f"{noun_for(len(words), shared, first.nouns)} " if shared else ""
    return f"{shared}{', '.join(words[:-1])} and {words[-1]}"


def _inside(noun: str, words: Sequence[str]) -> str:
    """The noun as it is written after these words: ``index``, but ``NOT NULL constraint on``."""
    return noun[0].lower() + noun[1:] if words and noun[1:2].islower() else noun


def _names(subjects: Iterable[Subject]) -> list[Subject]:
    """Each subject once, with the line of the first that is called so."""
    named: dict[tuple[str, str], Subject] = {}
    for subject in subjects:
        named.setdefault((subject.noun, subject.name), subject)
    return list(named.values())
