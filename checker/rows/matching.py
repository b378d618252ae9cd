"""Texts that match a regular expression of a constraint (PostgreSQL docs 9.7.3).

Covers the common syntax and takes the rest literally; the server judges the result.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from random import Random

_WORD = string.ascii_lowercase + string.digits
_CLASSES = {
    "d": string.digits, "w": _WORD, "s": " ", "digit": string.digits, "alpha": _WORD[:26],
    "alnum": _WORD, "lower": _WORD[:26], "upper": string.ascii_uppercase, "space": " ",
    "xdigit": string.digits + "abcdef", "punct": "-_.,", "blank": " ", "word": _WORD,
}  # fmt: skip
_VISIBLE = "".join(chr(c) for c in range(32, 127))
_ORDER = string.ascii_lowercase + string.digits + string.ascii_uppercase
_MOST = 64
_QUANTIFIER = re.compile(r"(?:\{(\d+)(?:(,)(\d*))?\}|([*+?]))[?]?")

Node = Callable[[Random], str]


def matching(pattern: str, random: Random) -> str | None:
    """A text that should match; None where the pattern is not understood."""
    try:
        return _Parser(re.sub(r"^\(\?[a-z]+\)", "", pattern)).parse()(random)
    except (IndexError, KeyError, ValueError, RecursionError):
        return None


class _Parser:
    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0

    def parse(self) -> Node:
        node = self._alternatives()
        if self._at < len(self._text):
            raise ValueError("unbalanced")
        return node

    def _alternatives(self) -> Node:
        branches = [self._sequence()]
        while self._text[self._at : self._at + 1] == "|":
            self._at += 1
            branches.append(self._sequence())
        return lambda random: random.choice(branches)(random)

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            parts.append(self._repeated(self._atom()))
        return lambda random: "".join(part(random) for part in parts)

    def _repeated(self, atom: Node) -> Node:
        quantifier = _QUANTIFIER.match(self._text, self._at)
        if quantifier is None:
            return atom
        self._at = quantifier.end()
        low, comma, high, sign = quantifier.groups()
        if sign:
            least, most = {"*": (0, 3), "+": (1, 6), "?": (0, 1)}[sign]
        else:
            least = int(low)
            most = least + 3 if comma and not high else int(high) if comma else least
        if least > 10000:
            raise ValueError("too long")
        most = max(least, min(most, least + _MOST))
        return lambda random: "".join(atom(random) for _ in range(random.randint(least, most)))

    def _atom(self) -> Node:
        sign = self._text[self._at]
        self._at += 1
        if sign == "(":
            look = re.compile(r"\?<?([:=!])").match(self._text, self._at)
            self._at = look.end() if look else self._at
            node = self._alternatives()
            if self._text[self._at] != ")":
                raise ValueError("unbalanced")
            self._at += 1
            return node if look is None or look[1] == ":" else lambda _: ""
        if sign == "[":
            return self._bracket()
        if sign == ".":
            return lambda random: random.choice(_WORD)
        if sign in "^$":
            return lambda _: ""
        if sign == "\\":
            sign = self._text[self._at]
            self._at += 1
            if sign in "AZmMyYbB":
                return lambda _: ""
            if sign in _CLASSES:
                return lambda random: random.choice(_CLASSES[sign])
            sign = {"n": "\n", "t": "\t", "D": "a", "W": "-", "S": "a"}.get(sign, sign)
        return lambda _: sign

    def _bracket(self) -> Node:
        negated = self._text[self._at] == "^"
        self._at += negated
        signs: list[str] = []
        first = True
        while first or self._text[self._at] != "]":
            first = False
            signs += self._member()
        self._at += 1
        if negated:
            signs = [c for c in _WORD + _VISIBLE if c not in signs]
        # Small letters and digits first: they are what most other conditions accept.
        choices = sorted(set(signs), key=lambda c: _ORDER.index(c) if c in _ORDER else 99)
        return lambda random: random.choice(choices[:36] or choices)

    def _member(self) -> str:
        named = re.compile(r"\[:(\w+):\]").match(self._text, self._at)
        if named:
            self._at = named.end()
            return _CLASSES[named[1]]
        sign = self._text[self._at]
        self._at += 1
        if sign == "\\":
            sign = self._text[self._at]
            self._at += 1
            if sign in _CLASSES:
                return _CLASSES[sign]
        if self._text[self._at] == "-" and self._text[self._at + 1] != "]":
            end = self._text[self._at + 1]
            self._at += 2
            return "".join(map(chr, range(ord(sign), min(ord(end), ord(sign) + 300) + 1)))
        return sign
