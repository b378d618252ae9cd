"""Words that messages of rules and sentences of the report share.

They carry names between backticks: renderers make them safe.
"""

from __future__ import annotations

from collections.abc import Iterable

from checker.model.finding import Subject, Wording
from checker.model.observed import Cost, Failure, LockMode, Loss

_MIGRATIONS_NAMED = 3

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


def loss_words(loss: Loss) -> str:
    """``60 of 60 values of `User.email` are gone``."""
    if loss.kind == "rows":
        what = f"rows of `{loss.table}` are gone"
    elif loss.kind == "column":
        what = f"values of `{loss.table}.{loss.column}` are gone"
    else:
        what = f"values of `{loss.table}.{loss.column}` are not what they were"
    words = f"{loss.lost:,} of {loss.total:,} {what}"
    if loss.moved_to:
        places = ", ".join(f"`{place}`" for place in loss.moved_to)
        words += f", and all of them found again in {places}"
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
    words = []
    for subject in named:
        noun = "" if shared or not subject.noun else f"{subject.noun} "
        elsewhere = not wording.across and subject.line not in (None, first.line)
        words.append(noun + subject.name + (f" (line {subject.line})" if elsewhere else ""))
    more = len(words) - _MIGRATIONS_NAMED
    if wording.across and more > 1:
        words[_MIGRATIONS_NAMED:] = [f"{more:,} more"]
    if len(words) == 1:
        return f"{shared} {words[0]}" if shared else words[0]
    return f"{f'{shared}s ' if shared else ''}{', '.join(words[:-1])} and {words[-1]}"


def _names(subjects: Iterable[Subject]) -> list[Subject]:
    """Each subject once, with the line of the first that is called so."""
    named: dict[tuple[str, str], Subject] = {}
    for subject in subjects:
        named.setdefault((subject.noun, subject.name), subject)
    return list(named.values())
