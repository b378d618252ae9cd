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
    noun: str | tuple[str, str],
    name: str,
    *after: str | tuple[str, str],
    before: str = "",
    across: bool = False,
) -> Wording:
    """A message about one subject, which others can join: ``about("Column", "`a`", " ", IS, …)``.

    A noun whose plural is not made by an s is given with it: ``("Index", "Indexes")``.

    ``after`` is what stands behind it, ``before`` what stands before it; ``across`` says that the
    subject is a migration itself.
    """
    one, several = (noun, "") if isinstance(noun, str) else noun
    return Wording((Subject(one, name, nouns=several),), after, before, across)
