"""Reads ``schema`` and ``migrations.path`` out of a prisma.config file without running it.

The file is a program, and a stranger's. It is split into tokens, and only the plain forms are
understood: literals, constants of the file, ``path.join`` and ``path.resolve``, the directory of
the file itself. Whatever else stands there counts as not said.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from msgspec import Struct

from checker.bounds import PRISMA_CONFIG_CHARACTERS, PRISMA_PATH_CHARACTERS

EXTENSIONS = ("js", "ts", "mjs", "cjs", "mts", "cts")
# The places where Prisma looks (its source: packages/config/src/loadConfigFromFile.ts).
FILE_NAMES = tuple(
    f"{stem}.{extension}"
    for stem in ("prisma7.config", ".config/prisma7", "prisma.config", ".config/prisma")
    for extension in EXTENSIONS
)

_TOKEN = re.compile(
    r"""
      (?P<skip> \s+ | //[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<string> "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' | `(?:[^`\\$]|\\.|\$(?!\{))*` )
    | (?P<word> [A-Za-z_$][\w$]* )
    | (?P<sign> \?\?|\|\||=>|\.\.\.|\\.|. )  # an escaped quote opens no string
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")
_JOINS = frozenset({"join", "resolve"})
# What stands for the directory of the configuration file, written as its tokens.
_HERE = frozenset(
    {
        "__dirname",
        "import.meta.dirname",
        "process.cwd()",
        "path.dirname(fileURLToPath(import.meta.url))",
        "dirname(fileURLToPath(import.meta.url))",
        "path.dirname(__filename)",
        "dirname(__filename)",
    }
)
# A line that begins or ends with one of these goes on (there is no statement's end between).
_GOES_ON = frozenset({*".,=+?:(", "??", "||", "=>", "as", "satisfies", "default", ")", "{", "["})

Tokens = Sequence[str]


class PrismaConfig(Struct, frozen=True):
    """Paths relative to the file's own directory; None where not said, or not in a plain form.

    ``external`` are the tables and enums, with their schemas, that somebody else takes care of
    (``tables.external``, ``enums.external``); ``shadow`` is the script that a shadow database runs
    before the history (``migrations.initShadowDb``), which makes them there.
    """

    schema: str | None = None
    migrations: str | None = None
    external: frozenset[str] = frozenset()
    shadow: str = ""


def parse_prisma_config(text: str) -> PrismaConfig:
    """What a prisma.config file says of the places of schema and migrations; never raises."""
    if len(text) > PRISMA_CONFIG_CHARACTERS:
        return PrismaConfig()
    reader = _Reader(_tokens(text))
    try:
        exported = reader.properties(reader.exported())
        migrations = reader.properties(exported.get("migrations", ()))
        return PrismaConfig(
            schema=reader.path(exported.get("schema", ())),
            migrations=reader.path(migrations.get("path", ())),
            external=frozenset(
                name
                for kind in ("tables", "enums")
                for name in reader.listed(reader.properties(exported.get(kind, ())).get("external"))
            ),
            shadow=reader.text(migrations.get("initShadowDb", ())) or "",
        )
    except RecursionError:  # nested deeper than any real configuration
        return PrismaConfig()


def _tokens(text: str) -> list[str]:
    """The tokens without spaces and comments, with the semicolons that line ends stand for."""
    tokens: list[str] = []
    depth, ended = 0, False
    for match in _TOKEN.finditer(text):
        token = match.group()
        if match.lastgroup == "skip":
            ended = ended or ("\n" in token and not token.startswith("/*"))
            continue
        before = tokens[-1] if tokens else "("
        closed = before not in _GOES_ON or before == ")"
        if ended and depth <= 0 and closed and token not in _GOES_ON:
            tokens.append(";")
        depth += (token in _OPEN) - (token in _CLOSE)
        ended = False
        tokens.append(token)
    return tokens


class _Reader:
    """The expressions of one file. Each constant is worked out once, so that a file that doubles
    them again and again costs no more than it is long."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._constants: dict[str, int] = {}
        self._paths: dict[str, str | None] = {}
        self._objects: dict[str, dict[str, Tokens]] = {}
        for i, token in enumerate(tokens[:-3]):
            if token in ("const", "let", "var"):
                self._constants.setdefault(tokens[i + 1], i + 2)

    def exported(self) -> Tokens:
        """The expression that the file exports by default."""
        for i in range(len(self._tokens)):
            if list(self._tokens[i : i + 2]) == ["export", "default"]:
                return _expression(self._tokens, i + 2)
            if list(self._tokens[i : i + 4]) == ["module", ".", "exports", "="]:
                return _expression(self._tokens, i + 4)
        return ()

    def properties(self, tokens: Tokens) -> dict[str, Tokens]:
        """The properties of an object, also through ``defineConfig(…)``, a constant or a spread."""
        if "{" not in tokens:
            named = [token for token in tokens if token in self._constants]
            return self._object(named[0]) if len(named) == 1 else {}
        found: dict[str, Tokens] = {}
        i = list(tokens).index("{") + 1
        while i < len(tokens) and tokens[i] != "}":
            spread = tokens[i] == "..."
            shorthand = not spread and list(tokens[i + 1 : i + 2]) not in ([":"], ["("])
            start = i if shorthand else i + 1 if spread else i + 2
            value = _expression(tokens, start)
            if spread:
                found.update(self.properties(value))
            else:
                found[tokens[i].strip("\"'`")] = value
            i = max(start + len(value), i)
            i += tokens[i : i + 1] != ["}"] or not value
        return found

    def _object(self, name: str) -> dict[str, Tokens]:
        if name not in self._objects:
            self._objects[name] = {}  # what a constant that names itself stands for
            self._objects[name] = self.properties(self._value(name))
        return self._objects[name]

    def _value(self, name: str) -> Tokens:
        """The expression of ``const name = …``, whose type may stand before the equals sign."""
        start = self._constants[name]
        if self._tokens[start] == ":":
            tokens = self._tokens
            start = next((i for i in range(start, len(tokens)) if tokens[i] == "="), start)
        return _expression(self._tokens, start + 1) if self._tokens[start] == "=" else ()

    def path(self, tokens: Tokens) -> str | None:
        """The path that an expression stands for; None where its form is not plain."""
        tokens = _without_type(tokens)
        if "".join(tokens) in _HERE:
            return "."
        if len(tokens) == 1:
            return self._atom(tokens[0])
        summands = _split(tokens, "+")
        if len(summands) > 1:
            parts = self._all(summands)
            return None if parts is None else _short("".join(parts))
        if len(tokens) < 3 or tokens[-1] != ")":
            return None
        opening = list(tokens).index("(") if "(" in tokens else 0
        if not opening:
            return self.path(tokens[1:-1]) if tokens[0] == "(" else None
        parts = self._all([a for a in _split(tokens[opening + 1 : -1], ",") if a])
        if not parts or tokens[opening - 1] not in _JOINS:
            return None
        joined = "/".join(parts) if tokens[opening - 1] == "join" else posixpath.join(*parts)
        return _short(posixpath.normpath(joined))

    def text(self, tokens: Tokens) -> str | None:
        """The string that stands alone, also through a constant."""
        tokens = _without_type(tokens)
        return self._atom(tokens[0]) if len(tokens) == 1 else None

    def listed(self, tokens: Tokens | None) -> list[str]:
        """The strings of a list, also through constants that are one or are in it."""
        found = []
        for token in dict.fromkeys(_without_type(tokens or ())):  # a constant's list once
            text = self._atom(token)
            known = token in self._constants and text is None
            within = [t for t in self._value(token) if t[0] in "\"'`"] if known else []
            found += [text, *map(self._atom, within)]
        return [text for text in found if text is not None]

    def _all(self, expressions: Sequence[Tokens]) -> list[str] | None:
        paths = [self.path(expression) for expression in expressions]
        plain = [path for path in paths if path is not None]
        return plain if len(plain) == len(paths) else None

    def _atom(self, token: str) -> str | None:
        if token[0] in "\"'`":
            return _ESCAPE.sub(r"\1", token[1:-1]) if len(token) > 1 else None
        if token in self._constants and token not in self._paths:
            self._paths[token] = None  # what a constant that names itself stands for
            self._paths[token] = self.path(self._value(token))
        return self._paths.get(token)


def _short(path: str) -> str | None:
    return path if len(path) <= PRISMA_PATH_CHARACTERS else None


def _expression(tokens: Tokens, start: int) -> Tokens:
    """The tokens from ``start`` up to what ends the expression at its own depth."""
    depth = 0
    for i in range(start, len(tokens)):
        if depth == 0 and (tokens[i] in (",", ";") or tokens[i] in _CLOSE):
            return tokens[start:i]
        depth += (tokens[i] in _OPEN) - (tokens[i] in _CLOSE)
    return tokens[start:]


def _without_type(tokens: Tokens) -> Tokens:
    """The expression without TypeScript's ``as T`` and ``satisfies T``."""
    for i, token in enumerate(tokens):
        if i and token in ("as", "satisfies"):
            return tokens[:i]
    return tokens


def _split(tokens: Tokens, sign: str) -> list[Tokens]:
    """The tokens between the signs of this kind that stand outside all brackets."""
    parts: list[Tokens] = []
    start = depth = 0
    for i, token in enumerate(tokens):
        if token == sign and depth == 0:
            parts.append(tokens[start:i])
            start = i + 1
        depth += (token in _OPEN) - (token in _CLOSE)
    return [*parts, tokens[start:]]
