"""The little that must be known of a .prisma file to find a project.

Which database it is for, whether its datasource has a ``url``, and which blocks it declares.
Comments and strings are respected; everything else of the language is left to others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from checker.discover.files import read_text
from checker.errors import InputError
from checker.model import Provider

PROVIDERS: dict[str, Provider] = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "cockroachdb": "cockroachdb",
    "mysql": "mysql",
    "sqlite": "sqlite",
    "sqlserver": "sqlserver",
    "mongodb": "mongodb",
}

_TOKEN = re.compile(
    r"""
      (?P<comment> //[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<string> "(?:[^"\\\n]|\\.)*"? )
    | (?P<word> \w[\w-]* )
    | (?P<sign> [{}=] )
    | (?P<line> \n )
    | (?P<rest> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_CONFLICT = re.compile(r"^(?:<{7}|>{7})(?: |$)", re.MULTILINE)
_DECLARATIONS = frozenset({"model", "enum", "type", "view"})


class DatasourceSeen(Struct, frozen=True):
    """``provider`` as it is written; None where it is not a plain string."""

    provider: str | None
    has_url: bool


class SchemaFile(Struct, frozen=True):
    """``blocks`` are the names of the models, enums, types and views that the file declares."""

    datasource: DatasourceSeen | None
    blocks: frozenset[str] = frozenset()


def provider_named(name: str) -> Provider | None:
    """The provider of that name, with ``postgres`` as Prisma's own alias of ``postgresql``."""
    return PROVIDERS.get(name)


def read_schema_file(path: Path, boundary: Path) -> SchemaFile:
    """Raises InputError where the file cannot be read or holds merge-conflict markers."""
    text = read_text(path, boundary)
    if text is None:
        raise InputError(f"{path} does not exist: name the Prisma schema of the project.")
    conflict = _CONFLICT.search(text)
    if conflict:
        line = text.count("\n", 0, conflict.start()) + 1
        raise InputError(f"{path} holds merge-conflict markers at line {line}: resolve them first.")
    return parse_schema_file(text)


def parse_schema_file(text: str) -> SchemaFile:
    """What a schema file declares; never raises, whatever the text is."""
    datasource: DatasourceSeen | None = None
    blocks: set[str] = set()
    words: list[str] = []
    tokens = _tokens(text)
    for kind, value in tokens:
        if kind == "word":
            words.append(value)
        elif value == "{" and words[:1] == ["datasource"] and datasource is None:
            datasource = _datasource(tokens)
        elif value == "{":
            _skip_block(tokens)
            if len(words) == 2 and words[0] in _DECLARATIONS:
                blocks.add(words[1])
        if kind != "word":
            words = []
    return SchemaFile(datasource, frozenset(blocks))


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind not in ("comment", "rest"):
            yield kind, match.group()


def _skip_block(tokens: Iterator[tuple[str, str]]) -> None:
    depth = 1
    for _, value in tokens:
        depth += (value == "{") - (value == "}")
        if depth == 0:
            return


def _datasource(tokens: Iterator[tuple[str, str]]) -> DatasourceSeen:
    """Reads ``key = value`` lines up to the closing brace."""
    provider: str | None = None
    has_url = False
    line: list[tuple[str, str]] = []
    for kind, value in tokens:
        if value != "}" and kind != "line":
            line.append((kind, value))
            continue
        if len(line) >= 3 and line[1][1] == "=":
            key, (first_kind, first) = line[0][1], line[2]
            has_url = has_url or key == "url"
            if key == "provider" and first_kind == "string":
                provider = first.strip('"')
        if value == "}":
            break
        line = []
    return DatasourceSeen(provider, has_url)
