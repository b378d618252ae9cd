"""A picture as a Mermaid entity diagram, which GitHub draws.

Names come from strangers: entities are numbered, and what Mermaid's grammar does not allow is left
out of the rest (Mermaid's docs, Entity Relationship Diagrams; its lexer erDiagram.jison
for the signs of a word).
"""

from __future__ import annotations

import re

from checker.model import Picture, PictureColumn, PictureTable
from checker.report.safe import clip, line

_NO_WORD = re.compile(r"[^A-Za-z0-9_]+")
_TYPE = re.compile(r"(?P<name>[^()?\[\]]+)(?:\((?P<figures>[0-9, ]+)\))?(?P<list>\[\])?\??")
_NO_LABEL = re.compile(r'["`;#<>{}\\\[\]|%$&*]')
_KEYS = ("PK", "FK", "UK")
_SIGN = {"added": "+ added", "removed": "- removed", "changed": "~ changed", "": ""}
_NAME_SHOWN = 40


def render_diagram(picture: Picture) -> str:
    """The source of the diagram, without a fence around it."""
    ids = {table.name: f"t{number}" for number, table in enumerate(picture.tables)}
    lines = ["erDiagram"]
    for table in picture.tables:
        lines += _entity(table, ids[table.name])
    for link in picture.links:
        if not {link.table, link.references} <= ids.keys():
            continue  # a report that others wrote may show a link without its tables
        label = " ".join(part for part in (_label(link.label), _SIGN[link.mark]) if part)
        style = "--" if link.mark != "removed" else ".."
        lines.append(f'  {ids[link.references]} ||{style}o{{ {ids[link.table]} : "{label}"')
    return "\n".join(lines)


def _entity(table: PictureTable, name: str) -> list[str]:
    shown = _label(table.name)
    if table.mark:
        shown += f" ({_SIGN[table.mark]})"
    lines = [f'  {name}["{shown}"] {{']
    lines += [f"    {_attribute(column)}" for column in table.columns]
    if table.more:
        lines.append(f'    and more "{table.more} not shown"')
    return [*lines, "  }"]


def _attribute(column: PictureColumn) -> str:
    keys = f" {', '.join(key for key in column.keys if key in _KEYS)}".rstrip()
    optional = "optional" if column.type.endswith("?") else ""
    comment = ", ".join(part for part in (_SIGN[column.mark], optional) if part)
    quoted = f' "{comment}"' if comment else ""
    return f"{_type(column.type)} {_word(column.name)}{keys}{quoted}"


def _type(text: str) -> str:
    """``Timestamp(3)`` and ``Text[]`` as they are; a comma has no place: ``Decimal(12_2)``."""
    match = _TYPE.fullmatch(line(text))
    if match is None:
        return _word(text)
    figures = "_".join((match["figures"] or "").replace(",", " ").split())
    return _word(match["name"]) + (f"({figures})" if figures else "") + (match["list"] or "")


def _word(text: str) -> str:
    """A word of Mermaid's: letters, figures and underscores, beginning with a letter, no key."""
    word = _NO_WORD.sub("_", line(text)).strip("_") or "x"
    word = clip(word if word[0].isalpha() else f"x{word}", _NAME_SHOWN).rstrip("…")
    return f"{word}_" if word.upper() in _KEYS else word


def _label(text: str) -> str:
    return clip(" ".join(_NO_LABEL.sub(" ", line(text)).split()) or "?", _NAME_SHOWN)
