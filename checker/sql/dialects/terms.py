"""The common parts of the other dialects' readers: tokens, names, types and expressions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlglot import Dialect, Token, TokenType, exp

from checker.model.changes import Change, Name, Type

Reading = tuple[str, tuple[Change, ...]]

_QUOTED = {TokenType.STRING, TokenType.NATIONAL_STRING, TokenType.IDENTIFIER}
_STRINGS = {TokenType.STRING, TokenType.NATIONAL_STRING}
# Type names that sqlglot's own types would lose.
_SQLITE_TYPES = {"int": "integer", "double": "real", "varbinary": "blob"}
_SERVER_TYPES = {"integer": "int"}


class SqlSource(NamedTuple):
    """One statement: its tokens, their script, and how to read SQL inside it."""

    tokens: Sequence[Token]
    sql: str
    dialect: Dialect
    read: Callable[[str], tuple[Change, ...]]

    def text(self, start: int = 0, end: int | None = None) -> str:
        """The script's text from one token to before another."""
        tokens = self.tokens[start:end]
        return self.sql[tokens[0].start : tokens[-1].end + 1] if tokens else ""

    def word(self, index: int) -> str:
        """A token in upper case; empty where it is quoted or there is none."""
        return word(self.tokens[index]) if index < len(self.tokens) else ""

    def skip(self, index: int, *optional: str) -> int:
        """The index past a phrase such as ``IF EXISTS``, if the phrase is there."""
        matches = all(self.word(index + i) == text for i, text in enumerate(optional))
        return index + len(optional) if matches else index

    def name(self, index: int) -> tuple[Name, int]:
        """The possibly qualified name at a token, and the index after it."""
        parts = []
        while index < len(self.tokens):
            parts.append(self.tokens[index].text)
            index += 1
            if self.word(index) != ".":
                break
            index += 1
        return (
            Name(parts[-1], parts[-2] if len(parts) > 1 else None) if parts else Name("")
        ), index

    def strings(self) -> list[str]:
        return [token.text for token in self.tokens if token.token_type in _STRINGS]


def is_server(dialect: Dialect) -> bool:
    """Whether the dialect is SQL Server's."""
    return type(dialect).__name__ == "TSQL"


def is_sqlite(dialect: Dialect) -> bool:
    return type(dialect).__name__ == "SQLite"


def word(token: Token) -> str:
    """A token in upper case; empty for a string and for a quoted name."""
    return "" if token.token_type in _QUOTED else token.text.upper()


def table_name(node: exp.Expr | None) -> Name:
    """The name of a table, an index or whatever sqlglot wraps around one."""
    while node is not None and not isinstance(node, exp.Table):
        if isinstance(node, exp.Identifier | exp.Column):
            return Name(node.name)
        node = node.this if isinstance(node.this, exp.Expr) else None
    return Name(node.name, node.db or None) if node is not None else Name("")


def type_of(node: exp.DataType, dialect: Dialect) -> Type:
    """A type in lower case as the dialect writes it; ``int`` and ``integer`` are one.

    The labels of an ENUM are its modifiers.
    """
    text = node.sql(dialect).lower()
    head, _, rest = text.partition("(")
    name = " ".join((head + " " + rest.rpartition(")")[2]).split())
    if is_sqlite(dialect) and isinstance(node.this, exp.DType):
        name = node.this.value.lower()
        name = _SQLITE_TYPES.get(name, name)
    elif is_server(dialect):
        name = _SERVER_TYPES.get(name, name)
    modifiers = (
        item.this if isinstance(item, exp.DataTypeParam) else item for item in node.expressions
    )
    return Type(name, None, tuple(item.name for item in modifiers))
