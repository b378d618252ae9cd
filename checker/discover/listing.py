"""The order in which a version of Prisma applies the migrations of a directory.

Since 6.6 Prisma sorts the directory names with JavaScript's ``localeCompare`` (its source:
packages/migrate/src/utils/listMigrations.ts), which is the root collation of the Unicode CLDR;
before, the engine sorted them by bytes. For ASCII the order here is exact. Other scripts follow
the collation's principles (base letters first, then accents, then case) from the Unicode
character database alone, without the collation's own table of 40,000 weights.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from checker.model import PrismaVersion

# Spaces, punctuation and symbols come before digits, digits before letters; controls that are
# not spaces do not count at all (CLDR root collation, Unicode TR 35 part 5).
_ORDER = (
    "\t\n\v\f\r _-‐‑–—―,;:!¡?¿.…·'‘’‚‹›\"“”„«»()[]{}§¶@*/\\&#%†‡•"
    "`´^¯¨¸°©®←→↑↓+±÷×<=>¬|¦~¤¢$£¥€0123456789abcdefghijklmnopqrstuvwxyz"
    "αβγδεζηθικλμνξοπρστυφχψω"
    "абвгґдђеєжзѕиійјкљлмнњопрстћуфхцчџшщъыьэюя"
)
_RANK = {character: rank for rank, character in enumerate(_ORDER)}
_OTHER_LETTERS = len(_ORDER)

# Accents in their order; others follow by code point.
_ACCENTS = "\u0301\u0300\u0306\u0302\u030c\u030a\u0308\u030b\u0303\u0307\u0338\u0327\u0328\u0304"
_ACCENT_RANK = {accent: rank for rank, accent in enumerate(_ACCENTS)}

# Letters that Unicode does not decompose: filed with others as if accented …
_FILED_WITH = {
    "æ": "ae", "œ": "oe", "ß": "ss", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ł": "l", "ς": "σ",
}  # fmt: skip
# … or as letters of their own, right after another.
_FILED_AFTER = {"ŧ": "t", "ı": "i", "ĸ": "q", "ŋ": "n", "þ": "z"}

# Scripts whose place differs from that of their code points, as (first, last, place).
_MOVED = (
    (0x10A0, 0x10FF, 0x0520),  # Georgian, after Cyrillic
    (0x1100, 0x11FF, 0x3000),  # Hangul, before Kana
    (0x3041, 0x30FF, 0x3001),  # Hiragana and Katakana, one alphabet
    (0x3100, 0x312F, 0x3002),  # Bopomofo, before Han
)

_Weight = tuple[float, int]


def order(names: Iterable[str], prisma: PrismaVersion) -> list[str]:
    """The names in the order in which this version of Prisma applies them.

    Names that the collation takes for equal stay in byte order, that of Node's ``readdir``.
    """
    by_bytes = sorted(names, key=lambda name: name.encode("utf-8", "surrogatepass"))
    return sorted(by_bytes, key=_collation_key) if prisma.lists_by_locale else by_bytes


def _collation_key(name: str) -> tuple[object, ...]:
    """Base letters of the whole name first, then its accents, then its case."""
    letters: list[_Weight] = []
    accents: list[tuple[int, ...]] = []
    case: list[bool] = []
    decomposed = unicodedata.normalize("NFD", name)
    # The one letter with an accent that the collation takes for a letter of its own.
    for character in decomposed.replace("и\u0306", "й").replace("И\u0306", "Й"):
        if unicodedata.category(character) in ("Mn", "Me"):
            if accents:
                accents[-1] = (*accents[-1], _ACCENT_RANK.get(character, ord(character)))
            continue
        lowered = character.lower()
        accent = (_ACCENT_RANK["\u0338"],) if lowered in _FILED_WITH else ()
        for weight in _weights(lowered):
            letters.append(weight)
            accents.append(accent)
            case.append(lowered != character or 0x30A1 <= ord(character) <= 0x30F6)
    return (letters, accents, case)


def _weights(character: str) -> list[_Weight]:
    """The weights of one character without accent and case; none where it is ignored."""
    if character in _RANK:
        return [(_RANK[character], 0)]
    if character in _FILED_WITH:
        return [weight for letter in _FILED_WITH[character] for weight in _weights(letter)]
    if character in _FILED_AFTER:
        return [(_RANK[_FILED_AFTER[character]] + 0.5, 0)]
    category = unicodedata.category(character)
    if category in ("Cc", "Cf"):
        return []
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return [(_RANK[str(digit)], 0)]
    plain = unicodedata.normalize("NFKD", character)
    if plain != character and not plain[0].isspace():
        return [weight for part in plain.lower() for weight in _weights(part)]
    return [_other(ord(character), category)]


def _other(point: int, category: str) -> _Weight:
    """Whatever has no place of its own here: by group, then by code point."""
    if category[0] in "ZPS":
        last = {"Z": " ", "P": "•", "S": "~"}[category[0]] if category != "Sc" else "€"
        return (_RANK[last] + 0.5, point)
    if 0x30A1 <= point <= 0x30F6:
        point -= 0x60  # Katakana are filed with Hiragana
    for first, end, place in _MOVED:
        if first <= point <= end:
            return (_OTHER_LETTERS + place, point)
    return (_OTHER_LETTERS + point, 0)
