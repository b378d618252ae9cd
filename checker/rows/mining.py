"""Values that a condition suggests: its constants, and values made from them. Expressions are not
evaluated here: the server decides which proposals pass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import pairwise
from random import Random

from checker.rows.matching import matching

_STRING = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w.'])-?\d+(?:\.\d+)?(?![\w'])")
_MOST = 400
_VARIANTS = 70


def mine(expressions: Iterable[str], random: Random) -> list[str]:
    """Texts to try in the columns of conditions, the likeliest first."""
    proposals: dict[str, None] = {}
    for expression in expressions:
        strings = [s.replace("''", "'") for s in _STRING.findall(expression)]
        rest = _STRING.sub("''", expression)
        numbers = [n for n in _NUMBER.findall(rest) if len(n) < 40]
        numbers += [s for s in strings if re.fullmatch(r"-?\d+(\.\d+)?", s)]
        strings += _elements(strings)
        for text in (*strings, *_around(numbers), *_documents(strings, numbers)):
            proposals.setdefault(text)
        for text in (*_sized(numbers), *_patterns(strings, random), *_cases(strings)):
            proposals.setdefault(text)
    return list(proposals)[:_MOST]


def _elements(strings: list[str]) -> list[str]:
    """The elements of array constants: ``'{a,b}'::text[]``."""
    inside = [s[1:-1] for s in strings if s[:1] == "{" and s[-1:] == "}" and ":" not in s]
    return [part.strip('" ') for text in inside for part in text.split(",")]


def _around(numbers: list[str]) -> Iterable[str]:
    for text in numbers:
        yield text
        if "." in text:
            places = len(text.partition(".")[2])
            yield from (
                f"{float(text) + d:.{places}f}" for d in (1, -1, 10.0**-places, -(10.0**-places))
            )
        else:
            number = int(text)
            yield from (str(number + d) for d in (1, -1))
            yield from (str(number * 2), str(number // 2))
    whole = sorted({int(n) for n in numbers if "." not in n})
    for low, high in pairwise(whole):
        yield from map(str, range(low + 1, min(high, low + _VARIANTS)))


def _sized(numbers: list[str]) -> Iterable[str]:
    """Texts and arrays of about so many characters and elements."""
    sizes = {int(n) + d for n in numbers if "." not in n for d in (0, 1, -1)}
    for size in sorted(s for s in sizes if 0 < s <= 2000):
        for unit in "a1A":
            yield unit * size
        yield from (f"{i:0{size}d}" for i in range(min(10**size, _VARIANTS)) if size < 100)
        if size <= 200:
            yield "{" + ",".join(["1"] * size) + "}"
            yield "[" + ",".join(["1"] * size) + "]"


def _documents(strings: list[str], numbers: list[str]) -> Iterable[str]:
    """JSON objects and arrays with the constants as keys and as values, and arrays of them."""
    words = [s for s in dict.fromkeys(strings) if 0 < len(s) < 100][:12]
    paths = [s[1:-1].split(",") for s in words if s[0] == "{" and s[-1] == "}" and ":" not in s]
    for word in words:
        yield "{" + json.dumps(word) + "}"
        yield json.dumps([word])
        for value in [*words, 1, "a", True, [], {}, *numbers[:4]]:
            yield json.dumps({word: value})
    for path in paths:
        for value in (*words, 1):
            nested: object = value
            for key in reversed(path):
                nested = {key.strip('" '): nested}
            yield json.dumps(nested)
    for value in ("a", 1, True, [], {}, *words):
        yield json.dumps(dict.fromkeys(words, value))
    yield "{" + ",".join(map(json.dumps, words)) + "}"


def _patterns(strings: list[str], random: Random) -> Iterable[str]:
    """Texts that match the constants as regular expressions and as patterns of LIKE."""
    for text in strings:
        if re.search(r"[\[\\^$*+(|]", text):
            made = (matching(text, random) for _ in range(_VARIANTS))
            yield from dict.fromkeys(t for t in made if t is not None)
        if "%" in text or "_" in text:
            bare = re.sub(r"(?<!\\)_", "a", text)
            yield from (bare.replace("%", filler) for filler in ("", "a", "1"))
            yield from (bare.replace("%", str(n)) for n in range(10, 10 + _VARIANTS))


def _cases(strings: list[str]) -> Iterable[str]:
    for text in strings[:20]:
        yield from (text.lower(), text.upper(), f"{text}a", f"a{text}", f"a{text}a", text[:-1])
