"""What a message is about, with the words that follow it for one and for several."""

from __future__ import annotations

from checker.model import Subject, Wording

IS = ("is", "are")
WAS = ("was", "were")
HAS = ("has", "have")
BECOMES = ("becomes", "become")
CHANGES = ("changes", "change")
ITS = ("its", "their")


def about(
    noun: str, name: str, *after: str | tuple[str, str], before: str = "", across: bool = False
) -> Wording:
    """A message about one subject, which others can join: ``about("Column", "`a`", " ", IS, …)``.

    ``after`` is what stands behind it, ``before`` what stands before it; ``across`` says that the
    subject is a migration itself.
    """
    return Wording((Subject(noun, name),), after, before, across)
