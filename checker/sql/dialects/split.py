"""Splitting a script of another dialect into the tokens of its statements."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlglot import Dialect, Token, TokenType
from sqlglot.errors import ErrorLevel

from checker.bounds import SQLGLOT_STEPS, SQLGLOT_STEPS_PER_TOKEN
from checker.sql.dialects.terms import is_server, word

_ROUTINES = {"TRIGGER", "PROCEDURE", "FUNCTION", "EVENT"}
_BLOCKS_OF_THEIR_OWN = {"IF", "LOOP", "WHILE", "REPEAT"}
_TRANSACTIONS = {"TRAN", "TRANSACTION", "DISTRIBUTED"}


@cache
def _tokenizer(dialect: type[Dialect]) -> Any:
    """The dialect's tokenizer, which also splits text that sqlglot would keep as one string.

    sqlglot takes everything after certain first words (EXECUTE, RENAME, in SQL Server even END) as
    text up to the semicolon, comments included.
    """
    return type("Tokenizer", (dialect.tokenizer_class,), {"COMMANDS": set()})


class EndlessError(Exception):
    """The parser of a statement tries again and again what it has tried."""


@cache
def _parser(dialect: type[Dialect]) -> Any:
    """The dialect's parser, but one that gives up: where several readings are possible sqlglot
    tries them all, and those nested in them, which doubles with every level.
    """
    own = dialect.parser_class

    def advance(self: Any, times: int = 1) -> None:
        self.steps += 1
        if self.steps > SQLGLOT_STEPS + SQLGLOT_STEPS_PER_TOKEN * self._tokens_size:
            raise EndlessError
        own._advance(self, times)

    return type("Parser", (own,), {"_advance": advance, "steps": 0})


def parse(tokens: list[Token], sql: str, dialect: Dialect) -> list[Any]:
    """The trees of the statements that the tokens are.

    Raises whatever sqlglot raises on broken text, and EndlessError.
    """
    parser = _parser(type(dialect))(dialect=dialect, error_level=ErrorLevel.RAISE)
    trees: list[Any] = parser.parse(tokens, sql)
    return trees


def tokenize(sql: str, dialect: Dialect) -> list[Token]:
    """The tokens of a script.

    :raises TokenError: a string, a quoted name or a comment has no end.
    """
    tokens: list[Token] = _tokenizer(type(dialect))(dialect=dialect).tokenize(sql)
    return tokens


def split(tokens: list[Token], dialect: Dialect) -> Iterator[list[Token]]:
    """The tokens of each statement. The semicolons in the body of a routine do not end it."""
    server = is_server(dialect)
    group: list[Token] = []
    depth = 0
    for index, token in enumerate(tokens):
        if token.token_type == TokenType.SEMICOLON and depth <= 0:
            yield from _statement(group, server=server)
            group, depth = [], 0
            continue
        group.append(token)
        if _is_routine(group):
            depth += _nesting(tokens, index)
    yield from _statement(group, server=server)


def _is_routine(group: list[Token]) -> bool:
    return word(group[0]) == "CREATE" and any(word(token) in _ROUTINES for token in group[1:8])


def _nesting(tokens: list[Token], index: int) -> int:
    """How a word changes the depth of BEGIN … END and CASE … END blocks."""
    here = word(tokens[index])
    if here in ("BEGIN", "CASE"):
        return 0 if index and word(tokens[index - 1]) == "END" else 1
    if here != "END":
        return 0
    after = word(tokens[index + 1]) if index + 1 < len(tokens) else ""
    return 0 if after in _BLOCKS_OF_THEIR_OWN else -1


def _statement(group: list[Token], *, server: bool) -> Iterator[list[Token]]:
    if server:
        group = _without_blocks(group)
    if group:
        yield group


def _without_blocks(group: list[Token]) -> list[Token]:
    """A statement without the preceding words that open and close SQL Server's blocks.

    Prisma puts BEGIN TRY … END TRY BEGIN CATCH … END CATCH around every script. Statements in CATCH
    run only when the script has failed.
    """
    while group:
        first, second = word(group[0]), word(group[1]) if len(group) > 1 else ""
        if (first, second) == ("BEGIN", "CATCH") or first == "THROW":
            return []
        if first == "END" or (first == "BEGIN" and second not in _TRANSACTIONS):
            group = group[2 if second in ("TRY", "CATCH") else 1 :]
        else:
            break
    return group
